"""Chords: intervals that follow one another, each with a chord label.

*Conventions.* A file has `start end label` a line, in seconds, with the labels of `mir_eval.chord` (Harte et al.,
ISMIR 2005): `A:min7/b3`, `N` for no chord, `X` for one that is not known. A line that begins with `#` is a comment.
`mir_eval.io.load_labeled_intervals` reads it.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from ultralight_mir.annotations import tail, text
from ultralight_mir.errors import InputError

NO_CHORD, UNKNOWN = "N", "X"
PAST_END = 0.5
"""Seconds by which an annotation may run past its audio: published chord files were made on other rips of the CD."""
TRIAD = re.compile(rf"{NO_CHORD}|[A-G][b#]?:(maj|min)")
"""Labels that `mir_eval.chord` knows without being asked: its import takes a second and more."""
TOUCH = 0.05
"""Seconds within which two intervals count as adjacent."""


@dataclass(frozen=True, eq=False)
class Chords:
    """`bounds` `[n, 2]` in seconds, adjacent and in order, float64; `labels`, n in Harte's notation."""

    bounds: NDArray[np.float64]
    labels: tuple[str, ...]
    suffix: ClassVar[str] = ".lab"
    form: ClassVar[str] = "lines 'start end label'"

    def __post_init__(self) -> None:
        object.__setattr__(self, "bounds", np.asarray(self.bounds, np.float64).reshape(-1, 2))
        object.__setattr__(self, "labels", tuple(self.labels))
        if len(self.bounds) != len(self.labels):
            raise ValueError(f"{len(self.labels)} labels for {len(self.bounds)} intervals")

    @property
    def rows(self) -> list[tuple[float, float, str]]:
        """(start, end, label) of each interval."""
        return [(start, end, label) for (start, end), label in zip(self.bounds.tolist(), self.labels, strict=True)]

    def until(self, duration: float) -> Chords:
        """A published annotation as that of a recording of `duration` seconds: cut at its end.

        Raises:
            InputError: it is another recording's (`tail.check`); silence (`N`) may go on for ever.
        """
        tail.check([end for _, end, label in self.rows if label != NO_CHORD], duration)
        kept = [(start, min(end, duration), label) for start, end, label in self.rows if start < duration]
        return Chords(np.array([row[:2] for row in kept]), tuple(label for *_, label in kept))

    @classmethod
    def read(cls, path: Path, duration: float = math.inf) -> Chords:
        """A text file, of a recording of `duration` seconds; a gap between two intervals becomes one of `UNKNOWN`.

        Raises:
            InputError: it is unreadable or empty; a line is malformed, out of order or past the recording's end, or its
                label is no chord.
        """
        bounds: list[tuple[float, float]] = []
        labels: list[str] = []
        for where, start, end, label in _lines(path):
            before = bounds[-1][1] if bounds else start
            if not 0.0 <= start < end < math.inf:
                raise InputError(f"{where}: from {start} to {end} s, expected 0 ≤ start < end")
            if start < before - TOUCH:
                raise InputError(f"{where}: starts at {start} s, expected {before} s, where the line before ends")
            if end > duration + PAST_END:
                raise InputError(f"{where}: ends at {end} s, expected at most {duration:.3f} s, the clip's end")
            if start > before + TOUCH:
                bounds.append((before, start))
                labels.append(UNKNOWN)
                before = start
            bounds.append((before, end))
            labels.append(label)
        if not labels:
            raise InputError(f"{path}: no intervals, expected {cls.form}")
        return cls(np.array(bounds), tuple(labels))

    def text(self, delimiter: str = " ") -> str:
        """`start end label` a line; intervals of no length are left out.

        A label that is none of `mir_eval.chord`'s becomes `UNKNOWN`; a comment line keeps what it was.
        """
        return "".join(_written(self.rows, delimiter))


@lru_cache(maxsize=1024)
def is_label(label: str) -> bool:
    """Whether `mir_eval.chord` knows the label."""
    if TRIAD.fullmatch(label):
        return True
    from mir_eval import chord

    try:
        chord.encode(label)
    except chord.InvalidChordException:
        return False
    return len(label.split()) == 1


def _written(rows: Sequence[tuple[float, float, str]], delimiter: str) -> Iterator[str]:
    for start, end, label in rows:
        first, last = f"{start:.6f}", f"{end:.6f}"
        if first == last or start >= end:
            continue
        if not is_label(label):
            yield f"# '{label}' is no chord label of mir_eval's\n"
        yield delimiter.join((first, last, label if is_label(label) else UNKNOWN)) + "\n"


def _lines(path: Path) -> Iterator[tuple[str, float, float, str]]:
    for where, line in text.rows(path):
        try:
            first, last, label = line.split()
            start, end = float(first), float(last)
        except ValueError as error:
            raise InputError(f"{where}: '{line}', expected 'start end label' with times in seconds") from error
        if not is_label(label):
            raise InputError(f"{where}: label '{label}', expected a chord such as 'A:min' or 'N'")
        yield where, start, end, label
