"""The control to a ticket: its shapes, other units, a network that computes what it should."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from torch import Tensor, nn
from trimming.network_families import FAMILIES, Lambda
from trimming.test_families import outputs, some_units
from trimming.test_oracle import BLOCKS, LENGTH, Block, Mixed

from ultralight_mir.trimming import (
    Kept,
    TrimError,
    Unit,
    apply_kept,
    compose,
    find_units,
    kept_after,
    shuffled,
    silence,
)
from ultralight_mir.trimming.calling import convert

torch.set_num_threads(1)


def is_kept(unit: Unit, kept: Kept) -> bool:
    """Whether all of the unit is, where either all or nothing of it should be."""
    whole = {
        index in kept.layers[layer].sides()[side]
        for side, places in enumerate((unit.outputs, unit.inputs))
        for layer, indices in places
        for index in indices
    }
    assert len(whole) == 1, f"{unit} was cut in two"
    return whole.pop()


def shapes(network: nn.Module) -> list[torch.Size]:
    return [tensor.shape for tensor in network.state_dict().values()]


def kind(unit: Unit) -> tuple[Any, ...]:
    return tuple(tuple((layer, len(indices)) for layer, indices in places) for places in (unit.outputs, unit.inputs))


def assert_control(network: nn.Module, example: Any, units: Sequence[Unit], kept: Kept, seed: int) -> None:
    other = shuffled(network, example, kept, seed)
    small = apply_kept(network, other)
    assert shapes(small) == shapes(apply_kept(network, kept))
    gone = [unit for unit in units if not is_kept(unit, other)]
    for one, two in zip(outputs(small, example), outputs(silence(network, gone), example), strict=True):
        assert torch.allclose(one, two, atol=1e-10, rtol=1e-8)
    for which in {kind(unit) for unit in units}:
        alike = [unit for unit in units if kind(unit) == which]
        before, after = ({unit for unit in alike if is_kept(unit, each)} for each in (kept, other))
        assert len(before & after) == max(0, 2 * len(before) - len(alike)), "as few of the same ones as can be"
    assert shuffled(network, example, kept, seed) == other


@settings(max_examples=40, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
@given(
    blocks=st.lists(st.sampled_from(BLOCKS), min_size=1, max_size=3),
    widths=st.lists(st.sampled_from([4, 8, 12]), min_size=3, max_size=3),
    tap=st.integers(0, 2),
    seed=st.integers(0, 99),
    share=st.sampled_from([0.2, 0.5, 0.9]),
)
def test_a_control_has_the_tickets_shapes_and_other_units(
    blocks: list[Block], widths: list[int], tap: int, seed: int, share: float
) -> None:
    torch.manual_seed(seed)
    network = Mixed(blocks, widths, tap).double().eval()
    example = torch.randn(2, 2, LENGTH, dtype=torch.float64)
    units = find_units(network, example)
    kept = kept_after(network, some_units(network, units, share, seed))
    assert_control(network, example, units, kept, seed)


@pytest.mark.parametrize("name", FAMILIES)
def test_every_family_has_a_control(name: str) -> None:
    torch.manual_seed(0)
    family = FAMILIES[name]()
    network = family.network.double().eval()
    example = convert(family.example, lambda t: t.double() if t.is_floating_point() else t)
    units = find_units(network, example)
    assert_control(network, example, units, kept_after(network, some_units(network, units, 0.6, 1)), 3)


def deep(groups: int) -> tuple[nn.Module, Tensor]:
    layers = nn.Conv1d(1, groups, 1), nn.Conv1d(groups, 3 * groups, 3, groups=groups), nn.Conv1d(3 * groups, 1, 1)
    return nn.Sequential(*layers).double(), torch.randn(1, 1, 9, dtype=torch.float64)


def test_what_a_ladder_cut_out_of_a_unit_moves_with_it() -> None:
    network, example = deep(4)
    first = kept_after(
        network, find_units(network, example)[1:]
    )  # one group is left: no depthwise convolution any more
    second = apply_kept(network, first)
    kept = compose(first, kept_after(second, find_units(second, example)[:1]))
    assert kept.layers["1"].outputs == (1, 2)
    other = shuffled(network, example, kept, seed=0)
    assert other.layers["0"].outputs != (0,)
    assert shapes(apply_kept(network, other)) == shapes(apply_kept(network, kept))
    group = other.layers["1"].inputs[0]
    assert other.layers["1"].outputs == other.layers["2"].inputs == (3 * group + 1, 3 * group + 2)


def test_units_that_are_read_by_other_layers_are_not_exchanged() -> None:
    def run(net: Any, x: Tensor) -> Tensor:
        one, two = net.first(x).split([net.one.in_channels, net.two.in_channels], dim=1)
        return net.one(one) + net.two(two)

    network = Lambda(run, first=nn.Conv1d(1, 12, 1), one=nn.Conv1d(4, 2, 1), two=nn.Conv1d(8, 2, 1)).double()
    example = torch.randn(1, 1, 9, dtype=torch.float64)
    units = find_units(network, example)
    assert len(units) == 12
    kept = kept_after(network, units[:3] + units[5:11])
    for seed in range(5):
        assert_control(network, example, units, kept, seed)


def test_the_seed_decides_which() -> None:
    network, example = deep(12)
    kept = kept_after(network, find_units(network, example)[:6])
    assert shuffled(network, example, kept, 0).layers["0"] == shuffled(network, example, kept, 1).layers["0"]
    kept = kept_after(network, find_units(network, example)[:8])
    draws = {shuffled(network, example, kept, seed).layers["0"].outputs for seed in range(8)}
    assert len(draws) > 4


def test_what_was_kept_of_another_network_is_refused() -> None:
    (network, example), (other, _) = deep(4), deep(8)
    with pytest.raises(TrimError, match=r"layer '0': kept outputs are not some of its 4"):
        shuffled(network, example, kept_after(other, []), 0)
