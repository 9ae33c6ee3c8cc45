"""Recordings that a data set holds twice: published sets do, and a copy must not be learnt from and then tested on."""

from __future__ import annotations

import hashlib
import logging
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

from ultralight_mir.clips import SPLITS, Clip
from ultralight_mir.errors import InputError

log = logging.getLogger(__name__)


def without_copies(clips: Sequence[Clip]) -> list[Clip]:
    """The clips, each content once: a test clip rather than a validation clip rather than a training clip.

    What is left out is logged. Files are read only where others have the same size.

    Raises:
        InputError: a recording cannot be read.
    """
    same_size: dict[int, list[Clip]] = defaultdict(list)
    for clip in clips:
        same_size[Path(clip.audio).stat().st_size].append(clip)
    kept: dict[str, Clip] = {}
    for clip in (c for alike in same_size.values() if len(alike) > 1 for c in alike):
        content = _content(Path(clip.audio))
        first = kept.setdefault(content, clip)
        if first is not clip:
            better, worse = sorted((first, clip), key=_rank, reverse=True)
            kept[content] = better
            log.info("%s: the same recording as %s, left out", worse.track_id, better.track_id)
    unique = {id(clip) for clip in kept.values()} | {id(alike[0]) for alike in same_size.values() if len(alike) == 1}
    return [clip for clip in clips if id(clip) in unique]


def _rank(clip: Clip) -> int:
    return SPLITS.index(clip.split) if clip.split else 0


def _content(path: Path) -> str:
    try:
        with path.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror})") from error
