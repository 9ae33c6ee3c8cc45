"""Recordings of any length, heard a piece at a time by whatever computes: a torch network, an exported graph."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ultralight_mir.tasks.base import Array, Output, Task

Inputs = NDArray[np.floating]
Window = tuple[Inputs, Array]
"""Rows of a network's input, and the centres of their frames in seconds."""
EDGE = 64
"""Pieces begin at multiples of this many frames, so that strides and poolings in time fall as in the whole."""
PIECE = 1024
"""Frames of a long recording that go through a network at a time, at most."""
assert PIECE % EDGE == 0, "pieces begin where one ends"


@dataclass(frozen=True)
class Reach:
    """Frames that an output hears `before` and `after` its own, multiples of `EDGE`, at most `PIECE`.

    Where `endless`, there is no such number, and pieces with these frames more on either side are near enough.
    """

    before: int
    after: int
    endless: bool = False


@dataclass(frozen=True)
class Listener:
    """What hears, and how its frames lie.

    Attributes:
        hear: rows of one recording's input → activations `[frames, outputs]` (`[outputs]` a clip).
        rows: of the input, that are a frame.
        times: `times(count, first)`, the centres of frames in seconds.
        reach: how far it hears, asked for where a recording is longer than a piece.
        piece: frames that it is given at a time, a multiple of `EDGE`: the fewer, the less memory.
    """

    hear: Callable[[Inputs], Array]
    rows: int
    times: Callable[[int, int], Array]
    reach: Callable[[], Reach]
    piece: int = PIECE

    def stream(self, task: Task, pieces: Iterable[Inputs], size: int | None = None) -> Iterator[Output]:
        """What is heard of a recording of any length, in constant memory; `whole` puts it together.

        It is what is heard of all pieces together but for rounding: pieces are run with as many frames more on either
        side as reach (where the reach is endless, near enough).

        Args:
            pieces: of the input, of any lengths.
            size: frames that are given at a time, a multiple of `EDGE`: the fewer, the sooner and the dearer. Left
                out, `piece`, or as many as are heard beyond them where those are more.

        Yields:
            Of a frame-wise task, the frames in order, some at a time; else a window each, `times` its middle.
        """
        return self._frames(pieces, size) if task.framewise else self._clip(task, pieces)

    def _frames(self, pieces: Iterable[Inputs], wanted: int | None) -> Iterator[Output]:
        held, first, margin = _Held(self.rows), 0, 0  # `held` begins `margin` frames before the next frame, `first`
        size, reach = wanted or self.piece, None
        for rows in pieces:
            held.append(rows)
            if held.frames <= size and reach is None:
                continue
            if reach is None:
                reach = self.reach()
                size = wanted or max(size, min(PIECE, reach.before + reach.after))
            while held.frames > margin + size + reach.after:
                heard = self.hear(held.first(margin + size + reach.after))
                yield Output(heard[margin : margin + size].copy(), self.times(size, first))
                kept = min(margin + size, reach.before)
                held.drop(margin + size - kept)
                first, margin = first + size, kept
        heard = self.hear(held.all)[margin:].copy()
        yield Output(heard, self.times(len(heard), first))

    def _clip(self, task: Task, pieces: Iterable[Inputs]) -> Iterator[Output]:
        held, first = _Held(self.rows), 0
        size = None if task.window is None else _frames_in(task.window, self.times(2, 0))
        for rows in pieces:
            held.append(rows)
            while size is not None and held.frames >= 2 * size:  # one is kept: the last window may reach into it
                yield self._heard((held.first(size), self.times(size, first)))
                held.drop(size)
                first += size
        for window in windows(task, held.all, self.times(max(1, held.frames), first)):
            yield self._heard(window)

    def _heard(self, window: Window) -> Output:
        return Output(self.hear(window[0]), window[1].mean(keepdims=True))


def whole(task: Task, parts: Sequence[Output]) -> Output:
    """One output of a recording's parts: their frames, or the mean of their windows."""
    if task.framewise:
        return Output(*(np.concatenate([getattr(part, name) for part in parts]) for name in ("activation", "times")))
    mean: Array = np.mean([part.activation for part in parts], axis=0)
    return Output(mean, np.zeros(0))


def windows(task: Task, inputs: Inputs, times: Array) -> list[Window]:
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


class _Held:
    """The rows of an input that are not done with yet, counted in frames."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._rows: Inputs | None = None

    @property
    def frames(self) -> int:
        return 0 if self._rows is None else len(self._rows) // self._size

    @property
    def all(self) -> Inputs:
        assert self._rows is not None, "a recording has at least one frame"
        return self._rows

    def append(self, rows: Inputs) -> None:
        self._rows = rows if self._rows is None else np.concatenate((self._rows, rows))

    def first(self, frames: int) -> Inputs:
        return self.all[: frames * self._size]

    def drop(self, frames: int) -> None:
        self._rows = self.all[frames * self._size :]
