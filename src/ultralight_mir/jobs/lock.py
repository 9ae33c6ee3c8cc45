"""One run at a time in a folder, and none beside what a killed one left at work.

Two locks, which the system drops when their holders die. `LEADER` belongs to `ultralight-mir run` alone. `WORK` is
shared by all that may write: snakemake inherits it, each job takes its share (`join`). Only who gets both starts work.
`WORK` names the run that is under way, so that a job whose run is gone does not begin beside the next one; snakemake
empties it when it ends by itself, having removed its own lock.
"""

from __future__ import annotations

import fcntl
import logging
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from ultralight_mir.errors import InputError
from ultralight_mir.files import check_writable

FOLDER = Path(".snakemake")
LEADER = FOLDER / "ultralight.lock"
WORK = FOLDER / "ultralight.work"
VARIABLE = "ULTRALIGHT_MIR_RUN"
"""Environment variable of a run's jobs: the run's name and the path of its `WORK`."""
PATIENCE = 15.0
"""Seconds that a start waits for processes of a killed run, which are ending."""
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Lock:
    """A folder that belongs to this process and those that it hands `descriptor`."""

    path: Path
    descriptor: int
    run: str
    killed: bool
    """Whether the run before was killed, so that Snakemake's own lock is likely to be left over."""

    @property
    def environment(self) -> dict[str, str]:
        """What tells a job to take its share."""
        return {VARIABLE: f"{self.run}{os.pathsep}{self.path}"}


@contextmanager
def lock(folder: Path) -> Iterator[Lock]:
    """Have `folder` for a run of one's own while inside.

    Raises:
        InputError: another run, or what is left of one, is at work there; no file can be written there.
    """
    leader, work = _open(folder / LEADER), _open(folder / WORK)
    try:
        if not _acquire(leader, fcntl.LOCK_EX):
            raise _refusal(folder / LEADER)
        _wait_for_the_rest(folder / WORK, work)
        killed = bool(os.pread(work, 1, 0))
        run = f"{os.getpid()}-{time.time_ns()}"
        os.ftruncate(work, 0)
        os.pwrite(work, run.encode(), 0)
        _acquire(work, fcntl.LOCK_SH)
        yield Lock(folder / WORK, work, run, killed)
    finally:
        os.close(work)
        os.close(leader)


def end(descriptor: int) -> None:
    """Note in `WORK` that the run ended by itself, so that there is nothing to unlock."""
    os.ftruncate(descriptor, 0)


def join() -> None:
    """Take this process's share in the lock of the run that started it, until it ends; nothing to do outside a run.

    Raises:
        InputError: that run is gone, and another one is at work.
    """
    run, _, path = os.environ.get(VARIABLE, "").partition(os.pathsep)
    try:
        work = os.open(path, os.O_RDWR) if path else None
    except OSError:
        return  # on another machine, perhaps
    if work is not None and (not _acquire(work, fcntl.LOCK_SH) or os.pread(work, 100, 0) != run.encode()):
        raise InputError(f"{path}: the run that started this job is gone, and another one has begun")


def _open(path: Path) -> int:
    check_writable(path.parent)
    path.parent.mkdir(parents=True, exist_ok=True)
    return os.open(path, os.O_RDWR | os.O_CREAT, 0o666)


def _acquire(descriptor: int, kind: int) -> bool:
    try:
        fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _wait_for_the_rest(path: Path, work: int) -> None:
    if _acquire(work, fcntl.LOCK_EX):
        return
    log.info("the run before was killed; waiting for the rest of it to end%s", _holders(path))
    end = time.monotonic() + PATIENCE
    while not _acquire(work, fcntl.LOCK_EX):
        if time.monotonic() > end:
            raise _refusal(path)
        time.sleep(0.1)


def _refusal(path: Path) -> InputError:
    return InputError(f"{path.parents[1]}: another run is at work here{_holders(path)}; wait for it or stop it")


def _holders(path: Path) -> str:
    """The processes that hold that lock, as far as Linux tells: " (process 12, 34)"."""
    target, holders = str(path.resolve()), set()
    for descriptor in Path("/proc").glob("[0-9]*/fd/*"):
        with suppress(OSError):  # it ended while it was looked at, or is somebody else's
            if str(descriptor.readlink()) == target:
                holders.add(int(descriptor.parts[2]))
    holders.discard(os.getpid())
    return f" (process {', '.join(map(str, sorted(holders)))})" if holders else ""
