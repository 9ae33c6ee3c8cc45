"""What is kept, as data: written, read, composed along a ladder, applied to weights that are stored dense."""

from __future__ import annotations

import json

import pytest
import torch
from trimming.network_families import FAMILIES
from trimming.test_families import outputs, some_units, train

from ultralight_mir.trimming import (
    Kept,
    Sizes,
    apply_kept,
    compose,
    find_units,
    kept_after,
    slice_state,
    trim,
)
from ultralight_mir.trimming.calling import convert

torch.set_num_threads(1)
LADDER = [
    "crnn_channel_major",
    "gru_bidirectional_stacked",
    "lstm_time_first",
    "depthwise_separable",
    "conv_groups",
    "conv_transpose2d_groups",
    "group_norm",
    "instance_norm",
    "weight_normed",
    "weight_normed_old",
    "residual_shortcut",
    "tied_embedding",
    "shared_module",
    "linear_stack",
    "frames_folded_into_batch",
]


@pytest.mark.parametrize("name", LADDER)
def test_three_rungs_are_one_cut_of_the_dense_network(name: str) -> None:
    torch.manual_seed(0)
    family = FAMILIES[name]()
    dense = family.network.double()
    example = convert(family.example, lambda t: t.double() if t.is_floating_point() else t)
    begin = {key: value.clone() for key, value in dense.state_dict().items()}
    train(dense, example)
    network, kept = dense, None
    for rung in range(3):
        units = some_units(network, find_units(network, example), 0.35, rung)
        step = kept_after(network, units)
        kept = step if kept is None else compose(kept, step)
        network = trim(network, units)
    assert kept is not None
    kept = Kept.from_json(json.loads(json.dumps(kept.to_json())))
    again = apply_kept(dense, kept)
    assert {key: value.shape for key, value in again.state_dict().items()} == {
        key: value.shape for key, value in network.state_dict().items()
    }
    for one, two in zip(outputs(again, example), outputs(network, example), strict=True):
        assert torch.allclose(one, two, rtol=0, atol=1e-12)
    # Rewinding: weights and statistics of the beginning, stored dense, into the trimmed shape.
    again.load_state_dict(slice_state(begin, dense, kept))
    dense.load_state_dict(begin)
    for one, two in zip(outputs(again, example), outputs(apply_kept(dense, kept), example), strict=True):
        assert torch.allclose(one, two, rtol=0, atol=1e-12)
    train(again, example)  # gradients flow, and recurrent weights are where they should be
    assert all(torch.isfinite(out).all() for out in outputs(again, example))


def test_statistics_are_cut_with_their_channels() -> None:
    family = FAMILIES["crnn_channel_major"]()
    train(family.network, family.example)
    unit = next(unit for unit in find_units(family.network, family.example) if "norm" in unit.group)
    (channel,) = dict(unit.outputs)["norm"]
    rest = [index for index in range(6) if index != channel]
    state = slice_state(family.network.state_dict(), family.network, kept_after(family.network, [unit]))
    for name in ("running_mean", "running_var", "weight", "bias"):
        assert torch.equal(state[f"norm.{name}"], family.network.state_dict()[f"norm.{name}"][rest])
    assert int(state["norm.num_batches_tracked"]) == 3


def test_widths_are_those_of_the_trimmed_network() -> None:
    family = FAMILIES["conv1d_stride_dilation"]()
    units = find_units(family.network, family.example)
    kept = kept_after(family.network, units[:2])
    assert kept.widths() == {"0": 4, "2": 8, "3": 2}
    assert trim(family.network, units[:2])[0].out_channels == 4


def test_tied_parameters_stay_tied_and_counted_once() -> None:
    family = FAMILIES["tied_embedding"]()
    units = find_units(family.network, family.example)
    trimmed = trim(family.network, units[:1])
    assert trimmed.last.weight is trimmed.embed.weight
    dense, rest = (sum(p.numel() for p in net.parameters()) for net in (family.network, trimmed))
    assert Sizes(family.network).of(units[0]) == dense - rest


def test_a_copy_of_a_parametrised_network_leaves_the_original_whole() -> None:
    family = FAMILIES["weight_normed"]()
    units = find_units(family.network, family.example)
    before = outputs(family.network, family.example)
    trim(family.network, units[:2])
    assert torch.equal(before[0], outputs(family.network, family.example)[0])
