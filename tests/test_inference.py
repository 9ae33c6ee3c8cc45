"""Several clips at once say what each says alone."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from toy import ToyTask, seeded

from ultralight_mir import inference
from ultralight_mir.inference import Clip, output, outputs
from ultralight_mir.networks.chord_cnn import ChordCnn
from ultralight_mir.networks.waveform_cnn import WaveformCnn
from ultralight_mir.tasks.instrument import Instrument

LENGTHS = (30, 30, 30, 12, 30, 30, 50, 12, 12, 12)


def clips(*shape: int) -> list[Clip]:
    random = np.random.default_rng(0)
    return [(random.standard_normal((n, *shape)).astype(np.float16), np.arange(n - 1) / 100) for n in LENGTHS]


class Counting(nn.Module):
    """Takes down how many clips each forward pass was given."""

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network
        self.batches: list[int] = []

    def forward(self, x: Tensor) -> Tensor:
        self.batches.append(len(x))
        return self.network(x)


def spectral() -> nn.Module:
    return seeded(ChordCnn, width=8).eval()


def test_clips_of_one_length_go_together_and_say_what_they_say_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inference, "BATCH", 200)  # two of 30 frames of 3, five of 12, one of 50
    network, task, given = Counting(spectral()), ToyTask(), clips(3)
    together = list(outputs(network, task, given))
    assert network.batches == [2, 1, 1, 2, 1, 3]
    for made, clip in zip(together, given, strict=True):
        alone = output(network, task, *clip)
        assert len(made.activation) == len(made.times) == len(clip[1])
        assert np.allclose(made.activation, alone.activation, atol=1e-6)
        assert made.activation.std() > 1e-4


def test_clip_wise_tasks_have_no_times() -> None:
    torch.manual_seed(0)
    network, task = WaveformCnn(1, Instrument.outputs, framewise=False, hop=1, width=4).eval(), Instrument()
    given = [(inputs.repeat(8), times) for inputs, times in clips()]
    for made, clip in zip(outputs(network, task, given), given, strict=True):
        assert made.activation.shape == (Instrument.outputs,) and not len(made.times)
        assert np.allclose(made.activation, output(network, task, *clip).activation, atol=1e-6)


def test_clips_are_read_as_they_are_needed() -> None:
    read = []

    def reading() -> Iterator[Clip]:
        for number, clip in enumerate(clips(3)):
            read.append(number)
            yield clip

    next(outputs(spectral(), ToyTask(), reading()))
    assert len(read) <= 4, "three of the same length, and the one that is not"


def test_the_weights_lie_as_before_after_it() -> None:
    network = spectral()
    list(outputs(network, ToyTask(), clips(3)))
    assert all(tensor.is_contiguous() for tensor in network.state_dict().values())
