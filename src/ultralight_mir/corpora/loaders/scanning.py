"""An index made from what lies in a folder, for data sets whose publisher's layout says everything."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from mirdata.validate import md5

Files = dict[str, list[str | None]]
"""Of a track, as in a mirdata index: kind of file → path relative to the data home, MD5 (None: no such file)."""


def root_of(home: str, inside: Path) -> Path:
    """The folder that holds `inside`: the data home, or one up to two levels below it, as archives unpack.

    Raises:
        FileNotFoundError: there is none.
    """
    for pattern in ("", "*", "*/*"):
        for folder in sorted(Path(home).glob(pattern)) if pattern else [Path(home)]:
            if (folder / inside).is_dir():
                return folder
    raise FileNotFoundError(2, "no such folder", os.fspath(Path(home) / inside))


def entry(home: str, path: Path) -> list[str | None]:
    """A file as a mirdata index has it."""
    return [os.path.relpath(path, home), md5(os.fspath(path)) if path.is_file() else None]


def index(version: str, tracks: Iterable[tuple[str, Files]]) -> dict[str, Any]:
    """A mirdata index of those tracks."""
    return {"version": version, "tracks": dict(tracks)}
