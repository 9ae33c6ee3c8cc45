"""Kept indices from strangers: each is refused in one line that names the layer and what was there."""

from __future__ import annotations

import json
from typing import Any

import pytest
import torch
from torch import nn
from trimming.network_families import FAMILIES

from ultralight_mir.trimming import Kept, KeptLayer, TrimError, apply_kept, find_units, kept_after, slice_state

WAVE = torch.randn(1, 1, 20)


def chain(width: int = 4) -> nn.Sequential:
    return nn.Sequential(nn.Conv1d(1, width, 3), nn.BatchNorm1d(width), nn.ReLU(), nn.Conv1d(width, 2, 3))


def kept_json() -> dict[str, Any]:
    network = chain()
    return kept_after(network, find_units(network, WAVE)[:1]).to_json()


def nested(depth: int) -> list[Any]:
    value: list[Any] = []
    for _ in range(depth):
        value = [value]
    return value


def outputs(indices: Any) -> dict[str, Any]:
    return {"0": {"outputs": indices, "inputs": [0]}}


MALFORMED: list[tuple[Any, str]] = [
    (None, "kept indices: None, expected an object"),
    ([1], "kept indices: a list, expected an object"),
    ("0", "kept indices: '0', expected an object"),
    ({3: {"outputs": [0], "inputs": []}}, "layer 3, expected a name"),
    ({"0": 3}, "layer '0': 3, expected an object of outputs, inputs"),
    ({"0": {}}, "layer '0': keys none, expected an object of outputs, inputs"),
    ({"0": {"outputs": [1]}}, "layer '0': keys 'outputs', expected"),
    ({"0": {"outputs": [1], "inputs": [], "code": "x"}}, "layer '0': keys 'outputs', 'inputs', 'code', expected"),
    ({"0": {"outputs": [1], 7: []}}, "layer '0': keys 'outputs', 7, expected"),
    (outputs("x"), "layer '0', outputs: 'x', expected a list of whole numbers"),
    (outputs({"0": 1}), "layer '0', outputs: a dict, expected a list of whole numbers"),
    (outputs([]), "layer '0', outputs: none, expected at least one"),
    (outputs([1.0]), "layer '0', outputs: 1.0, expected whole numbers from 0"),
    (outputs([True]), "layer '0', outputs: True, expected whole numbers from 0"),
    (outputs(["1"]), "layer '0', outputs: '1', expected whole numbers from 0"),
    (outputs([None]), "layer '0', outputs: None, expected whole numbers from 0"),
    (outputs([-1]), "layer '0', outputs: -1, expected whole numbers from 0"),
    (outputs([float("inf")]), "layer '0', outputs: inf, expected whole numbers from 0"),
    (outputs([float("nan")]), "layer '0', outputs: nan, expected whole numbers from 0"),
    (outputs([2**31]), "layer '0', outputs: 2147483648, expected whole numbers from 0 to 2147483647"),
    (outputs([10**5000]), "layer '0', outputs: a whole number of more than 64 bits, expected whole numbers"),
    (outputs([1, 1]), "layer '0', outputs: 1 after 1, expected ascending numbers, each once"),
    (outputs([2, 1]), "layer '0', outputs: 1 after 2, expected ascending numbers, each once"),
    (outputs([nested(100_000)]), "layer '0', outputs: a list, expected whole numbers from 0"),
    ({"0": nested(100_000)}, "layer '0': a list, expected an object of outputs, inputs"),
    ({"0": {"outputs": [0], "inputs": [0.5]}}, "layer '0', inputs: 0.5, expected whole numbers from 0"),
    ({"a\nb" * 1000: 3}, r"layer 'a\nba\nb"),
]


@pytest.mark.parametrize(("value", "message"), MALFORMED, ids=[message for _, message in MALFORMED])
def test_what_is_malformed_is_refused_in_one_line(value: Any, message: str) -> None:
    with pytest.raises(TrimError) as caught:
        Kept.from_json(value)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value) and len(str(caught.value)) < 300


def test_what_was_written_is_read() -> None:
    value = kept_json()
    assert Kept.from_json(json.loads(json.dumps(value))).to_json() == value


MISFITS: list[tuple[dict[str, Any], str]] = [
    ({"nowhere": {"outputs": [0], "inputs": []}}, "layer 'nowhere': in the network or in the kept indices"),
    ({"0": None}, "layer '0': in the network or in the kept indices"),
    ({"0": {"outputs": [0, 4], "inputs": [0]}}, "layer '0': kept outputs are not some of its 4"),
    ({"0": {"outputs": [2**31 - 1], "inputs": [0]}}, "layer '0': kept outputs are not some of its 4"),
    ({"0": {"outputs": [0], "inputs": []}}, "layer '0': kept inputs are not some of its 1"),
    ({"1": {"outputs": [0], "inputs": [0]}}, "layer '1': kept inputs are not some of its 0"),
    ({"3": {"outputs": [0, 1], "inputs": [1, 9]}}, "layer '3': kept inputs are not some of its 4"),
]


@pytest.mark.parametrize(("change", "message"), MISFITS, ids=[message for _, message in MISFITS])
def test_what_does_not_fit_the_dense_network_is_refused(change: dict[str, Any], message: str) -> None:
    value = {name: sides for name, sides in (kept_json() | change).items() if sides is not None}
    kept, network = Kept.from_json(value), chain()
    for use in (kept.check, lambda dense: apply_kept(dense, kept), lambda dense: slice_state({}, dense, kept)):
        with pytest.raises(TrimError, match=message if use == kept.check else None):
            use(network)
    with pytest.raises(TrimError, match=message):
        apply_kept(network, kept)


@pytest.mark.parametrize("indices", [(1.0,), ("1",), (True, True), (-1,), (3, 1)])
def test_indices_that_never_were_json_are_refused_all_the_same(indices: Any) -> None:
    layers = dict(Kept.from_json(kept_json()).layers) | {"0": KeptLayer(indices, (0,))}
    with pytest.raises(TrimError, match=r"layer '0': kept outputs: .*, expected"):
        apply_kept(chain(), Kept(layers))


def test_groups_that_are_cut_unevenly_and_parameters_that_are_tied_are_refused() -> None:
    network = nn.Sequential(nn.Conv1d(1, 4, 3), nn.Conv1d(4, 4, 3, groups=2), nn.GroupNorm(2, 4), nn.Conv1d(4, 2, 3))
    value = kept_after(network, []).to_json()
    for name, change, message in (
        ("1", {"outputs": [0, 1, 2], "inputs": [0, 1, 2, 3]}, "layer '1': its 2 groups would be left with unequal"),
        ("2", {"outputs": [0, 2], "inputs": []}, "layer '2': only whole groups of 2 channels"),
    ):
        with pytest.raises(TrimError, match=message):
            apply_kept(network, Kept.from_json(value | {name: change}))
    tied = FAMILIES["tied_embedding"]().network
    value = kept_after(tied, []).to_json()
    name = next(name for name, sides in value.items() if not sides["inputs"])
    with pytest.raises(TrimError, match=r"parameter 'weight': shape \(.*\) is left, but \(.*\) of the one tied to it"):
        apply_kept(tied, Kept.from_json(value | {name: {"outputs": [0], "inputs": []}}))


@pytest.mark.parametrize("name", ["crnn_channel_major", "weight_normed", "conv_groups", "gru", "group_norm"])
def test_shapes_are_known_before_anything_is_allocated(name: str) -> None:
    """A ticket can be held against its weights' header with a network on the `meta` device."""
    family = FAMILIES[name]()
    kept = kept_after(family.network, find_units(family.network, family.example)[:1])
    whole = {key: tensor.shape for key, tensor in apply_kept(family.network, kept).state_dict().items()}
    shadow = apply_kept(family.network.to("meta"), kept)
    assert {key: tensor.shape for key, tensor in shadow.state_dict().items()} == whole
    assert all(tensor.is_meta for tensor in shadow.state_dict().values())
