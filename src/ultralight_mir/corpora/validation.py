"""The step between a corpus and its features: every clip is examined, bad ones are listed and left out.

`quality.csv` lists every clip and what is wrong with it; `splits.tsv` lists the good ones, and only they are used;
`splits.json` proves the three tables to whoever reads them.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from pathlib import Path

from ultralight_mir.clips import CLIPS, GOOD, QUALITY, SEAL, read_clips, seal
from ultralight_mir.corpora import quality
from ultralight_mir.corpora.quality import Examined
from ultralight_mir.corpora.splits import check_and_write
from ultralight_mir.errors import InputError
from ultralight_mir.tasks.base import Task

log = logging.getLogger(__name__)
NAMED = 3
"""Faults that a message spells out; `quality.csv` has them all."""


def validate(
    folder: Path, task: Task, bad_clips: float, progress: Callable[[int, int], None] = lambda done, total: None
) -> None:
    """Write `folder/quality.csv`, `folder/splits.tsv` and `folder/splits.json` from `folder/clips.csv`.

    `bad_clips`: the fraction of the clips (0…1) that may be bad.

    Raises:
        InputError: too many clips are bad, or all of a split are; a group or a recording is in two splits.
    """
    clips = read_clips(folder)
    if not clips:
        raise InputError(f"{folder / CLIPS}: no clips, expected at least one for task {task.name}")
    (folder / SEAL).unlink(missing_ok=True)
    examined = []
    for number, clip in enumerate(clips, start=1):
        examined.append(quality.examine(clip, task))
        progress(number, len(clips))
    quality.write(examined, folder / QUALITY)
    faulty = [one for one in examined if one.fault]
    good = [one for one in examined if not one.fault]
    if len(faulty) > bad_clips * len(clips):
        raise InputError(
            f"{folder / QUALITY}: {len(faulty)} of {len(clips)} clips are bad, expected at most "
            f"{100 * bad_clips:g} % (bad_clips): {_first(faulty)}"
        )
    emptied = {clip.split for clip in clips} - {one.clip.split for one in good}
    if emptied:
        raise InputError(f"{folder / QUALITY}: every clip of split {min(emptied)} is bad: {_first(faulty)}")
    if faulty:
        log.warning("%s: left out %d of %d clips: %s", folder, len(faulty), len(clips), _first(faulty))
    check_and_write(good, folder / GOOD)
    seal(folder, task.address)


def _first(faulty: Sequence[Examined]) -> str:
    named = "; ".join(f"clip '{one.clip.track_id}': {one.fault}" for one in faulty[:NAMED])
    more = len(faulty) - NAMED
    return named + (f"; and {more} more" if more > 0 else "")
