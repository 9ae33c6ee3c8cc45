"""Formats that estimates are written in, by name. A new one is a writer here or anywhere, and a line in `FORMATS`.

A writer is called with the path, the estimate, its kind (`annotations.KINDS`) and the recording's length in seconds.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ultralight_mir.annotations.chords import Chords
from ultralight_mir.annotations.events import Events
from ultralight_mir.annotations.f0 import F0
from ultralight_mir.annotations.labels import Label
from ultralight_mir.errors import InputError
from ultralight_mir.files import replacing
from ultralight_mir.registry import find

if TYPE_CHECKING:
    from ultralight_mir.annotations import Annotation


@dataclass(frozen=True)
class Format:
    """A form of file.

    Attributes:
        suffixes: kind of annotation → what its files' names end in; of no other kind are there any.
        writer: where it is, as `module:function`.
        about: what it is, for people.
    """

    suffixes: Mapping[str, str]
    writer: str
    about: str


_HERE = "ultralight_mir.annotations.formats"
FORMATS = {
    "text": Format(
        {"events": ".txt", "hits": ".txt", "f0": ".txt", "chords": ".lab", "label": ".tsv"},
        f"{_HERE}:write_text",
        "plain text as mir_eval reads it (an unvoiced f0 is negative)",
    ),
    "csv": Format({"f0": ".csv"}, f"{_HERE}:write_csv", "a table time_s, f0_hz, voiced (1 or 0)"),
    "json": Format({"label": ".json"}, f"{_HERE}:write_json", "the class and the probability of each"),
    "midi": Format(
        {"events": ".mid", "hits": ".mid"}, "ultralight_mir.annotations.midi:write", "drums of General MIDI"
    ),
    "audacity": Format(
        {"events": ".labels.txt", "hits": ".labels.txt", "chords": ".labels.txt"},
        f"{_HERE}:write_audacity",
        "a label track for Audacity",
    ),
    "jams": Format(
        dict.fromkeys(("events", "hits", "f0", "chords", "label"), ".jams"),
        "ultralight_mir.annotations.jams:write",
        "JAMS, for every task",
    ),
}
USUAL = {"events": "text", "hits": "text", "f0": "csv", "chords": "text", "label": "json"}
"""Kind of annotation → the format that is written where none is asked for."""


def suffix_of(name: str, kind: str) -> str:
    """What the names of a format's files end in.

    Raises:
        InputError: there is no such format for that kind.
    """
    known = [other for other, form in FORMATS.items() if kind in form.suffixes]
    if name not in known:
        raise InputError(f"format '{name}': expected one of {', '.join(known)}, which {kind} can be written in")
    return FORMATS[name].suffixes[kind]


def write(path: Path, estimate: Annotation, name: str, kind: str, duration: float) -> None:
    """Write an estimate of a recording of `duration` seconds in a format that its kind has, atomically."""
    writer = find("format", name, {known: form.writer for known, form in FORMATS.items()}, own=False)
    with replacing(path) as scratch:
        writer(scratch, estimate, kind, duration)


def write_text(path: Path, estimate: Any, kind: str, duration: float) -> None:
    """As `mir_eval.io` and `annotations.read` read it."""
    path.write_text(estimate.text(), encoding="utf-8")


def write_csv(path: Path, estimate: F0, kind: str, duration: float) -> None:
    """An f0 track as a table with a header: seconds, the Hz heard (voiced or not), and 1 where it is voiced, else 0."""
    with path.open("w", encoding="utf-8") as stream:
        stream.write("time_s,f0_hz,voiced\n")
        for time, hertz in zip(estimate.times.tolist(), estimate.hertz.tolist(), strict=True):
            stream.write(f"{time:.6f},{abs(hertz):.4f},{int(hertz > 0)}\n")


def write_json(path: Path, estimate: Label, kind: str, duration: float) -> None:
    """The class of a recording, and the probability of each class, the most probable first."""
    ordered = sorted(estimate.probabilities.items(), key=lambda row: -row[1])
    content = {"label": estimate.name, "probabilities": {name: round(value, 6) for name, value in ordered}}
    path.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")


def write_audacity(path: Path, estimate: Events | Chords, kind: str, duration: float) -> None:
    """`start end label` a line, in seconds, tabs between; an event without a label is called "onset"."""
    if isinstance(estimate, Chords):
        rows = estimate.rows
    else:
        rows = [(time, time, label or "onset") for time, label in estimate.rows]
    text = "".join(f"{start:.6f}\t{end:.6f}\t{label}\n" for start, end, label in rows)
    path.write_text(text, encoding="utf-8")
