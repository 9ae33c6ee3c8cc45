"""A tiny data set that is published and fetched: two recordings, an annotation, a table that no index lists."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from mirdata import core
from publisher import Publisher, dataset, tarred, zipped

from ultralight_mir.corpora.datasets import fetching
from ultralight_mir.corpora.datasets.checksums import Report

SONGS = {"audio/one.wav": b"1" * 40_000, "audio/two.wav": b"2" * 50_000}
EXTRA = {"notes/one.csv": b"0,1\n"}
TABLE = b"track,label\none,flute\n"


def published(publisher: Publisher) -> tuple[core.Index, dict[str, Any]]:
    """A zip file whose folder is lifted, a tar file with a destination, a single file that no index lists."""
    index = publisher.index({**SONGS, **EXTRA})
    remotes = {
        "audio": publisher.remote(
            "audio.zip", zipped({f"tiny/{k}": v for k, v in SONGS.items()}), unpack_directories=["tiny"]
        ),
        "notes": publisher.remote("notes.tar.gz", tarred({"one.csv": EXTRA["notes/one.csv"]}), destination_dir="notes"),
        "table": publisher.remote("table.csv", TABLE, destination_dir="meta"),
    }
    return index, remotes


def silent(what: str) -> Callable[[int, int], None]:
    """Progress that nobody reads."""
    return lambda done, total: None


def fetched(home: Path, index: core.Index, remotes: Any, size: int = 0, by_hand: str = "", **more: Any) -> Report:
    """Fetch into `home`, without a second try unless `more` says so."""
    return fetching.fetch(dataset(home, index, remotes), home, size, by_hand, silent, **{"retries": 0, **more})


def tree(home: Path) -> dict[str, bytes]:
    """What a user sees: no hidden folders."""
    files = (path.relative_to(home) for path in home.rglob("*") if path.is_file())
    return {str(file): (home / file).read_bytes() for file in files if not file.parts[0].startswith(".")}


def whole(publisher: Publisher) -> dict[str, bytes]:
    """What a user sees when all has come."""
    return {
        **SONGS,
        **EXTRA,
        "meta/table.csv": TABLE,
        "mirdata_index/index.json": publisher.files["/index.json"],
    }
