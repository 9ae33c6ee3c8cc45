"""The embedded corpora: synthesised from the seed alone, so that the main job runs anywhere, offline.

Deterministic to the byte for one seed and machine. A new task's corpus is a module here with a function
`excerpts(count, random) -> Iterator[Excerpt]` and a number `STREAM` that no other has, and a line in `SYNTHESISERS`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path

import numpy as np

from ultralight_mir import audio
from ultralight_mir.clips import Clip, write_clips
from ultralight_mir.corpora.synthetic.excerpt import Excerpt
from ultralight_mir.errors import InputError

SYNTHESISERS = {
    "instrument": "ultralight_mir.corpora.synthetic.instrument",
    "singing": "ultralight_mir.corpora.synthetic.singing",
    "pitch": "ultralight_mir.corpora.synthetic.pitch",
    "chord": "ultralight_mir.corpora.synthetic.chord",
    "drums": "ultralight_mir.corpora.synthetic.drums",
    "onset": "ultralight_mir.corpora.synthetic.onset",
}


def build(
    task: str, folder: Path, clips: int, seed: int, progress: Callable[[int, int], None] = lambda done, total: None
) -> list[Clip]:
    """Render `clips` clips for `task` into `folder` (audio/, annotations/, clips.csv).

    Raises:
        InputError: no embedded corpus serves this task.
    """
    if task not in SYNTHESISERS:
        raise InputError(f"corpus 'synthetic': no clips for task '{task}', expected one of {', '.join(SYNTHESISERS)}")
    synthesiser = import_module(SYNTHESISERS[task])
    excerpts: Callable[[int, np.random.Generator], Iterator[Excerpt]] = synthesiser.excerpts
    random = np.random.default_rng([seed, synthesiser.STREAM])
    for name in ("audio", "annotations"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    written = []
    for number, excerpt in enumerate(excerpts(clips, random)):
        written.append(_write(excerpt, f"{task}-{number:05d}", folder))
        progress(number + 1, clips)
    write_clips(folder, written)
    return written


def _write(excerpt: Excerpt, track_id: str, folder: Path) -> Clip:
    sound = folder / "audio" / f"{track_id}.wav"
    audio.write(sound, excerpt.samples, excerpt.sample_rate)
    text = folder / "annotations" / f"{track_id}{excerpt.suffix}"
    if excerpt.annotation:
        text.write_text(excerpt.annotation, encoding="utf-8")
    duration = len(excerpt.samples) / excerpt.sample_rate
    where = str(text) if excerpt.annotation else ""
    return Clip(track_id, str(sound), where, excerpt.label, excerpt.group, excerpt.split, duration)
