"""The few tests that poison many channels at once must find what poisoning every channel on its own finds."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional
from trimming.network_families import Lambda, sequential

from ultralight_mir.trimming import dependencies, find_units
from ultralight_mir.trimming.probe import Probe

torch.set_num_threads(1)
WAVE = torch.randn(1, 1, 12)


def chunked(parts: int, width: int) -> nn.Module:
    first, last = nn.Conv1d(1, parts * width, 1), nn.Conv1d(width, 2, 1)
    return Lambda(lambda net, x: net.last(sum(net.first(x).chunk(parts, 1))), first=first, last=last)


def picks(seed: int) -> nn.Module:
    """Every input of the last layer is a sum of up to four channels, drawn at random."""
    random = np.random.default_rng(seed)
    choice = [torch.from_numpy(random.choice(90, size=random.integers(0, 5), replace=False)) for _ in range(30)]

    def run(net: Any, x: Tensor) -> Tensor:
        h = net.first(x)
        return net.last(torch.stack([h[:, index].sum(1) for index in choice], dim=1))

    return Lambda(run, first=nn.Conv1d(1, 90, 1), last=nn.Conv1d(30, 2, 1))


def mixed_features() -> nn.Module:
    first, last = nn.Linear(12, 64), nn.Linear(64, 2)
    return Lambda(lambda net, x: net.last(functional.layer_norm(net.first(x), (64,))), first=first, last=last)


WIDE: dict[str, tuple[nn.Module, int]] = {
    "plain": (sequential(nn.Conv1d(1, 100, 3), nn.Conv1d(100, 50, 3), nn.Conv1d(50, 2, 1)), 150),
    "odd_gate": (sequential(nn.Conv1d(1, 74, 3), nn.GLU(1), nn.Conv1d(37, 2, 1)), 37),
    "chunks_of_three": (chunked(3, 33), 33),
    "chunks_of_five": (chunked(5, 19), 19),
    "group_norm": (sequential(nn.Conv1d(1, 96, 3), nn.GroupNorm(12, 96), nn.Conv1d(96, 2, 1)), 12),
    "pixel_shuffle": (
        sequential(nn.Conv1d(1, 80, 3), nn.Unflatten(1, (-1, 4)), nn.Flatten(2), nn.Conv1d(20, 2, 1)),
        20,
    ),
    "layer_norm": (mixed_features(), 0),
    **{f"random_{seed}": (picks(seed), -1) for seed in range(4)},
}


def pairs(edges: list[np.ndarray]) -> set[tuple[int, int]]:
    return {(int(one), int(two)) for one, two in np.concatenate(edges, axis=1).T}


@pytest.mark.parametrize("name", WIDE)
def test_codes_find_what_single_channels_find(name: str) -> None:
    network, units = WIDE[name]
    probe = Probe(network, WAVE)
    sources = [layer for layer in probe.layers.values() if layer.kind in ("conv", "linear")]
    joints = np.concatenate(
        [np.arange(probe.nodes)[:0], *(np.arange(probe.nodes)[axis] for axis in probe.joint_axes())]
    )
    everything = np.setdiff1d(np.arange(probe.nodes + 1), joints)
    alone = [edge for layer in sources for edge in dependencies._one_by_one(probe, layer, everything)]
    edges = {(one, two) for one, two in pairs(dependencies.dependencies(probe)) if two not in joints}
    assert edges == pairs(alone)
    if units >= 0:
        assert len(find_units(network, WAVE)) == units


def test_codes_are_few() -> None:
    """Tests for a thousand channels, in the commonest cases, instead of a thousand."""
    assert len(dependencies._codes(1024, 4, by_part=True)) == 20
    assert len(dependencies._codes(750, 6, by_part=True)) == 20
    for parts, by_part in ((1, True), (4, True), (4, False)):
        code = dependencies._codes(64, parts, by_part=by_part)
        assert len({tuple(column) for column in code.T}) == 64, "two channels could not be told apart"
