"""Segments of clips, cut out of a feature store: from its files, or from a GPU's memory where the whole store fits."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from functools import lru_cache
from typing import Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ultralight_mir.features.store import Store

log = logging.getLogger(__name__)
Place = tuple[int, int]
"""Where a segment begins: a clip's index in the store, and its frame."""
SHARE = 0.2
"""Of a GPU's free memory, that a store may take: several trainings may share the GPU, and all need room to compute."""
PIECE = 2**26
"""Bytes of a store that are on their way to the GPU at a time."""


class Cutter(Protocol):
    """Cuts segments of one length out of a store, onto a device."""

    def __call__(self, places: Sequence[Place], frames: int) -> tuple[Tensor, Tensor]:
        """Inputs float32 `[places, frames, bins]` (waveform `[places, samples]`), and targets float32
        `[places, frames, k]` (clip-wise `[places, k]`): the caller's own."""


def cutter(store: Store, device: torch.device) -> Cutter:
    """What cuts out of a store for a device."""
    return _on_gpu(store, device) if device.type == "cuda" else FromFiles(store, device)


@lru_cache(maxsize=1)  # all that a job cuts is of one store, which is to be there once
def _on_gpu(store: Store, device: torch.device) -> Cutter:
    size, free = store.inputs.nbytes + store.targets.nbytes, torch.cuda.mem_get_info(device)[0]
    stays = size <= SHARE * free
    said = "on the GPU" if stays else f"copied batch by batch: more than {SHARE:.0%} of the GPU's free memory"
    log.info("features: %.0f MiB, %s", size / 2**20, said)
    return Resident(store, device) if stays else FromFiles(store, device)


class FromFiles:
    """Reads what a segment takes from the store's files, and puts it on the device."""

    def __init__(self, store: Store, device: torch.device) -> None:
        self._store, self._device = store, device

    def __call__(self, places: Sequence[Place], frames: int) -> tuple[Tensor, Tensor]:
        """See `Cutter`."""
        inputs = np.stack([self._store.input(index, at, frames) for index, at in places])
        targets = np.stack([self._store.target(index, at, frames) for index, at in places])
        return put(inputs, self._device).float(), put(targets, self._device)


class Resident:
    """Keeps the whole store on the device (any device), and cuts there."""

    def __init__(self, store: Store, device: torch.device) -> None:
        self._device, self._framewise, self._kind = device, store.framewise, store.kind
        self._starts = np.array([entry.start for entry in store.entries])
        self._rows = store.samples_per_frame
        self._inputs, self._targets = _copy(store.inputs, device), _copy(store.targets, device)

    def __call__(self, places: Sequence[Place], frames: int) -> tuple[Tensor, Tensor]:
        """See `Cutter`."""
        clips, at = np.array(places).T
        begin = put(self._starts[clips] + at, self._device)
        inputs = self._inputs[self._span(begin * self._rows, frames * self._rows)].float()
        wanted = self._span(begin, frames) if self._framewise else put(clips, self._device)
        return inputs[..., 0] if self._kind == "waveform" else inputs, self._targets[wanted]

    def _span(self, begin: Tensor, rows: int) -> Tensor:
        """Indices of so many rows from each of these on, `[begin, rows]`."""
        return begin[:, None] + torch.arange(rows, device=self._device)


def put(rows: NDArray[np.generic], device: torch.device) -> Tensor:
    """An array on a device; to a GPU without waiting for it."""
    tensor = torch.from_numpy(rows)
    return tensor.pin_memory().to(device, non_blocking=True) if device.type == "cuda" else tensor.to(device)


def _copy(rows: NDArray[np.generic], device: torch.device) -> Tensor:
    """An array that lies in a file, whole on a device; a piece of it is in this machine's memory at a time."""
    count = max(1, PIECE // max(1, rows[:1].nbytes))
    whole = torch.empty(rows.shape, dtype=torch.from_numpy(np.array(rows[:0])).dtype, device=device)
    for begin in range(0, len(rows), count):
        whole[begin : begin + count] = torch.from_numpy(np.array(rows[begin : begin + count]))
    return whole
