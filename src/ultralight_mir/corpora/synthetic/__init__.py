"""The embedded corpora: synthesised from the seed alone, so that the main job runs anywhere, offline.

Deterministic to the byte for one seed and machine. A new task's corpus is a module here with a function
`excerpts(split, count, random) -> Iterator[Excerpt]` and a number `STREAM` that no other has, and a line in
`SYNTHESISERS`. `split` is "train", "valid", "test" or "unlabelled" (of training sources); `random` is that split's own,
so that no split changes with the size of another: what sources a split has must not hang on it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path

import numpy as np

from ultralight_mir import audio
from ultralight_mir.clips import SPLITS, UNLABELLED, Clip, write_clips
from ultralight_mir.corpora.synthetic.excerpt import Excerpt
from ultralight_mir.corpora.synthetic.sizes import split_sizes
from ultralight_mir.errors import InputError
from ultralight_mir.paths import CorpusFolder

SYNTHESISERS = {
    "instrument": "ultralight_mir.corpora.synthetic.instrument",
    "singing": "ultralight_mir.corpora.synthetic.singing",
    "pitch": "ultralight_mir.corpora.synthetic.pitch",
    "chord": "ultralight_mir.corpora.synthetic.chord",
    "drums": "ultralight_mir.corpora.synthetic.drums",
    "onset": "ultralight_mir.corpora.synthetic.onset",
}


STREAMS = {split: number for number, split in enumerate((*SPLITS, UNLABELLED), start=1)}
"""Of random numbers, within a corpus's (0 would be the corpus's own: numpy pads seeds with zeros)."""


def build(
    task: str,
    folder: Path,
    clips: int,
    seed: int,
    test_clips: int | None = None,
    unlabelled_clips: int = 0,
    valid_clips: int | None = None,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> list[Clip]:
    """Render the clips of each split (`split_sizes`) for `task` into `folder` (audio/, annotations/, clips.csv).

    Raises:
        InputError: no embedded corpus serves this task.
    """
    if task not in SYNTHESISERS:
        raise InputError(f"corpus 'synthetic': no clips for task '{task}', expected one of {', '.join(SYNTHESISERS)}")
    for place in CorpusFolder(folder).folders:
        place.mkdir(parents=True, exist_ok=True)
    sizes = split_sizes(clips, test_clips, unlabelled_clips, valid_clips)
    written: list[Clip] = []
    for split, size in sizes.items():
        for number, excerpt in enumerate(excerpts(task, split, size, seed)):
            written.append(_write(excerpt, f"{task}-{split}-{number:05d}", split, folder))
            progress(len(written), sum(sizes.values()))
    write_clips(folder, written)
    return written


def excerpts(task: str, split: str, count: int, seed: int) -> Iterator[Excerpt]:
    """The first `count` clips of a split of the embedded corpus for `task`; further ones would change none of them."""
    synthesiser = import_module(SYNTHESISERS[task])
    made: Iterator[Excerpt] = synthesiser.excerpts(
        split, count, np.random.default_rng([seed, synthesiser.STREAM, STREAMS[split]])
    )
    return made


def _write(excerpt: Excerpt, track_id: str, split: str, folder: Path) -> Clip:
    sound = CorpusFolder(folder).audio / f"{track_id}.wav"
    audio.write(sound, excerpt.samples, excerpt.sample_rate)
    text = CorpusFolder(folder).annotations / f"{track_id}{excerpt.suffix}"
    if excerpt.annotation:
        text.write_text(excerpt.annotation, encoding="utf-8")
    duration = len(excerpt.samples) / excerpt.sample_rate
    where = str(text) if excerpt.annotation else ""
    return Clip(track_id, str(sound), where, excerpt.label, excerpt.group, split, duration)
