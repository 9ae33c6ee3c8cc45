"""Annotations in other forms than plain text, made into the plain text that the tasks read. By the file's extension.

A new form is a function here that takes a path and a task and gives a `Converted`, and a line in `CONVERTERS`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from importlib import import_module
from itertools import zip_longest
from pathlib import Path

import numpy as np

from ultralight_mir.errors import InputError

CONVERTERS = {
    ".jams": "ultralight_mir.annotations.jams",
    ".mid": "ultralight_mir.annotations.midi",
    ".midi": "ultralight_mir.annotations.midi",
}
SUFFIXES = {"chord": ".lab", "pitch": ".csv"}
"""Task → extension of its plain text; ".txt" for the others."""
HOP = 0.01
"""Seconds between the rows of an f0 track that is made from notes."""
LEGATO = 0.05
"""Seconds by which notes of one voice may overlap; the later one is heard."""


@dataclass(frozen=True)
class Converted:
    """The text of an annotation file, or, for tasks whose annotation is a word, the label; the other is ""."""

    text: str = ""
    label: str = ""


@dataclass(frozen=True)
class Note:
    """From `start` to `end` in seconds, at `hertz`."""

    start: float
    end: float
    hertz: float


def converter(path: Path) -> Callable[[Path, str], Converted] | None:
    """What converts a file of this extension (None: it is plain text already).

    It raises `InputError`: the file is malformed, or holds nothing that annotates the task.
    """
    module = CONVERTERS.get(path.suffix.lower())
    found: Callable[[Path, str], Converted] | None = import_module(module).convert if module else None
    return found


def require_plain(path: Path, task: str) -> None:
    """Do nothing for an annotation in plain text, which a corpus has of every file that could be converted.

    Raises:
        InputError: it is in another form; says why it cannot be converted.
    """
    convert = converter(path)
    if convert is not None:
        convert(path, task)
        raise InputError(f"{path}: not converted yet, expected a corpus that was made from the file as it is now")


def events(found: Iterable[tuple[float, str]]) -> Converted:
    """Events (seconds, class or "") as lines `time class`, in order; what is twice at a time is there once."""
    rows = sorted({(round(float(time), 4), label) for time, label in found})
    return Converted("".join(f"{time:.4f} {label}".rstrip() + "\n" for time, label in rows))


def contour(rows: Iterable[tuple[float, float]]) -> Converted:
    """Rows `time,f0_hz`, in order."""
    return Converted("".join(f"{time:.6f},{hertz:.4f}\n" for time, hertz in sorted(rows)))


def melody(notes: Sequence[Note], path: Path) -> Converted:
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
