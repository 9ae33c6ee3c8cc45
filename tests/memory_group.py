"""A control group of Linux that may only have so much memory, as containers and clusters make one for each job."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from processes import comes_about

ROOT = Path("/sys/fs/cgroup")


@dataclass(frozen=True)
class MemoryGroup:
    """What runs in it and asks for more is killed by the system."""

    folder: Path

    def enter(self) -> None:
        """Move this process into it; its children are born there."""
        (self.folder / "cgroup.procs").write_text(str(os.getpid()))

    def killed(self) -> int:
        """How many of its processes the system has killed."""
        told = next(self.folder / name for name in ("memory.events", "memory.oom_control") if self._has(name))
        counts = dict(line.split() for line in told.read_text().splitlines())
        return int(counts["oom_kill"])

    def _has(self, name: str) -> bool:
        return (self.folder / name).exists()


@contextmanager
def memory_group(megabytes: int) -> Iterator[MemoryGroup]:
    """Have a group of this size while inside, of either version of control groups; skips the test where none is had."""
    second = "memory" in _text(ROOT / "cgroup.controllers").split()
    group = MemoryGroup((ROOT if second else ROOT / "memory") / f"ultralight-mir-{os.getpid()}")
    try:
        if second:
            (ROOT / "cgroup.subtree_control").write_text("+memory")
        group.folder.mkdir()
    except OSError as error:
        pytest.skip(f"no control group for memory can be made here ({error.strerror}: {error.filename})")
    try:
        (group.folder / ("memory.max" if second else "memory.limit_in_bytes")).write_text(str(megabytes * 10**6))
        yield group
    finally:
        comes_about(lambda: not _text(group.folder / "cgroup.procs"), 10)
        group.folder.rmdir()


def _text(path: Path) -> str:
    return path.read_text() if path.exists() else ""
