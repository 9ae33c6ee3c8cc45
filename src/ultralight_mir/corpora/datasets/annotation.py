"""Annotations on their way from a loader to a text file, in the forms that the tasks (and a manifest corpus) read.

What lies past the end of the recording is cut off: published annotations were often made on another rip of the CD, or
end with the last frame's centre. An annotation that goes on for more than `TAIL` belongs to another recording.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Protocol

import numpy as np
from numpy.typing import NDArray

from ultralight_mir.errors import InputError
from ultralight_mir.tasks.chord import NO_CHORD, UNKNOWN, class_of

TAIL = 10.0
"""Seconds by which an annotation may outlast its recording."""


class Annotation(Protocol):
    """Something that can be written as lines of text."""

    suffix: ClassVar[str]

    def lines(self, duration: float) -> Iterator[str]:
        """The lines of the file, without line ends, for a recording of `duration` seconds.

        Raises:
            InputError: the annotation goes on for more than `TAIL` after the end; says for how long.
        """


@dataclass(frozen=True)
class F0:
    """`times` in seconds, increasing; `hertz`, 0 or less where unvoiced; both `[rows]`."""

    times: NDArray[Any]
    hertz: NDArray[Any]
    suffix: ClassVar[str] = ".csv"

    def lines(self, duration: float) -> Iterator[str]:
        """`time,f0_hz` a row."""
        _check_tail(self.times, duration)
        for time, hertz in zip(self.times, self.hertz, strict=True):
            if time <= duration:
                yield f"{time:.6f},{max(hertz, 0.0):.4f}"


@dataclass(frozen=True)
class Events:
    """`times` in seconds, in any order; `labels` one each, or none at all."""

    times: Sequence[float]
    labels: Sequence[str] = ()
    suffix: ClassVar[str] = ".txt"

    def lines(self, duration: float) -> Iterator[str]:
        """`time label` (or `time`) a row, in order."""
        _check_tail(self.times, duration)
        labels = self.labels or [""] * len(self.times)
        for time, label in sorted(zip(self.times, labels, strict=True)):
            if time <= duration:
                yield f"{time:.6f}\t{label}".rstrip()


@dataclass(frozen=True)
class Chords:
    """`bounds` `[n, 2]` in seconds, in order; `labels`, n in Harte's notation.

    A label that is none of `mir_eval.chord`'s becomes `X` (not scored); a comment line keeps what it was.
    """

    bounds: NDArray[Any]
    labels: Sequence[str]
    suffix: ClassVar[str] = ".lab"

    def lines(self, duration: float) -> Iterator[str]:
        """`start end label` a row; intervals of no length are left out."""
        sounding = [end for (_, end), label in zip(self.bounds, self.labels, strict=True) if label != NO_CHORD]
        _check_tail(sounding, duration)
        for (start, end), label in zip(self.bounds, self.labels, strict=True):
            end = min(end, duration)
            if f"{start:.6f}" == f"{end:.6f}" or start >= end:
                continue
            if not _is_chord(label):
                yield f"# '{label}' is no chord label of mir_eval's"
            yield f"{start:.6f} {end:.6f} {label if _is_chord(label) else UNKNOWN}"


def _is_chord(label: str) -> bool:
    from mir_eval.chord import InvalidChordException

    try:
        class_of(label)
    except InvalidChordException:
        return False
    return len(label.split()) == 1


def _check_tail(times: Sequence[float] | NDArray[Any], duration: float) -> None:
    last = float(np.max(times)) if len(times) else 0.0
    if last > duration + TAIL:
        raise InputError(
            f"the annotation goes on to {last:.2f} s, but the recording ends at {duration:.2f} s: "
            "expected the recording that was annotated"
        )
