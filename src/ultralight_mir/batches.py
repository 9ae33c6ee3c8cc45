"""Random training batches out of a feature store: segments for frame-wise tasks, whole clips otherwise."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from ultralight_mir.errors import InputError
from ultralight_mir.features.store import Store
from ultralight_mir.jobs.torch_setup import CPU
from ultralight_mir.segments import cutter


class Batches:
    """An endless, seeded stream of (inputs, targets) from the training split.

    Args:
        store: where the clips lie.
        size: segments a batch.
        frames: frames a segment; cut down to the shortest training clip.
        seed: of the order and of the segments' places.
        device: that the batches are put on.
        unlabelled: the share of each batch that is cut from the split without annotations; its targets are NaN.

    Raises:
        InputError: unlabelled clips are asked for, and the store has none.

    Each item: inputs float32 `[size, frames, bins]` (waveform `[size, samples]`), targets float32
    `[size, frames, k]` (clip-wise `[size, k]`). Clips are drawn without replacement, epoch by epoch.
    """

    def __init__(
        self, store: Store, size: int, frames: int, seed: int, device: torch.device = CPU, unlabelled: float = 0.0
    ) -> None:
        self._store = store
        self._cut = cutter(store, device)
        self._foreign = round(unlabelled * size)
        self._size = size - self._foreign
        self._random = np.random.default_rng(seed)
        self._clips = store.split("train")
        further = store.split("unlabelled") if self._foreign else []
        if self._foreign and not further:
            raise InputError(f"{store.folder}: no unlabelled clips, of which {unlabelled:g} of each batch is asked for")
        self._frames = min(frames, min(store.entries[i].frames for i in (*self._clips, *further)))
        self._drawn, self._further = _Queue(self._clips, self._random), _Queue(further, self._random)

    @property
    def steps_per_epoch(self) -> float:
        """Batches after which every training clip has been drawn once."""
        return len(self._clips) / max(1, self._size)

    def example(self) -> Tensor:
        """The inputs of one segment, as a batch of one; the stream stays where it is."""
        return self._cut([(self._clips[0], 0)], self._frames)[0]

    def __iter__(self) -> Batches:
        return self

    def __next__(self) -> tuple[Tensor, Tensor]:
        chosen = [self._drawn.next() for _ in range(self._size)]
        chosen += [self._further.next() for _ in range(self._foreign)]
        places = [int(self._random.integers(self._store.entries[i].frames - self._frames + 1)) for i in chosen]
        inputs, targets = self._cut(list(zip(chosen, places, strict=True)), self._frames)
        if self._foreign:
            targets[self._size :] = math.nan
        return inputs, targets


class _Queue:
    """Clips without replacement, epoch by epoch."""

    def __init__(self, clips: Sequence[int], random: np.random.Generator) -> None:
        self._clips, self._random = clips, random
        self._left: list[int] = []

    def next(self) -> int:
        if not self._left:
            self._left = [self._clips[i] for i in self._random.permutation(len(self._clips))]
        return self._left.pop()
