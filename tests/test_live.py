"""Live: what is said of a recording while it is made is what is said of it whole, and comes within the delay."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from ultralight_mir import tickets
from ultralight_mir.export import export
from ultralight_mir.listening import whole
from ultralight_mir.predictor import Predictor, load
from ultralight_mir.ticket import Ticket

RATE = 44_100
SECONDS = 40
BLOCK = 0.1
TASKS = [task for task, size in tickets.names() if size == "small"]


def _song() -> np.ndarray:
    """Plucked notes."""
    random, song = np.random.default_rng(0), np.zeros(SECONDS * RATE, np.float32)
    moments = np.arange(RATE) / RATE
    for start in np.arange(0.3, SECONDS - 1.1, 0.45):
        hertz = 110 * 2 ** (random.integers(0, 24) / 12)
        note = sum(np.sin(2 * np.pi * n * hertz * moments) / n for n in range(1, 6)) * np.exp(-5 * moments)
        song[int(start * RATE) : int(start * RATE) + RATE] += 0.2 * note.astype(np.float32)
    return song + random.normal(0, 1e-3, len(song)).astype(np.float32)


def _loaded(task: str, exported: bool, folder: Path) -> Predictor:
    if not exported:
        return load(tickets.path(task))
    pytest.importorskip("onnxruntime")
    pytest.importorskip("onnxscript")
    graph = folder / "ticket.onnx"
    export("onnx", Ticket.read_folder(tickets.path(task)), graph, with_front_end=True, calibration=None)
    return load(graph)


@pytest.mark.parametrize("task", TASKS)
@pytest.mark.parametrize("exported", [False, True])
def test_it_is_the_whole_and_comes_in_time(task: str, exported: bool, tmp_path: Path) -> None:
    heard, song = _loaded(task, exported, tmp_path), _song()
    fed, late, parts = 0.0, [], []

    def microphone() -> Iterator[np.ndarray]:
        nonlocal fed
        for block in np.array_split(song, round(SECONDS / BLOCK)):
            fed += len(block) / RATE
            yield block
        fed = np.inf

    for part in heard.live(microphone(), RATE):
        late += [fed - part.times[0]] if np.isfinite(fed) else []
        parts.append(part)
    assert len(late) > 2 and 0 < max(late) < heard.delay + BLOCK + 0.1, "the resampler holds some 50 ms back"
    if heard.task.framewise:
        times = np.concatenate([part.times for part in parts])
        assert all(0 < b - a < 0.1 for a, b in pairwise(times)), "no frame is left out, none comes twice"
    live, wanted = whole(heard.task, parts), whole(heard.task, list(heard.stream(song, RATE)))
    assert live.activation.shape == wanted.activation.shape
    np.testing.assert_allclose(live.activation, wanted.activation, atol=0.02)  # a CQT's own step is 2e-3 at its input
    assert np.abs(live.activation - wanted.activation).mean() < 2e-4
