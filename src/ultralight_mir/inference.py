"""A network over inputs: what it says of clips, whole, or of a recording of any length, a piece at a time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from ultralight_mir.features.base import Feature
from ultralight_mir.layout import channels_last
from ultralight_mir.reach import reach_of
from ultralight_mir.tasks.base import Array, Output, Task

Clip = tuple[NDArray[np.floating], Array]
"""Of one clip, whole: its input, `[frames, bins]` (waveform `[samples]`), and the centres of its frames in seconds."""
Inputs = NDArray[np.floating]
PIECE = 1024
"""Frames of a long recording that go through a network at a time; a multiple of `reach.EDGE`."""
BATCH = 200_000
"""Values of input that one forward pass may take, where it takes more than one clip: 50 s of log-mel, 8 s of a CQT."""


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
            windows = zip(*(_windows(task, *clip) for clip in batch), strict=True)
            said = [_run(network, task, window) for window in windows]
            yield from (whole(task, parts) for parts in zip(*said, strict=True))


def stream(network: nn.Module, task: Task, feature: Feature, pieces: Iterable[Inputs]) -> Iterator[Output]:
    """What `network` (in eval mode) says of a recording of any length, in constant memory; `whole` puts it together.

    It is what `output` says of all pieces together but for rounding: pieces are run with as many frames more on either
    side as the network hears (`reach`; where it hears for ever, near enough).

    Args:
        pieces: of the network's input, of any lengths, as `features.streaming` gives them.

    Yields:
        Of a frame-wise task, the frames in order, some at a time; else a window each, `times` its middle.
    """
    with channels_last(network):
        yield from (_frames if task.framewise else _clip)(network, task, feature, pieces)


def whole(task: Task, parts: Sequence[Output]) -> Output:
    """One output of a recording's parts: their frames, or the mean of their windows."""
    if task.framewise:
        return Output(*(np.concatenate([getattr(part, name) for part in parts]) for name in ("activation", "times")))
    mean: Array = np.mean([part.activation for part in parts], axis=0)
    return Output(mean, np.zeros(0))


def _frames(network: nn.Module, task: Task, feature: Feature, pieces: Iterable[Inputs]) -> Iterator[Output]:
    held, first, margin = _Held(feature), 0, 0  # `held` begins `margin` frames before frame `first`, the next to give
    reach = None
    for rows in pieces:
        held.append(rows)
        if held.frames <= PIECE and reach is None:
            continue
        reach = reach or reach_of(network, feature.bins if feature.kind == "spectral" else 0, feature.samples_per_frame)
        while held.frames > margin + PIECE + reach.after:
            yield _part(network, task, feature, held.first(margin + PIECE + reach.after), first, margin, PIECE)
            held.drop(margin + PIECE - reach.before)
            first, margin = first + PIECE, reach.before
    yield _part(network, task, feature, held.first(held.frames), first, margin, held.frames - margin)


def _part(
    network: nn.Module, task: Task, feature: Feature, inputs: Inputs, first: int, margin: int, count: int
) -> Output:
    """`count` frames from frame `first` on, which comes after `margin` frames of `inputs`."""
    times = feature.times(count, first)
    heard = _run(network, task, [(inputs, np.zeros(margin + count))])[0].activation
    return Output(heard[margin:].copy(), times[: len(heard) - margin])


def _clip(network: nn.Module, task: Task, feature: Feature, pieces: Iterable[Inputs]) -> Iterator[Output]:
    held, first = _Held(feature), 0
    size = None if task.window is None else _frames_in(task.window, feature.times(2))
    for rows in pieces:
        held.append(rows)
        while size is not None and held.frames >= 2 * size:  # one is kept: the last window may reach into it
            yield _heard(network, task, (held.first(size), feature.times(size, first)))
            held.drop(size)
            first += size
    for window in _windows(task, held.first(held.frames), feature.times(held.frames, first)):
        yield _heard(network, task, window)


def _heard(network: nn.Module, task: Task, window: Clip) -> Output:
    return Output(_run(network, task, [window])[0].activation, window[1].mean(keepdims=True))


class _Held:
    """The rows of a network's input that are not done with yet, counted in frames."""

    def __init__(self, feature: Feature) -> None:
        self._size = feature.samples_per_frame
        self._rows: Inputs | None = None

    @property
    def frames(self) -> int:
        return 0 if self._rows is None else len(self._rows) // self._size

    def append(self, rows: Inputs) -> None:
        self._rows = rows if self._rows is None else np.concatenate((self._rows, rows))

    def first(self, frames: int) -> Inputs:
        assert self._rows is not None, "a recording has at least one frame"
        return self._rows[: frames * self._size]

    def drop(self, frames: int) -> None:
        assert self._rows is not None
        self._rows = self._rows[frames * self._size :]


def _windows(task: Task, inputs: Inputs, times: Array) -> list[Clip]:
    """A clip as its network hears it: whole, or in windows of `Task.window` side by side, the last of them at its end.

    A network that gives one output a clip never heard longer ones when it was validated.
    """
    size = len(times) if task.window is None or len(times) < 2 else _frames_in(task.window, times)
    if len(times) <= size:
        return [(inputs, times)]
    starts = [*range(0, len(times) - size, size), len(times) - size]
    rows = len(inputs) // len(times)
    return [(inputs[start * rows : (start + size) * rows], times[start : start + size]) for start in starts]


def _frames_in(seconds: float, times: Array) -> int:
    return round(seconds / (times[1] - times[0]))


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
