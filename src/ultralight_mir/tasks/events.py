"""Events in time, for the tasks that find them: annotation files, targets, and how estimates are judged.

*Conventions.* An annotation file has one event a line, in order: `time` in seconds, then (drums) its class, separated
by white space; what follows `#` at the start of a line is a comment. An estimate is within a window of a reference
event or it is not; each matches at most one (mir_eval.onset, which finds the largest matching).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ultralight_mir.clips import Clip
from ultralight_mir.errors import InputError

Times = NDArray[np.float64]
TOLERANCE = 0.05
"""Seconds by which an event may lie past the end of its clip: lossy coders and rounding cut that much."""
WINDOW = 0.05
"""Seconds either side within which an estimate is right; mir_eval's default."""


def read_events(clip: Clip) -> list[tuple[float, str]]:
    """(time, label) of every event of the clip's annotation; the label is "" where the line has none.

    Raises:
        InputError: the file is missing or unreadable; a line is not `time` or `time label`, is out of order, negative
            or past the end of the clip.
    """
    path = Path(clip.annotation)
    if not clip.annotation:
        raise InputError(f"clip '{clip.track_id}': no annotation, expected a file with one event a line")
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path}: not readable as text ({error})") from error
    events: list[tuple[float, str]] = []
    for number, line in enumerate(text.splitlines(), start=1):
        cells = line.split()
        if not cells or line.startswith("#"):
            continue
        time = _seconds(cells, f"{path}, line {number}")
        before = events[-1][0] if events else 0.0
        if time < before:
            what = "negative" if time < 0 else "out of order"
            raise InputError(f"{path}, line {number}: {time} s is {what}, expected {before} s or later")
        if time > clip.duration + TOLERANCE:
            raise InputError(
                f"{path}, line {number}: {time} s, expected at most {clip.duration:.3f} s (the clip's end)"
            )
        events.append((time, cells[1] if len(cells) == 2 else ""))
    return events


def _seconds(cells: list[str], where: str) -> float:
    try:
        time = float(cells[0])
    except ValueError:
        time = math.nan
    if len(cells) > 2 or not math.isfinite(time):
        raise InputError(f"{where}: '{' '.join(cells)}', expected a time in seconds and at most one label")
    return time


def merged(times: Times, closest: float) -> Times:
    """Sorted `times` without those that come less than `closest` seconds after the last one kept."""
    kept: list[float] = []
    for time in times:
        if not kept or time - kept[-1] >= closest:
            kept.append(float(time))
    return np.array(kept)


def activity(events: Times, times: Times) -> NDArray[np.float32]:
    """The target of one class, `[frames]`: 1 in the frame nearest to an event, less in its neighbours.

    It falls from 1 at half a frame's distance to 0 at one and a half (after Schlüter & Böck, ICASSP 2014, whose
    neighbours count a quarter): a network is not to be blamed for an event that lies between two frames.
    """
    if not len(events) or not len(times):
        return np.zeros(len(times), np.float32)
    hop = times[1] - times[0] if len(times) > 1 else 0.01
    after = np.searchsorted(events, times).clip(1, len(events)) - 1
    following = np.minimum(after + 1, len(events) - 1)
    distance = np.minimum(np.abs(times - events[after]), np.abs(times - events[following]))
    return np.clip(1.5 - distance / hop, 0.0, 1.0).astype(np.float32)


@dataclass(frozen=True)
class Counts:
    """Events that match, are estimated, are in the reference; adds up over classes and clips."""

    matched: int
    estimated: int
    reference: int

    def __add__(self, other: Counts) -> Counts:
        return Counts(self.matched + other.matched, self.estimated + other.estimated, self.reference + other.reference)

    @property
    def f_measure(self) -> float:
        """Harmonic mean of precision and recall, 0…1; 0 if nothing matches. Not defined where nothing is at all."""
        return 2 * self.matched / (self.estimated + self.reference)

    @property
    def defined(self) -> bool:
        """Whether there is anything to judge."""
        return self.estimated + self.reference > 0


def judged(reference: Times, estimate: Times, window: float) -> Counts:
    """Matches by mir_eval.onset.f_measure, both in seconds and in order, `window` seconds either side."""
    from mir_eval import onset

    matched = 0
    if len(reference) and len(estimate):
        _, precision, _ = onset.f_measure(reference, estimate, window=window)
        matched = round(precision * len(estimate))
    return Counts(matched, len(estimate), len(reference))
