"""Segments cut out of a store that lies on a device are those that are read from its files, bit for bit."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch

from ultralight_mir import segments
from ultralight_mir.batches import Batches
from ultralight_mir.features.store import Entry, Store
from ultralight_mir.jobs.torch_setup import CPU
from ultralight_mir.segments import FromFiles, Resident, cutter

COUNTS = (7, 5, 11)
KINDS = [(kind, framewise) for kind in ("spectral", "waveform") for framewise in (True, False)]


def _store(kind: str, framewise: bool) -> Store:
    """Clips of different lengths, every value another one."""
    store: Any = Store.__new__(Store)
    hop = 4 if kind == "waveform" else 1
    rows, bins = sum(COUNTS) * hop, 1 if kind == "waveform" else 3
    store.kind, store.framewise, store.samples_per_frame, store._folds_left = kind, framewise, hop, 0
    store.inputs = np.arange(rows * bins, dtype=np.float16).reshape(rows, bins)
    targets = sum(COUNTS) if framewise else len(COUNTS)
    store.targets = np.arange(2 * targets, dtype=np.float32).reshape(targets, 2)
    starts = np.cumsum((0, *COUNTS))
    clip: Any = SimpleNamespace(split="train")
    store.entries = [Entry(clip, int(start), count) for start, count in zip(starts, COUNTS, strict=False)]
    made: Store = store
    return made


@pytest.mark.parametrize(("kind", "framewise"), KINDS)
@pytest.mark.parametrize("piece", [1, 64, segments.PIECE])
def test_a_store_on_a_device_is_cut_as_its_files_are(
    kind: str, framewise: bool, piece: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(segments, "PIECE", piece)  # bytes that are copied at a time
    store = _store(kind, framewise)
    places = [(index, at) for index, count in enumerate(COUNTS) for at in range(count - 5 + 1)]
    read, cut = (made(store, CPU)(places, 5) for made in (FromFiles, Resident))
    for one, other in zip(read, cut, strict=True):
        assert one.shape == other.shape and one.dtype == other.dtype == torch.float32
        assert torch.equal(one, other)
    assert not torch.equal(read[0][0], read[0][1]), "segments differ"


def test_batches_do_not_tell_where_the_store_lies(monkeypatch: pytest.MonkeyPatch) -> None:
    store = _store("spectral", True)
    read = Batches(store, 2, 4, seed=1)
    monkeypatch.setattr("ultralight_mir.batches.cutter", Resident)
    cut = Batches(store, 2, 4, seed=1)
    assert torch.equal(read.example(), cut.example())
    for _ in range(6):
        assert all(torch.equal(one, other) for one, other in zip(next(read), next(cut), strict=True))


def test_on_the_cpu_a_store_stays_in_its_files() -> None:
    assert isinstance(cutter(_store("spectral", True), CPU), FromFiles)


def test_what_is_cut_is_the_callers_own() -> None:
    """Batches write into it that something has no annotation."""
    for made in (FromFiles, Resident):
        store = _store("spectral", True)
        cut = made(store, CPU)
        cut([(0, 0)], 5)[1].fill_(-1)
        assert torch.equal(cut([(0, 0)], 5)[1], torch.from_numpy(store.targets[:5])[None])
