"""The corpora, by kind. A new kind is a module here with `build(...)` and a line in `KINDS`.

`build(task, folder, settings, progress)` leaves `folder/clips.csv` (and audio and annotations, where it makes them).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

from ultralight_mir.errors import InputError

KINDS = {
    "synthetic": "ultralight_mir.corpora.synthetic",
    "manifest": "ultralight_mir.corpora.manifest",
    "mirdata": "ultralight_mir.corpora.mirdata",
}


def build(
    kind: str, task: str, folder: Path, settings: Mapping[str, Any], progress: Callable[[int, int], None]
) -> None:
    """Make the clips of a corpus for a task.

    Raises:
        InputError: the kind is unknown, or what the kind's own `build` raises.
    """
    if kind not in KINDS:
        raise InputError(f"corpus kind '{kind}': unknown, expected one of {', '.join(KINDS)}")
    import_module(KINDS[kind]).build(task, folder, progress=progress, **settings)
