"""Watching processes from outside, as the system shows them (Linux)."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path


def processes(folder: Path, words: str = "") -> list[int]:
    """Living processes that work in `folder` and have `words` on their command line."""
    ids = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            there = process.joinpath("cwd").readlink() == folder  # a zombie has none
            if there and words.encode() in process.joinpath("cmdline").read_bytes().replace(b"\0", b" "):
                ids.append(int(process.name))
        except OSError:
            continue  # it ended while it was looked at
    return sorted(ids)


def comes_about(condition: Callable[[], bool], seconds: float = 90.0) -> bool:
    end = time.monotonic() + seconds
    while not condition() and time.monotonic() < end:
        time.sleep(0.02)
    return condition()
