"""Clips of the embedded corpora, for their tests."""

from __future__ import annotations

from ultralight_mir.clips import SPLITS
from ultralight_mir.corpora.synthetic import excerpts
from ultralight_mir.corpora.synthetic.excerpt import Excerpt
from ultralight_mir.corpora.synthetic.sizes import split_sizes


def of_every_split(task: str, clips: int, seed: int) -> dict[str, list[Excerpt]]:
    """Split → its clips, of `clips` in all."""
    sizes = split_sizes(clips)
    return {split: list(excerpts(task, split, sizes[split], seed)) for split in SPLITS}


def no_group_crosses(made: dict[str, list[Excerpt]]) -> bool:
    """Whether every group is in one split only."""
    where = {(clip.group, split) for split, clips in made.items() for clip in clips}
    return len(where) == len({group for group, _ in where})
