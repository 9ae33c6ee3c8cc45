"""Splits: made by group, and proven disjoint by group and by content."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from ultralight_mir.corpora.clips import SPLITS, Clip
from ultralight_mir.errors import InputError
from ultralight_mir.files import write_rows

SHARES = {"train": 0.7, "valid": 0.1, "test": 0.2}
COLUMNS = ("track_id", "group", "split", "sha256")


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


def content_hash(path: Path) -> str:
    """SHA-256 of a file's bytes, as hex.

    Raises:
        InputError: the file cannot be read.
    """
    try:
        with path.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror})") from error


def check_and_write(clips: Iterable[Clip], path: Path) -> None:
    """Prove that no group and no file's content is in two splits; then write `splits.tsv`.

    Raises:
        InputError: a leak; names both clips.
    """
    rows = [(clip, content_hash(Path(clip.audio))) for clip in clips]
    for what, key in (("group", lambda r: r[0].group), ("content", lambda r: r[1])):
        first: dict[str, Clip] = {}
        for row in rows:
            clip, other = row[0], first.setdefault(key(row), row[0])
            if other.split != clip.split:
                raise InputError(
                    f"{path}: the same {what} is in two splits: clip '{other.track_id}' ({other.split}) and clip "
                    f"'{clip.track_id}' ({clip.split}), {what} {key(row)[:40]}"
                )
    write_rows(
        path, COLUMNS, (dict(zip(COLUMNS, (c.track_id, c.group, c.split, h), strict=True)) for c, h in rows), "\t"
    )
