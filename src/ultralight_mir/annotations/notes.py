"""Notes, which JAMS and MIDI files hold, as events and as an f0 track."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path

import numpy as np

from ultralight_mir.annotations.events import Events
from ultralight_mir.annotations.f0 import F0
from ultralight_mir.errors import InputError

DIGITS = 4
"""Decimals of a second to which events in these files are told apart."""
HOP = 0.01
"""Seconds between the rows of an f0 track that is made from notes."""
LEGATO = 0.05
"""Seconds by which notes of one voice may overlap; the later one is heard."""


@dataclass(frozen=True)
class Note:
    """From `start` to `end` in seconds, at `hertz`."""

    start: float
    end: float
    hertz: float


def events(rows: Iterable[tuple[float, str]]) -> Events:
    """Events (seconds, label or ""), in order; what is twice at a time (to `DIGITS`) is there once."""
    return Events.of(sorted({(round(float(time), DIGITS), label) for time, label in rows}))


def contour(rows: Iterable[tuple[float, float]]) -> F0:
    """Rows (seconds, Hz), in order."""
    table = np.array(sorted(rows), np.float64).reshape(-1, 2)
    return F0(table[:, 0], table[:, 1])


def melody(notes: Sequence[Note], path: Path) -> F0:
    """Notes of one voice as an f0 track.

    Raises:
        InputError: two notes sound at once.
    """
    rows: dict[int, float] = {}
    ordered = sorted(notes, key=lambda note: note.start)
    for note, following in zip_longest(ordered, ordered[1:]):
        end = note.end
        if following is not None and following.start < end:
            if following.start < end - LEGATO:
                raise InputError(f"{path}: two notes sound at {following.start:.3f} s, expected one voice for pitch")
            end = following.start
        steps = range(int(np.ceil(note.start / HOP - 1e-9)), int(np.ceil(end / HOP - 1e-9)))
        rows.update(dict.fromkeys(steps, note.hertz))
    return contour((step * HOP, hertz) for step, hertz in rows.items())
