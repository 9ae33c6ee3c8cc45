"""Random training batches out of a feature store: segments for frame-wise tasks, whole clips otherwise."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from ultralight_mir.features.store import Store
from ultralight_mir.jobs.torch_setup import CPU


class Batches:
    """An endless, seeded stream of (inputs, targets) from the training split.

    Args:
        store: where the clips lie.
        size: segments a batch.
        frames: frames a segment; cut down to the shortest training clip.
        seed: of the order and of the segments' places.
        device: that the batches are put on.

    Each item: inputs float32 `[size, frames, bins]` (waveform `[size, samples]`), targets float32
    `[size, frames, k]` (clip-wise `[size, k]`). Clips are drawn without replacement, epoch by epoch.
    """

    def __init__(self, store: Store, size: int, frames: int, seed: int, device: torch.device = CPU) -> None:
        self._store = store
        self._device = device
        self._clips = store.split("train")
        self._size = size
        self._frames = min(frames, min(store.entries[i].frames for i in self._clips))
        self._random = np.random.default_rng(seed)
        self._queue: list[int] = []

    @property
    def steps_per_epoch(self) -> float:
        """Batches after which every training clip has been drawn once."""
        return len(self._clips) / self._size

    def example(self) -> Tensor:
        """The inputs of one segment, as a batch of one; the stream stays where it is."""
        inputs = self._store.input(self._clips[0], 0, self._frames)
        return torch.from_numpy(np.array(inputs)).to(self._device).float()[None]

    def __iter__(self) -> Batches:
        return self

    def __next__(self) -> tuple[Tensor, Tensor]:
        chosen = [self._draw() for _ in range(self._size)]
        places = [int(self._random.integers(self._store.entries[i].frames - self._frames + 1)) for i in chosen]
        pairs = list(zip(chosen, places, strict=True))
        inputs = np.stack([self._store.input(i, at, self._frames) for i, at in pairs])
        targets = np.stack([self._store.target(i, at, self._frames) for i, at in pairs])
        return torch.from_numpy(inputs).to(self._device).float(), torch.from_numpy(targets).to(self._device)

    def _draw(self) -> int:
        if not self._queue:
            self._queue = [self._clips[i] for i in self._random.permutation(len(self._clips))]
        return self._queue.pop()
