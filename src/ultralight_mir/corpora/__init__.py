"""The corpora, by kind. A new kind is a module here with `build(...)`, its settings in `settings`, a line in `KINDS`.

`build(task, folder, progress=, **settings.arguments(task))` leaves `folder/clips.csv` (audio and annotations too, in
the folders of `CorpusFolder`, where it makes them).
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import FunctionType
from typing import TYPE_CHECKING

from ultralight_mir.paths import CorpusFolder
from ultralight_mir.registry import find

if TYPE_CHECKING:
    from ultralight_mir.corpora.settings import Corpus

KINDS = {
    "synthetic": "ultralight_mir.corpora.synthetic:build",
    "manifest": "ultralight_mir.corpora.manifest:build",
    "mirdata": "ultralight_mir.corpora.mirdata:build",
}


def build(task: str, folder: Path, settings: Corpus, progress: Callable[[int, int], None]) -> None:
    """Make the clips of a corpus for a task; the folders of audio and annotations are there, whether or not empty.

    Raises:
        InputError: what the kind's own `build` raises.
    """
    make = find("corpus kind", settings.kind, KINDS, instance_of=FunctionType)
    make(task, folder, progress=progress, **settings.arguments(task))
    for place in CorpusFolder(folder).folders:
        place.mkdir(exist_ok=True)
