"""F0: the fundamental frequency of one voice over time.

*Conventions.* A file has rows `time,f0_hz` (seconds, Hz; `mir_eval.io.load_time_series` reads it with the delimiter
","). As in `mir_eval.melody`, an f0 of 0 or less is unvoiced; an *estimate* that is negative still says which pitch it
would be. A time with no row within one hop (the median step between rows) is unvoiced too.
"""

from __future__ import annotations

import csv
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from ultralight_mir.annotations import published, text
from ultralight_mir.errors import InputError

PAST_END = 0.05
"""Seconds that an annotation may reach past the end of its clip."""
LONE_HOP = 0.05
"""Seconds for which a row holds that is the only one."""


@dataclass(frozen=True, eq=False)
class F0:
    """`times` in seconds, increasing, and `hertz`, 0 or less where unvoiced; both `[rows]`, float64."""

    times: NDArray[np.float64]
    hertz: NDArray[np.float64]
    suffix: ClassVar[str] = ".csv"
    form: ClassVar[str] = "rows time,f0_hz"

    def __post_init__(self) -> None:
        for name in ("times", "hertz"):
            object.__setattr__(self, name, np.asarray(getattr(self, name), np.float64).reshape(-1))
        if len(self.times) != len(self.hertz):
            raise ValueError(f"{len(self.hertz)} frequencies for {len(self.times)} times")

    def at(self, times: NDArray[Any]) -> NDArray[np.float64]:
        """f0 in Hz at other `times`: that of the nearest row, 0 if it is unvoiced or none lies within one hop."""
        if not len(self.times):
            return np.zeros(len(times))
        hop = float(np.median(np.diff(self.times))) if len(self.times) > 1 else LONE_HOP
        after = np.clip(np.searchsorted(self.times, times), 1, max(1, len(self.times) - 1))
        before = after - 1
        after = np.minimum(after, len(self.times) - 1)
        nearest = np.where(times - self.times[before] <= self.times[after] - times, before, after)
        voiced = np.maximum(self.hertz, 0.0)
        return np.where(np.abs(self.times[nearest] - times) <= hop, voiced[nearest], 0.0)

    def until(self, duration: float) -> F0:
        """A published track as the reference of a recording of `duration` seconds: cut at its end, 0 where unvoiced.

        Raises:
            InputError: it is another recording's (`published.check`).
        """
        published.check(self.times, duration)
        rows = zip(self.times.tolist(), self.hertz.tolist(), strict=True)
        kept = np.array([(time, max(hertz, 0.0)) for time, hertz in rows if time <= duration]).reshape(-1, 2)
        return F0(kept[:, 0], kept[:, 1])

    @classmethod
    def read(cls, path: Path, duration: float = math.inf) -> F0:
        """A text file, of a recording of `duration` seconds.

        Raises:
            InputError: it is unreadable; a row is not two finite numbers, or its time is negative, out of order or past
                the recording's end.
        """
        rows: list[tuple[float, float]] = []
        try:
            for number, cells in enumerate(csv.reader(text.content(path).splitlines()), start=1):
                if "".join(cells).strip():
                    rows.append(_row(cells, rows, duration, f"{path}, line {number}"))
        except csv.Error as error:
            raise InputError(f"{path}: not readable as rows time,f0_hz ({error})") from error
        table = np.array(rows, np.float64).reshape(-1, 2)
        return cls(table[:, 0], table[:, 1])

    def text(self, time_digits: int = 6, hertz_digits: int = 4) -> str:
        """`time,f0_hz` a row, to so many decimals."""
        rows = zip(self.times.tolist(), self.hertz.tolist(), strict=True)
        return "".join(f"{time:.{time_digits}f},{hertz:.{hertz_digits}f}\n" for time, hertz in rows)


def _row(cells: list[str], rows: list[tuple[float, float]], duration: float, where: str) -> tuple[float, float]:
    try:
        time, hertz = (float(cell) for cell in cells)
    except ValueError as error:
        raise InputError(f"{where}: '{','.join(cells)}', expected time,f0_hz") from error
    if not (math.isfinite(time) and math.isfinite(hertz)):
        raise InputError(f"{where}: {time},{hertz}, expected finite numbers")
    if time < 0:
        raise InputError(f"{where}: time {time} s is negative, expected 0 s or later")
    if rows and time <= rows[-1][0]:
        raise InputError(f"{where}: time {time} s is out of order, expected more than {rows[-1][0]} s")
    if time > duration + PAST_END:
        raise InputError(f"{where}: time {time} s is past the end of the clip, {duration:.3f} s")
    return time, hertz
