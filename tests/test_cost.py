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
    assert found.memory_traffic_bytes == pytest.approx(4 * 50 * (3 + 4) / 0.5 + 4 * 12 / cost.SECONDS)
    assert found.peak_activation_bytes == 4 * 50 * (3 + 4) / 0.5
    assert found.cpu_rtf > 0 and found.machine
    assert (found.cpu_ratio_low, found.cpu_ratio, found.cpu_ratio_high) == (1, 1, 1)


def test_traffic_for_a_second_does_not_hang_on_the_length_of_the_example(tmp_path: Path) -> None:
    network, weights = nn.Sequential(nn.Linear(3, 40), nn.ReLU(), nn.Linear(40, 2)), tmp_path / "w"
    weights.write_bytes(b"")
    traffic = [cost.measure(network, torch.zeros(1, 100 * s, 3), s, weights).memory_traffic_bytes for s in (1, 4)]
    assert traffic[0] == pytest.approx(traffic[1])


def _wide(width: int) -> nn.Module:
    return nn.Sequential(nn.Conv1d(4, width, 5), nn.ReLU(), nn.Conv1d(width, width, 5), nn.ReLU())


def test_time_is_set_against_the_dense_network(tmp_path: Path) -> None:
    inputs, weights = torch.randn(1, 4, 2000), tmp_path / "w"
    weights.write_bytes(b"")
    twice = cost.measure(_wide(128), inputs, 1.0, weights, _wide(64))
    assert 1.5 < twice.cpu_ratio_low <= twice.cpu_ratio <= twice.cpu_ratio_high
    same = cost.measure(_wide(64), inputs, 1.0, weights, _wide(64))
    assert same.cpu_ratio_low <= 1.1 and same.cpu_ratio_high >= 0.9 and 0.7 < same.cpu_ratio < 1.4


def test_what_slows_the_machine_down_for_a_while_leaves_the_ratio_as_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every pass takes a tenth longer than the one before."""
    passes, weights = [0], tmp_path / "w"
    weights.write_bytes(b"")

    class Slower(nn.Linear):
        def forward(self, x: Tensor) -> Tensor:
            passes[0] += 1
            return super().forward(x)

    monkeypatch.setattr(cost.time, "process_time", lambda: 0.01 * 1.1 ** passes[0])
    networks = [Slower(3, 4).eval() for _ in range(2)]
    found = cost.measure(networks[0], torch.zeros(1, 10, 3), 1.0, weights, networks[1])
    assert found.cpu_ratio == pytest.approx(1.0, abs=0.01)
