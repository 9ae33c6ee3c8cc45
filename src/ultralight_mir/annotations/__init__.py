"""Annotations: one module a kind, with its dataclass, its text reader and its text writer; JAMS and MIDI beside them.

A reference and an estimate are the same dataclass: times in seconds, f0 in Hz, labels as they stand in files. A new
kind is a module here and a line in `KINDS`; a new form of file is a module with `read(path, kind)` and a line in
`FORMS`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ultralight_mir.annotations.chords import Chords
from ultralight_mir.annotations.events import Events
from ultralight_mir.annotations.f0 import F0
from ultralight_mir.annotations.labels import Label
from ultralight_mir.clips import Clip
from ultralight_mir.errors import InputError
from ultralight_mir.files import replacing
from ultralight_mir.registry import find

__all__ = [
    "F0",
    "FORMS",
    "KINDS",
    "Annotation",
    "Chords",
    "Events",
    "Label",
    "convert",
    "is_plain",
    "of_clip",
    "read",
    "write",
]

Annotation = Events | F0 | Chords | Label
KINDS: dict[str, type[Annotation]] = {"events": Events, "hits": Events, "f0": F0, "chords": Chords, "label": Label}
"""What a task's annotation may be; `hits` are events of which each has a label (a drum)."""
FORMS = {
    ".jams": "ultralight_mir.annotations.jams:read",
    ".mid": "ultralight_mir.annotations.midi:read",
    ".midi": "ultralight_mir.annotations.midi:read",
}
"""Extension → what reads files that are no plain text."""


def read(path: Path, kind: str, duration: float = float("inf")) -> Any:
    """The annotation in a file of any form.

    Args:
        kind: one of `KINDS`.
        duration: of the recording, in seconds; plain text that goes on after it is refused.

    Raises:
        InputError: the file is unreadable or malformed, or holds nothing of that kind; names it, and the line.
    """
    return KINDS[kind].read(path, duration) if is_plain(path) else convert(path, kind)


def write(path: Path, annotation: Annotation) -> None:
    """Write an annotation or an estimate as plain text that `read` (and `mir_eval.io`) reads, atomically."""
    with replacing(path) as scratch:
        scratch.write_text(annotation.text(), encoding="utf-8")


def is_plain(path: Path) -> bool:
    """Whether a file of this extension is plain text."""
    return path.suffix.lower() not in FORMS


def convert(path: Path, kind: str) -> Any:
    """The annotation in a file that is no plain text; raises as `read`."""
    annotation: Annotation = find("form of annotation", path.suffix.lower(), FORMS, own=False)(path, kind)
    return annotation


def of_clip(clip: Clip, kind: str) -> Any:
    """The annotation of a clip, checked against its duration.

    Raises:
        InputError: it has none, or as `read`; or its file is in a form that the corpus could not convert: says why.
    """
    path = Path(clip.annotation)
    if clip.annotation and not is_plain(path):
        convert(path, kind)
        raise InputError(f"{path}: not converted yet, expected a corpus that was made from the file as it is now")
    if kind == "label":
        if not clip.label.strip():
            raise InputError(f"clip '{clip.track_id}': no label, expected {Label.form}")
        return Label(clip.label.strip())
    if not clip.annotation:
        raise InputError(f"clip '{clip.track_id}': no annotation, expected a file of {KINDS[kind].form}")
    return read(path, kind, clip.duration)
