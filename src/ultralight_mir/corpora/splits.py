"""Splits: made by group, and proven disjoint by group, by content and by sound."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from ultralight_mir.clips import GOOD_COLUMNS, SPLITS, Clip, side_of
from ultralight_mir.corpora.fingerprint import copies
from ultralight_mir.corpora.quality import Examination
from ultralight_mir.errors import InputError
from ultralight_mir.files import write_rows

SHARES = {"train": 0.7, "valid": 0.1, "test": 0.2}


def split_by_group(clips: Sequence[Clip], seed: int) -> list[Clip]:
    """The clips with a split each, whole groups together, close to 70/10/20 % of the clips.

    Groups come in seeded random order; each goes to the split that is furthest below its share.

    Raises:
        InputError: fewer than three groups.
    """
    sizes = Counter(c.group for c in clips)
    if len(sizes) < len(SPLITS):
        raise InputError(f"{len(sizes)} groups, expected at least {len(SPLITS)} (one a split) or a column 'split'")
    order = sorted(sizes)
    np.random.default_rng(seed).shuffle(order)
    filled = dict.fromkeys(SPLITS, 0)
    where = {}
    for group in order:
        split = min(SPLITS, key=lambda s: (filled[s] > 0, (filled[s] + sizes[group] / 2) / (SHARES[s] * len(clips))))
        where[group] = split
        filled[split] += sizes[group]
    return [replace(c, split=where[c.group]) for c in clips]


def check_and_write(examined: Sequence[Examination], path: Path) -> None:
    """Prove that no group, no file's content and no recording is in two splits; then write `splits.tsv`.

    `examined`: the good clips; they are the rows of `splits.tsv`, and what is not there is not used.

    Raises:
        InputError: a leak; names both clips.
    """
    for leak in leaks(examined):
        raise InputError(f"{path}: {leak}")
    rows = ((e.clip.track_id, e.clip.group, e.clip.split, e.sha256) for e in examined)
    write_rows(path, GOOD_COLUMNS, (dict(zip(GOOD_COLUMNS, row, strict=True)) for row in rows), "\t")


def leaks(examined: Sequence[Examination]) -> Iterator[str]:
    """One line for every group, file's content and recording that is in two splits; names both clips.

    Unlabelled clips are on the side of training clips (`clips.side_of`), and may share all of it with them.
    """
    sides = [side_of(e.clip.split) for e in examined]
    pairs: set[tuple[int, int]] = set()
    for what, keys in (("group", [e.clip.group for e in examined]), ("content", [e.sha256 for e in examined])):
        first: dict[str, int] = {}
        for place, key in enumerate(keys):
            other = first.setdefault(key, place)
            if sides[other] != sides[place]:
                pairs.add((other, place))
                yield _leak(what, examined[other].clip, examined[place].clip, f", {what} {key[:40]}")
    prints = [e.print for e in examined if e.print is not None]
    for one, two in copies(prints, [Path(e.clip.audio) for e in examined], sides):
        if (one, two) not in pairs:
            files = f"{examined[one].clip.audio} and {examined[two].clip.audio}"
            heard = f": {files} sound the same (resampled, coded or scaled)"
            yield _leak("recording", examined[one].clip, examined[two].clip, heard)


def _leak(what: str, one: Clip, other: Clip, why: str) -> str:
    return (
        f"the same {what} is in two splits: clip '{one.track_id}' ({one.split}) and clip "
        f"'{other.track_id}' ({other.split}){why}"
    )
