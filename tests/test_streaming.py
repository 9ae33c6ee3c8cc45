"""A recording of any length in pieces: what is heard is what is heard of it whole, in memory that does not grow."""

from __future__ import annotations

import tracemalloc
from collections.abc import Iterator
from itertools import pairwise

import numpy as np
import pytest
import torch
from torch import nn

from ultralight_mir import inference, networks
from ultralight_mir.features import FEATURES, get_feature
from ultralight_mir.features.base import Feature
from ultralight_mir.features.streaming import inputs_in_pieces
from ultralight_mir.listening import EDGE, PIECE, Reach
from ultralight_mir.listening import whole as joined
from ultralight_mir.reach import FARTHEST, reach_of
from ultralight_mir.tasks import get_task
from ultralight_mir.tasks.base import Task

EXACT = 2e-5
CASES = {
    "spectral_cnn": ("onset", {"width": 3}, EXACT),
    "chord_cnn": ("chord", {"width": 2}, EXACT),
    "harmonic_cnn": ("pitch", {"width": 2}, EXACT),
    "crepe": ("pitch", {"width": 1, "depth": 4}, EXACT),
    "waveform_cnn": ("drums", {"width": 2}, 1e-3),  # its frames share a clip out evenly, so they hang on its length
    "crnn": ("drums", {"width": 2}, 1e-3),  # hears for ever: near enough
    "timbre_cnn": ("singing", {"width": 2}, EXACT),
}


def _case(name: str) -> tuple[nn.Module, Task, Feature]:
    task_name, options, _ = CASES[name]
    task = get_task(task_name)
    feature = get_feature(task.features[networks.NETWORKS[name].kind])
    torch.manual_seed(0)
    network = networks.find_class(name)(feature.bins, task.outputs, task.framewise, feature.hop, **options)
    return network.eval(), task, feature


def _noise(count: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).uniform(-0.5, 0.5, count).astype(np.float32)


@pytest.mark.parametrize("name", FEATURES)
@pytest.mark.parametrize("piece", [7, 64])
def test_features_in_pieces_are_those_of_the_whole(name: str, piece: int) -> None:
    feature = get_feature(name)
    for frames in (30.5, 64.0, 300.37):
        samples = _noise(int(feature.hop * frames))
        cuts = np.sort(np.random.default_rng(1).integers(0, len(samples), 9))
        pieces = list(inputs_in_pieces(feature, np.split(samples, cuts), piece))
        whole = feature.inputs(samples)
        assert len(pieces) > 1 or frames < 100
        np.testing.assert_allclose(np.concatenate(pieces), whole, atol=2e-3, rtol=0)  # a step of float16 at 2


@pytest.mark.parametrize("name", FEATURES)
def test_no_frame_hears_farther_than_its_feature_says(name: str) -> None:
    feature = get_feature(name)
    assert feature.reach is not None
    samples = _noise(feature.hop * 200)
    frame = 100
    cut = samples.copy()
    cut[: frame * feature.hop - feature.reach] = 0.0
    cut[frame * feature.hop + feature.reach + 1 :] = 0.0
    row = frame * feature.samples_per_frame
    np.testing.assert_allclose(feature.compute(cut)[row], feature.compute(samples)[row], atol=1e-4)


def test_a_feature_of_unknown_reach_is_computed_whole() -> None:
    def relative(samples: np.ndarray, **_: float) -> np.ndarray:
        return (samples / np.abs(samples).max())[:, None]

    feature = Feature("relative", "waveform", 16_000, 160, 1, relative)
    samples = _noise(16_000 * 20)
    (only,) = inputs_in_pieces(feature, np.split(samples, 10))
    np.testing.assert_array_equal(only, feature.inputs(samples))


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("length", [0.4, 1.0, 2.3, 3.01])
def test_a_network_in_pieces_says_what_it_says_of_the_whole(name: str, length: float) -> None:
    network, task, feature = _case(name)
    frames = int(length * PIECE)
    rows = np.random.default_rng(2).uniform(0, 2, (frames * feature.samples_per_frame, feature.bins)).astype(np.float16)
    rows = rows[:, 0] if feature.kind == "waveform" else rows
    whole = inference.output(network, task, rows, feature.times(frames))
    edges = [0, *(np.sort(np.random.default_rng(3).integers(1, frames, 5)) * feature.samples_per_frame), len(rows)]
    pieces = [rows[a:b] for a, b in pairwise(edges)]
    parts = list(inference.listener(network, task, feature).stream(task, pieces))
    made = joined(task, parts)
    assert made.activation.shape == whole.activation.shape
    np.testing.assert_array_equal(made.times, whole.times)
    np.testing.assert_allclose(made.activation, whole.activation, atol=CASES[name][2])
    if task.framewise:
        condensed = joined(task, [task.condensed(part) for part in parts])
        again = task.condensed(condensed)
        np.testing.assert_array_equal(again.activation, task.condensed(made).activation)


def test_windows_reach_to_the_end_of_a_recording_and_their_mean_is_given() -> None:
    network, task, feature = _case("timbre_cnn")
    assert task.window == 3.0
    size = round(3.0 / feature.times(2)[1])
    rows = np.random.default_rng(4).uniform(0, 2, (size * 2 + 10, feature.bins)).astype(np.float16)
    parts = list(inference.listener(network, task, feature).stream(task, [rows]))
    wanted = [rows[:size], rows[size : 2 * size], rows[-size:]]
    assert len(parts) == 3
    for part, window in zip(parts, wanted, strict=True):
        alone = inference.output(network, task, window, feature.times(size))
        np.testing.assert_allclose(part.activation, alone.activation, atol=1e-6)
    assert parts[-1].times[0] == pytest.approx(feature.times(len(rows))[-size:].mean())
    mean = inference.output(network, task, rows, feature.times(len(rows)))
    np.testing.assert_allclose(mean.activation, np.mean([part.activation for part in parts], axis=0), atol=1e-6)


class _Delayed(nn.Module):
    """Frame i hears frames i − 70 to i + 3."""

    def __init__(self) -> None:
        super().__init__()
        self.one = nn.Linear(1, 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        padded = nn.functional.pad(x, (0, 0, 70, 3))
        return self.one(padded[:, : x.shape[1]] + padded[:, 73:])


def test_reach_is_found_by_poison() -> None:
    assert reach_of(_Delayed().eval(), 1, 1) == Reach(2 * EDGE, EDGE, endless=False)
    network, _, feature = _case("crnn")
    assert reach_of(network, feature.bins, 1) == Reach(FARTHEST, FARTHEST, endless=True)
    network, _, feature = _case("chord_cnn")
    assert reach_of(network, feature.bins, 1) == Reach(EDGE, EDGE, endless=False)
    assert PIECE % EDGE == 0 and PIECE >= FARTHEST


def test_memory_does_not_grow_with_the_recording() -> None:
    network, task, feature = _case("spectral_cnn")

    def blocks(seconds: int) -> Iterator[np.ndarray]:
        for second in range(seconds):
            yield _noise(feature.sample_rate, second)

    def peak(seconds: int) -> int:
        tracemalloc.start()
        for _ in inference.listener(network, task, feature).stream(task, inputs_in_pieces(feature, blocks(seconds))):
            pass
        found = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return found

    peak(5)  # imports
    assert peak(120) < 1.1 * peak(40)
