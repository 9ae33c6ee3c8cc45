from pathlib import Path

import pytest
import torch
from torch import Tensor, nn
from toy import toy_store

from ultralight_mir import cost


def test_macs_of_a_convolution_are_the_hand_count() -> None:
    network = nn.Sequential(nn.Conv1d(4, 8, 3, padding=1), nn.ReLU(), nn.Conv1d(8, 2, 1))
    assert cost.macs(network, torch.zeros(1, 4, 100)) == 100 * (4 * 8 * 3 + 8 * 2)


class _Recurrent(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.gru = nn.GRU(5, 7, batch_first=True, bidirectional=True)
        self.head = nn.Linear(14, 3)

    def forward(self, x: Tensor) -> Tensor:
        made: Tensor = self.head(self.gru(x)[0])
        return made


def test_macs_of_a_gru_are_the_hand_count() -> None:
    per_frame = 2 * 3 * (5 * 7 + 7 * 7) + 14 * 3
    assert cost.macs(_Recurrent(), torch.zeros(1, 20, 5)) == 20 * per_frame


def test_strided_and_grouped_convolutions_count_what_they_compute() -> None:
    network = nn.Conv2d(4, 8, 3, stride=(1, 2), padding=1, groups=2)
    assert cost.macs(network, torch.zeros(1, 4, 10, 10)) == 10 * 5 * 8 * 2 * 9


def test_activation_bytes_are_inputs_and_outputs_of_leaf_layers() -> None:
    network = nn.Sequential(nn.Linear(10, 20), nn.Linear(20, 5))
    traffic, peak = cost.activation_bytes(network, torch.zeros(1, 10))
    assert (traffic, peak) == (4 * (10 + 20 + 20 + 5), 4 * (10 + 20))


def test_all_costs_of_a_network(tmp_path: Path) -> None:
    store = toy_store(tmp_path)
    inputs, seconds = cost.example(store, seconds=0.5)
    assert inputs.shape == (1, 50, 3) and seconds == pytest.approx(0.5)
    network = nn.Linear(3, 4, bias=False)
    with torch.no_grad():
        network.weight[0] = 0.0
    weights = tmp_path / "w"
    weights.write_bytes(b"x" * 123)
    found = cost.measure(network, inputs, seconds, weights)
    assert (found.parameters, found.nonzero_parameters, found.bytes) == (12, 9, 123)
    assert found.macs_per_second == 50 * 12 / 0.5
    assert found.cpu_rtf > 0 and found.machine
