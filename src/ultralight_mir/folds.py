"""Folds, for corpora too small to give a part of them away: every clip is tested once, by a network that never saw it.

The groups are dealt into as many parts as there are folds. Fold i tests on part i, chooses thresholds on the part after
it (round the end), and trains on all others. In `clips.csv` the part, `fold-<i>`, stands in the place of the split.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from ultralight_mir.clips import PART, SPLITS, Clip
from ultralight_mir.errors import InputError

LEAVE_ONE_OUT = "leave-one-group-out"
FEWEST = len(SPLITS)
"""Fewer folds than splits would leave one of them empty."""


def how_many(asked: str | int, groups: int) -> int:
    """How many folds `asked` (`LEAVE_ONE_OUT` or the number itself) means for that many groups.

    Raises:
        InputError: there are fewer groups than folds, or than `FEWEST`.
    """
    count = groups if isinstance(asked, str) else asked
    if groups < max(count, FEWEST):
        noun = "group" if groups == 1 else "groups"
        raise InputError(f"{groups} {noun}, expected at least {max(count, FEWEST)} to cut into folds ({asked})")
    return count


def fold_by_group(clips: Sequence[Clip], count: int, seed: int) -> list[Clip]:
    """The clips, each with the part `fold-<i>` (i in 0…count − 1) that its group is in; parts are about equally large.

    Groups come in seeded random order; each goes to the part with fewest clips.

    Raises:
        InputError: fewer groups than folds.
    """
    sizes = Counter(c.group for c in clips)
    how_many(count, len(sizes))
    order = sorted(sizes)
    np.random.default_rng(seed).shuffle(order)
    filled = [0] * count
    where = {}
    for group in order:
        where[group] = filled.index(min(filled))
        filled[where[group]] += sizes[group]
    return [replace(c, split=f"fold-{where[c.group]}") for c in clips]


def count(clips: Sequence[Clip]) -> int:
    """How many folds the clips are cut into; 0 where they have ordinary splits."""
    parts = [int(found[1]) for c in clips if (found := PART.fullmatch(c.split))]
    return max(parts, default=-1) + 1


def take(clips: Sequence[Clip], fold: int) -> list[Clip]:
    """The clips with the splits (train, valid, test) that they have in `fold`.

    Raises:
        InputError: the clips are not cut into folds, or not into so many.
    """
    folds = count(clips)
    if not 0 <= fold < folds:
        raise InputError(f"fold {fold} is asked for; the clips are cut into {folds or 'no'} folds (from 0 on)")
    roles = {f"fold-{fold}": "test", f"fold-{(fold + 1) % folds}": "valid"}
    return [replace(c, split=roles.get(c.split, "train")) for c in clips]
