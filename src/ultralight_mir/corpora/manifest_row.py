"""One row of a manifest: the clip that it stands for, and everything that is wrong with its cells."""

from __future__ import annotations

import errno
import os
import re
import stat
from collections.abc import Mapping
from pathlib import Path

import soundfile

from ultralight_mir.clips import SPLITS, Clip

CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
"""Control characters and ends of lines: they would break paths, tables and messages."""
SHOWN = 100
"""Characters of a cell that a message shows."""
LONGEST = 400
"""Characters of a path that a message shows."""


def clip_in_row(row: Mapping[str, str], root: Path, where: str, faults: list[str]) -> Clip | None:
    """The clip of a row, as far as it can be told; its `split` is "test" where the row has none.

    Args:
        row: column → cell.
        root: the manifest's folder, resolved.
        where: the manifest and the row's line, for the messages.
        faults: what is wrong is appended, one line each.

    Returns:
        None where the recording, the annotation or a usable name is missing.
    """
    before = len(faults)
    audio = _file(row, "audio", root, where, faults)
    annotation = _file(row, "annotation", root, where, faults) if row.get("annotation") else ""
    label = row.get("label", "").strip()
    duration = _duration(audio, where, faults) if audio else 0.0
    for column, text in (("track_id", row["track_id"]), ("group", row.get("group", "")), ("label", label)):
        if CONTROL.search(text):
            faults.append(f"{where}: {column}: {shown(text)} holds a control character")
    if not row.get("annotation") and not label:
        faults.append(f"{where}: neither annotation nor label is given")
    usable = len(faults) == before
    split = row.get("split", "test")
    if split not in SPLITS:
        faults.append(f"{where}: split {shown(split)}, expected one of {', '.join(SPLITS)}")
    return Clip(row["track_id"], audio, annotation, label, group_in_row(row), split, duration) if usable else None


def group_in_row(row: Mapping[str, str]) -> str:
    """The row's group; without one, the track is its own."""
    return row.get("group") or row["track_id"]


def fault_of_file(path: Path) -> str:
    """Why a file cannot be read: "PATH does not exist" and the like; "" where it can."""
    name = path if len(str(path)) <= LONGEST else f"{str(path)[:LONGEST]}…"
    try:
        mode = path.stat().st_mode
    except (FileNotFoundError, NotADirectoryError):
        return f"{name} does not exist"
    except OSError as error:  # a link that leads to itself, a name that is too long, a folder that may not be entered
        return f"{name} cannot be read ({error.strerror})"
    if not stat.S_ISREG(mode):
        return f"{name} is {'a folder' if stat.S_ISDIR(mode) else 'a device or a pipe'}, expected a file"
    return "" if os.access(path, os.R_OK) else f"{name} cannot be read ({os.strerror(errno.EACCES)})"


def shown(text: str) -> str:
    """A cell in a message: quoted, in one line, and not all of it where it is long."""
    return repr(text if len(text) <= SHOWN else f"{text[:SHOWN]}…")


def _file(row: Mapping[str, str], column: str, root: Path, where: str, faults: list[str]) -> str:
    """The absolute path that a cell says, "" where it leads to no file inside `root`."""
    text = row[column]
    if not text:
        faults.append(f"{where}: {column}: empty, expected a path")
        return ""
    if CONTROL.search(text):
        faults.append(f"{where}: {column}: {shown(text)} holds a control character")
        return ""
    path = Path(os.path.realpath(root / text))
    fault = f"{shown(text)} leaves the folder {root}" if not path.is_relative_to(root) else fault_of_file(path)
    if fault:
        faults.append(f"{where}: {column}: {fault}")
        return ""
    return str(path)


def _duration(audio: str, where: str, faults: list[str]) -> float:
    """Seconds, as the file's header says; 0 where it says nothing."""
    try:
        return float(soundfile.info(audio).duration)
    except soundfile.SoundFileError:
        return 0.0
    except TypeError:  # .raw: soundfile wants to be told the sample rate
        faults.append(f"{where}: audio: {audio} has no header by its name, expected a WAV, FLAC or another with one")
        return 0.0
