"""A network over inputs: what it says of clips, whole, or of a recording of any length, a piece at a time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from ultralight_mir.features.base import Feature
from ultralight_mir.layout import channels_last
from ultralight_mir.listening import EDGE, PIECE, Inputs, Listener, whole, windows
from ultralight_mir.reach import reach_of
from ultralight_mir.tasks.base import Array, Output, Task

Clip = tuple[NDArray[np.floating], Array]
"""Of one clip, whole: its input, `[frames, bins]` (waveform `[samples]`), and the centres of its frames in seconds."""
BATCH = 200_000
"""Values of input that one forward pass may take, where it takes more than one clip: 50 s of log-mel, 8 s of a CQT."""
LONG = 75_000
"""Values of a long recording's input that one forward pass takes at a time: what is computed of them is far more."""


def output(network: nn.Module, task: Task, inputs: NDArray[np.floating], times: Array) -> Output:
    """What `network` (in eval mode) says of one clip (see `Clip`), in float32.

    A network may give more frames than there are `times`; they are cut off. A clip-wise network hears a clip that is
    longer than `Task.window` window by window.
    """
    (made,) = outputs(network, task, [(inputs, times)])
    return made


def outputs(network: nn.Module, task: Task, clips: Iterable[Clip]) -> Iterator[Output]:
    """The same for several clips, as `Store.whole` gives them; short ones of the same length go through together."""
    with channels_last(network):
        for batch in _batches(clips):
            heard = [_run(network, task, part) for part in zip(*(windows(task, *clip) for clip in batch), strict=True)]
            yield from (whole(task, parts) for parts in zip(*heard, strict=True))


def listener(network: nn.Module, task: Task, feature: Feature) -> Listener:
    """A network (in eval mode) as what hears recordings of any length, a piece at a time."""
    rows = feature.samples_per_frame

    def hear(inputs: Inputs) -> Array:
        with channels_last(network):
            return _run(network, task, [(inputs, np.zeros(len(inputs) // rows))])[0].activation

    bins = feature.bins if feature.kind == "spectral" else 0
    piece = min(PIECE, max(1, LONG // (rows * feature.bins * EDGE)) * EDGE)
    return Listener(hear, rows, feature.times, lambda: reach_of(network, bins, rows), piece)


def _batches(clips: Iterable[Clip]) -> Iterator[list[Clip]]:
    """Neighbours of the same length, a few at a time."""
    batch: list[Clip] = []
    for inputs, times in clips:
        if batch and (inputs.shape != batch[0][0].shape or (len(batch) + 1) * inputs.size > BATCH):
            yield batch
            batch = []
        batch.append((inputs, times))
    if batch:
        yield batch


@torch.inference_mode()
def _run(network: nn.Module, task: Task, batch: Sequence[Clip]) -> list[Output]:
    device = next(network.parameters()).device
    inputs = torch.from_numpy(np.stack([inputs for inputs, _ in batch])).to(device).float()
    activations = task.activation(network(inputs).float()).cpu().numpy()
    made = zip(activations, (times for _, times in batch), strict=True)
    return [Output(a[: len(t)], t) if task.framewise else Output(a, t[:0]) for a, t in made]
