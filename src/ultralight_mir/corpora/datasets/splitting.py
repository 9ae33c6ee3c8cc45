"""Splits where the publisher says nothing, or has no validation split."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from ultralight_mir.clips import Clip
from ultralight_mir.corpora.splits import SHARES, split_by_group
from ultralight_mir.errors import InputError

VALID_SHARE = SHARES["valid"] / (SHARES["train"] + SHARES["valid"])
"""Of the training clips, what is taken for validation."""


def with_splits(clips: Sequence[Clip], seed: int) -> list[Clip]:
    """The clips with a split each: the publisher's; by group where there is none; validation out of training by group.

    Raises:
        InputError: some clips have a split and others none, or there are too few groups.
    """
    without = [clip.track_id for clip in clips if not clip.split]
    if len(without) == len(clips):
        return split_by_group(clips, seed)
    if without:
        raise InputError(f"track '{without[0]}': no split, expected one as {len(clips) - len(without)} others have")
    return list(clips) if any(clip.split == "valid" for clip in clips) else _with_valid(clips, seed)


def _with_valid(clips: Sequence[Clip], seed: int) -> list[Clip]:
    sizes = Counter(clip.group for clip in clips if clip.split == "train")
    if len(sizes) < 2:
        raise InputError(f"{len(sizes)} groups in the publisher's training split, expected at least 2: one to validate")
    order = sorted(sizes)
    np.random.default_rng(seed).shuffle(order)
    wanted, taken = VALID_SHARE * sizes.total(), set[str]()
    for group in order:
        if sum(sizes[g] for g in taken) + sizes[group] / 2 <= wanted:
            taken.add(group)
    taken = taken or {min(order, key=lambda group: sizes[group])}
    return [replace(c, split="valid") if c.split == "train" and c.group in taken else c for c in clips]
