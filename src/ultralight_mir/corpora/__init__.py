"""The corpora, by kind. A new kind is a module here with `build(...)` and a line in `KINDS`; or `module:function`.

`build(task, folder, settings, progress)` leaves `folder/clips.csv` (and audio and annotations, where it makes them).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from types import FunctionType
from typing import Any

from ultralight_mir.registry import find

KINDS = {
    "synthetic": "ultralight_mir.corpora.synthetic:build",
    "manifest": "ultralight_mir.corpora.manifest:build",
    "mirdata": "ultralight_mir.corpora.mirdata:build",
}


def build(
    kind: str, task: str, folder: Path, settings: Mapping[str, Any], progress: Callable[[int, int], None]
) -> None:
    """Make the clips of a corpus for a task.

    Raises:
        InputError: the kind is unknown, or what the kind's own `build` raises.
    """
    find("corpus kind", kind, KINDS, instance_of=FunctionType)(task, folder, progress=progress, **settings)
