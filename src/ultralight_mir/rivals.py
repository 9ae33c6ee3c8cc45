"""Scoring a system that is no ticket, on the same clips and by the same metrics as tickets."""

from __future__ import annotations

from pathlib import Path

from ultralight_mir import audio
from ultralight_mir.clips import UNLABELLED, Clip, read_good_clips
from ultralight_mir.digests import write_sealed
from ultralight_mir.errors import InputError
from ultralight_mir.jobs.progress import Progress
from ultralight_mir.jobs.timing import Clock
from ultralight_mir.paths import SystemFolder
from ultralight_mir.records import SCORES
from ultralight_mir.scoring import score_estimates, scored
from ultralight_mir.systems import get_system
from ultralight_mir.tasks import get_task


def run(name: str, task_name: str, corpus: Path, label: str, folder: Path, clock: Clock, split: str = "") -> None:
    """Write `scores.csv` and `system.json` into a system's folder.

    Args:
        name, task_name: as `get_system` and `get_task` find them.
        corpus: the folder of its clips.
        label: what the corpus is called.
        split: the clips of one split alone; all that have an annotation without.

    Raises:
        InputError: the system is for another task; a package that it needs is missing; there is no clip to score; a
            clip is unreadable.
    """
    system, task = get_system(name), get_task(task_name)
    if system.task != task.name:
        raise InputError(f"system '{name}': for {system.task}, expected one for {task.name}")
    clips = heard(corpus, split)
    with clock.phase("evaluation"):
        references, _ = scored(task, {clip: task.read(clip) for clip in clips}, label)
        progress, estimates = Progress(f"{system.name}, clips"), []
        for number, clip in enumerate(references, start=1):
            recording = audio.read(Path(clip.audio))
            estimates.append(system.estimate(recording.mono, recording.sample_rate))
            progress(number, len(references))
        scores = score_estimates(task, estimates, list(references.values()))
    where = SystemFolder(folder)
    SCORES.write(where.scores, scores.rows(label, list(references)))
    about = {"about": system.about, "parameters": system.parameters, "bytes": system.bytes}
    write_sealed(where.system, {"system": system.name, "task": task.name, **about}, [where.scores])


def heard(corpus: Path, split: str = "") -> list[Clip]:
    """The good clips of a corpus that have an annotation, or those of one split.

    Raises:
        InputError: there are none.
    """
    clips = [c for c in read_good_clips(corpus) if c.split != UNLABELLED and (not split or c.split == split)]
    if not clips:
        raise InputError(f"{corpus}: no {split} clips, expected at least one to score".replace("  ", " "))
    return clips
