"""Folders that were made or changed by hand, with the proof that their readers ask for."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ultralight_mir.clips import GOOD_COLUMNS, Clip, seal, write_clips
from ultralight_mir.digests import write_sealed
from ultralight_mir.files import read_json, write_rows
from ultralight_mir.paths import CorpusFolder, FeatureFolder


def sealed_corpus(folder: Path, clips: Sequence[Clip], task: str = "onset") -> None:
    """A corpus all of whose clips are good, as `splits` leaves it; their recordings need not exist."""
    files = CorpusFolder(folder)
    write_clips(folder, clips)
    rows = [{"track_id": c.track_id, "group": c.group, "split": c.split, "sha256": ""} for c in clips]
    write_rows(files.splits, GOOD_COLUMNS, rows, "\t")
    write_rows(files.quality, ("track_id",), ({"track_id": c.track_id} for c in clips))
    seal(folder, task)


def reseal_store(folder: Path) -> None:
    """Have a feature store vouch for its files as they are now."""
    files = FeatureFolder(folder)
    content = {key: value for key, value in read_json(files.store).items() if key not in ("files", "digest")}
    write_sealed(files.store, content, files.sealed)
