"""Events: moments, each with a label or without (onsets, drum hits).

*Conventions.* A file has one event a line, in order: `time` in seconds, then its label where it has one, separated by
white space; a line that begins with `#` is a comment. `mir_eval.io.load_events` and `load_labeled_events` read it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from ultralight_mir.annotations import published, text
from ultralight_mir.errors import InputError

Times = NDArray[np.float64]
PAST_END = 0.05
"""Seconds by which an event may lie past the end of its clip: lossy coders and rounding cut that much."""
MERGED = 0.03
"""Seconds within which two reference events are one, as nobody hears them apart (Böck, Krebs & Schedl, *Evaluating the
online capabilities of onset detection methods*, ISMIR 2012; a drummer's flam). A fact of the protocol, not of a peak
picker."""


@dataclass(frozen=True, eq=False)
class Events:
    """Events of a clip.

    Attributes:
        times: in seconds, in order, float64 `[n]`.
        labels: one an event ("" for one without), or none at all.
    """

    times: Times
    labels: tuple[str, ...] = ()
    suffix: ClassVar[str] = ".txt"
    form: ClassVar[str] = "lines 'time' or 'time label'"

    def __post_init__(self) -> None:
        object.__setattr__(self, "times", np.asarray(self.times, np.float64).reshape(-1))
        object.__setattr__(self, "labels", tuple(self.labels))
        if self.labels and len(self.labels) != len(self.times):
            raise ValueError(f"{len(self.labels)} labels for {len(self.times)} events")

    @classmethod
    def of(cls, rows: Sequence[tuple[float, str]]) -> Events:
        """Of (time, label) pairs; without labels where all are ""."""
        labels = tuple(label for _, label in rows)
        return cls(np.array([time for time, _ in rows], np.float64), labels if any(labels) else ())

    @property
    def rows(self) -> list[tuple[float, str]]:
        """(time, label) of each event."""
        return list(zip(self.times.tolist(), self.labels or [""] * len(self.times), strict=True))

    def labelled(self, label: str) -> Times:
        """Times of the events of one label, `[n]`."""
        return np.array([time for time, other in self.rows if other == label], np.float64)

    def merged(self, closest: float = MERGED) -> Events:
        """Without those that come less than `closest` seconds after the last one of their label that is kept."""
        last: dict[str, float] = {}
        kept = []
        for time, label in self.rows:
            if label not in last or time - last[label] >= closest:
                last[label] = time
                kept.append((time, label))
        return Events.of(kept)

    def until(self, duration: float) -> Events:
        """A published annotation, in any order, as that of a recording of `duration` seconds: ordered, cut at its end.

        Raises:
            InputError: it is another recording's (`published.check`).
        """
        published.check(self.times, duration)
        return Events.of(sorted((time, label) for time, label in self.rows if time <= duration))

    @classmethod
    def read(cls, path: Path, duration: float = math.inf) -> Events:
        """A text file, of a recording of `duration` seconds.

        Raises:
            InputError: it is unreadable; a line is not `time` or `time label`, is out of order, negative or past the
                recording's end.
        """
        rows: list[tuple[float, str]] = []
        for where, line in text.rows(path):
            cells = line.split()
            time, before = text.number(cells[0]), rows[-1][0] if rows else 0.0
            if len(cells) > 2 or math.isnan(time):
                raise InputError(f"{where}: '{' '.join(cells)}', expected a time in seconds and at most one label")
            if time < before:
                what = "negative" if time < 0 else "out of order"
                raise InputError(f"{where}: {time} s is {what}, expected {before} s or later")
            if time > duration + PAST_END:
                raise InputError(f"{where}: {time} s, expected at most {duration:.3f} s (the clip's end)")
            rows.append((time, cells[1] if len(cells) == 2 else ""))
        return cls.of(rows)

    def text(self, digits: int = 6, delimiter: str = "\t") -> str:
        """`time label` a line (`time` alone where there is no label), times to so many decimals."""
        return "".join(f"{time:.{digits}f}{delimiter}{label}".rstrip() + "\n" for time, label in self.rows)
