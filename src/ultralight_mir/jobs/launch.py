"""Starting Snakemake so that a run which was killed goes on by itself, and so that nothing of a run outlives it.

Snakemake's lock outlives a `kill -9`, and then every start asks for `--unlock`. Here `lock`, which the system drops
when its holders die, tells a killed run from a living one. Signals to the run end snakemake and its jobs; should the
run be killed without a chance to pass anything on, a pipe closes, and they end as well.
"""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import sys
import time
from argparse import ArgumentParser
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from types import FrameType

from ultralight_mir.digests import damages
from ultralight_mir.errors import InputError
from ultralight_mir.files import check_writable
from ultralight_mir.jobs import snakemake_process, warm_server
from ultralight_mir.jobs.lock import FOLDER, Lock, lock

log = logging.getLogger(__name__)
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
DRY_RUN = {"-n", "--dry-run", "--dryrun"}
SKEW = 60.0
"""Seconds that a file server's clock may be ahead of this machine's."""
SIGNALLED = 128
"""Exit status after signal n, less n, as shells have it."""


class _Stop(BaseException):
    """A signal that ends the run."""

    def __init__(self, number: int) -> None:
        self.number = number


def launch(arguments: Sequence[str], commands: str) -> int:
    """Run snakemake with `arguments` in this directory or its `--directory`; its exit status; 128 + n after signal n.

    Args:
        commands: the module that runs jobs' commands, as `warm_server` needs it.

    Raises:
        InputError: another run, or what is left of one, is alive in this directory; it cannot be written to.
    """
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}"
    where = _directory(arguments)
    with lock(Path.cwd() / where) as folder:
        environment = {**os.environ, **folder.environment, **_caches(where), "PATH": path}
        try:
            with _signals(), warm_server.kept(environment, commands) as environment:
                if folder.killed and any((where / FOLDER / "locks").glob("*")):
                    command = [sys.executable, "-m", "snakemake", "--unlock", *arguments]
                    subprocess.run(command, env=environment, check=False, capture_output=True)
                damaged = [] if DRY_RUN.intersection(arguments) else _prepare(where)
                status = _snakemake([*damaged, *arguments], environment, folder)
        except _Stop as stop:
            return SIGNALLED + stop.number
        return status if status >= 0 else SIGNALLED - status


def _directory(arguments: Sequence[str]) -> Path:
    """The folder that is run in: Snakemake's `--directory`, else this one."""
    parser = ArgumentParser(add_help=False, allow_abbrev=False)
    parser.add_argument("-d", "--directory", type=Path, default=Path())
    found: Path = parser.parse_known_args(arguments)[0].directory
    return found


def _caches(where: Path) -> dict[str, str]:
    """Where the home cannot be written in: a folder of the run's own for what Snakemake and numba cache there."""
    home = Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache")
    try:
        check_writable(home.expanduser())
    except (InputError, RuntimeError):  # RuntimeError: there is no home
        return {"XDG_CACHE_HOME": str((where / FOLDER / "cache").absolute())}
    return {}


def _prepare(where: Path) -> list[str]:
    """Have what is there be whole and of no other time than it can be; the options to have made what was not."""
    _bring_back(where / "results")
    return _drop_damaged(where)


def _bring_back(results: Path) -> None:
    """Date files of the future to now: the clock was wrong. What is made from them would be thought older than they."""
    now = time.time()
    late = [path for path in results.rglob("*") if path.lstat().st_mtime > now + SKEW]
    for path in late:
        os.utime(path, (now, now), follow_symlinks=False)
    if late:
        log.warning("%s: %d files of the future (was the clock wrong?), now dated to this moment", results, len(late))


def _drop_damaged(where: Path) -> list[str]:
    """Delete what a full disk or a power cut left of artefacts; the options to have them made again.

    Snakemake makes of itself only what a missing target asks for, and nothing that is whole asks for them.
    """
    paths = []
    for path, why in damages(where / "results"):
        log.warning("%s; it is made again", why)
        path.resolve().unlink(missing_ok=True)  # what it is a link to is shared (`output_cache`), and as damaged there
        path.unlink(missing_ok=True)
        paths.append(str(path.relative_to(where)))
    return ["--forcerun", *paths] if paths else []


def _snakemake(arguments: Sequence[str], environment: Mapping[str, str], folder: Lock) -> int:
    """Snakemake's exit status, once it and all its jobs are gone; -n if signal n ended it."""
    reader, writer = os.pipe()
    descriptors = (reader, folder.descriptor)
    options = [*map(str, descriptors), *arguments]
    try:
        process = subprocess.Popen(
            [sys.executable, "-m", snakemake_process.__name__, *options],
            env=environment,
            pass_fds=descriptors,
            process_group=0,
        )
        try:
            with _pausing(process.pid):
                return process.wait()
        finally:
            _end(process)
    finally:
        os.close(reader)
        os.close(writer)


@contextmanager
def _signals() -> Iterator[None]:
    """Raise `_Stop` for the first signal inside; one that this process was started to ignore stays ignored."""

    def stop(number: int, frame: FrameType | None) -> None:
        for each in SIGNALS:
            signal.signal(each, signal.SIG_IGN)
        raise _Stop(number)

    before = {number: signal.getsignal(number) for number in SIGNALS}
    for number, handler in before.items():
        if handler is not signal.SIG_IGN:
            signal.signal(number, stop)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def _pausing(group: int) -> Iterator[None]:
    """Have Ctrl-Z stop a process group as well, which the terminal does not see, and `fg` and `bg` go on with it."""

    def pause(number: int, frame: FrameType | None) -> None:
        os.killpg(group, signal.SIGSTOP)
        os.kill(os.getpid(), signal.SIGSTOP)
        os.killpg(group, signal.SIGCONT)

    before = signal.signal(signal.SIGTSTP, pause)
    try:
        yield
    finally:
        signal.signal(signal.SIGTSTP, before)


def _end(process: subprocess.Popen[bytes]) -> None:
    """End what is left of the group that `process` leads: by SIGINT, and after some seconds by SIGKILL."""
    for number in (signal.SIGINT, signal.SIGKILL):
        if not _alive(process):
            return
        with suppress(ProcessLookupError):
            os.killpg(process.pid, number)
        end = time.monotonic() + snakemake_process.GRACE
        while _alive(process) and time.monotonic() < end:
            time.sleep(0.02)


def _alive(process: subprocess.Popen[bytes]) -> bool:
    if process.poll() is None:
        return True
    try:
        os.killpg(process.pid, 0)
    except ProcessLookupError:
        return False
    return True
