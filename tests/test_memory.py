"""Known answers: how many times the input's bytes a forward pass moves, and holds at a time."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn

from ultralight_mir.memory import watch

INPUTS = torch.zeros(1, 4, 100)


def same() -> nn.Conv1d:
    """A layer whose output is as large as its input."""
    return nn.Conv1d(4, 4, 3, padding=1)


class Residual(nn.Module):
    def __init__(self, branch: nn.Module) -> None:
        super().__init__()
        self.branch = branch

    def forward(self, x: Tensor) -> Tensor:
        return x + self.branch(x)


class Dense(nn.Module):
    """Two layers whose outputs wait for the third's."""

    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.ModuleList([same(), same(), same()])

    def forward(self, x: Tensor) -> Tensor:
        first = self.layers[0](x)
        second = self.layers[1](first)
        return torch.cat((first, second, self.layers[2](second)), dim=1)


class Views(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        return x.transpose(1, 2)[:, ::2].unflatten(1, (5, 10)).flatten(1, 2).transpose(1, 2)


@pytest.mark.parametrize(
    ("network", "traffic", "peak"),
    [
        (same(), 2, 2),
        (nn.Sequential(same(), nn.ReLU(), same()), 6, 2),
        (nn.Sequential(same(), nn.ReLU(inplace=True), same()), 6, 2),
        (Residual(same()), 2 + 3, 3),
        (Residual(nn.Sequential(same(), nn.ReLU(), same())), 6 + 3, 3),  # a layer alone holds two
        (Residual(Residual(same())), 2 + 3 + 3, 3),
        (Residual(nn.Sequential(same(), Residual(same()))), 2 + 2 + 3 + 3, 4),
        (Dense(), 6 + 3 + 3, 6),
        (nn.Sequential(nn.Conv1d(4, 40, 1), nn.Conv1d(40, 4, 1)), 22, 11),
        (Views(), 0, 1),
    ],
    ids=str,
)
def test_traffic_and_peak_are_the_hand_count(network: nn.Module, traffic: int, peak: int) -> None:
    found = watch(network.eval(), INPUTS)
    assert (found.traffic / INPUTS.nbytes, found.peak / INPUTS.nbytes) == (traffic, peak)


def test_weights_and_statistics_are_no_activations() -> None:
    network = nn.Sequential(nn.BatchNorm1d(4), nn.Flatten(), nn.Linear(400, 2)).eval()
    assert watch(network, INPUTS).peak == 2 * INPUTS.nbytes


def test_a_twice_as_long_input_moves_and_holds_twice_as_much() -> None:
    network = nn.GRU(4, 8, batch_first=True).eval()
    short, long = (watch(network, torch.zeros(1, frames, 4)) for frames in (50, 100))
    assert long.traffic / short.traffic == pytest.approx(2, rel=0.02)
    assert long.peak / short.peak == pytest.approx(2, rel=0.02)
