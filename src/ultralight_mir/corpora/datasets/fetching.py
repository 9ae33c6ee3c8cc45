"""Getting a data set: its index and files, from where mirdata says they are published, checked and in their place.

mirdata's own downloader writes straight to the final names, unpacks in place and starts afresh after a failure. Here
everything comes into `<home>/.download/` first and is moved from there by renaming. That folder is deleted once every
file of the index is there and right; as long as it is there, the data set is not finished, and the next run goes on
with what it holds.
"""

from __future__ import annotations

import fcntl
import logging
import shutil
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from ultralight_mir.corpora.datasets import archives
from ultralight_mir.corpora.datasets.checking import Report, absent, check, index_md5, listed, md5
from ultralight_mir.corpora.datasets.resuming import Progress, UnreachableError, download
from ultralight_mir.errors import InputError
from ultralight_mir.files import FULL

if TYPE_CHECKING:
    from mirdata.core import Dataset
    from mirdata.download_utils import RemoteFileMetadata

log = logging.getLogger("ultralight_mir")
SCRATCH = ".download"


def fetch(dataset: Dataset, home: Path, size: int, by_hand: str, progress: Progress, retries: int = 5) -> Report:
    """Download what is not there, then check every file. What is there is never overwritten, only checked.

    Args:
        dataset: mirdata's data set; its `data_home` is `home`, its `index_path` lies in there if its index is remote.
        home: the data set's own folder.
        size: published size of all that is downloaded, in bytes; 0 where it is not known.
        by_hand: "", or which files must be had by hand, from where, and where they belong.
        progress: told what is done, how far (files, or megabytes) and how much there is.
        retries: how often a download that fails is tried again.

    Raises:
        InputError: a file cannot be had, is missing or is not what was published; the disk is or would be full;
            another process is downloading the same data set.
    """
    remotes = _remotes(dataset)
    if not remotes and not dataset._index_data.remote and absent(dataset, home) and by_hand:
        raise InputError(f"{home}: holds no {dataset.name}, which cannot be downloaded; {by_hand}")
    if _incomplete(dataset, home, remotes):
        try:
            _bring_all(dataset, home, size, by_hand, progress, retries)
        except OSError as error:
            if error.errno not in FULL:
                raise
            raise InputError(
                f"{home}: the disk is full; free some (what has come is kept in {home / SCRATCH}) and run again"
            ) from error
    report = check(dataset, home, by_hand, progress(f"{dataset.name}, files checked"))
    _verify_single(dataset, home, remotes)
    shutil.rmtree(home / SCRATCH, ignore_errors=True)
    return report


def _remotes(dataset: Dataset) -> list[RemoteFileMetadata]:
    """What mirdata would download for this version of the data set, without the index."""
    remotes = dataset.remotes or {}
    chosen = dataset._index_data.partial_download or remotes
    return [remotes[key] for key in chosen if key != "index"]


def _place(remote: RemoteFileMetadata, home: Path) -> Path:
    """Where mirdata downloads a remote to; for an archive, where a user may lay it."""
    place: Path = home / (remote.destination_dir or "") / remote.filename
    return place


def _incomplete(dataset: Dataset, home: Path, remotes: list[RemoteFileMetadata]) -> bool:
    """Whether something is to be downloaded. Single files are asked for by name: not every index lists them."""
    single = [_place(remote, home) for remote in remotes if not archives.is_archive(remote.filename)]
    return (home / SCRATCH).exists() or absent(dataset, home) or not all(place.is_file() for place in single)


def _bring_all(dataset: Dataset, home: Path, size: int, by_hand: str, progress: Progress, retries: int) -> None:
    remotes, index = _remotes(dataset), dataset._index_data.remote
    packed = any(archives.is_archive(remote.filename) for remote in remotes)
    _require_space(home, size * (2 if packed else 1))  # an archive and its content are there together
    with _alone(home) as scratch:
        try:
            if index and not Path(dataset.index_path).is_file():
                _bring_index(dataset, home, download(index, scratch / str(index.checksum), retries, progress))
            if index:
                listed(dataset)  # or it would be found broken only after hours of downloading
            for remote in remotes:
                _bring(remote, home, scratch / str(remote.checksum), retries, progress)
        except UnreachableError as error:
            raise InputError(f"{error}{_instead(dataset, home, by_hand)}") from error


def _bring_index(dataset: Dataset, home: Path, came: Path) -> None:
    place = Path(dataset.index_path)
    if not place.resolve().is_relative_to(home.resolve()):
        raise ValueError(f"{place}: the index of {dataset.name} belongs into {home}")
    place.parent.mkdir(parents=True, exist_ok=True)
    if zipfile.is_zipfile(came):  # mirdata packs some, under the name of what is in them
        archives.unpack(came, came.with_name("content"))
        came = came.with_name("content") / came.name
    came.replace(place)


def _bring(remote: RemoteFileMetadata, home: Path, scratch: Path, retries: int, progress: Progress) -> None:
    place = _place(remote, home)
    if not archives.is_archive(remote.filename):
        if not place.is_file():
            place.parent.mkdir(parents=True, exist_ok=True)
            download(remote, scratch, retries, progress).replace(place)
        return
    if place.is_file():
        _verify(place, remote)
    archive = place if place.is_file() else download(remote, scratch, retries, progress)
    log.info("%s: unpacking", remote.filename)
    content = scratch / "content"
    archives.unpack(archive, content, remote.unpack_directories or ())
    archives.merge(content, place.parent)
    shutil.rmtree(content)


def _verify(place: Path, remote: RemoteFileMetadata) -> None:
    """A file that a user laid there (or that mirdata's downloader left) must be the one that was published."""
    if md5(place) != remote.checksum:
        raise InputError(f"{place}: its MD5 is not the published {remote.checksum}; delete it and run again")


def _verify_single(dataset: Dataset, home: Path, remotes: list[RemoteFileMetadata]) -> None:
    index = dataset._index_data.remote
    if index and index_md5(dataset) != index.checksum:
        log.warning("warning: %s: not the published index; only the files it lists are checked", dataset.index_path)
        return
    for remote in remotes:
        if not archives.is_archive(remote.filename):
            _verify(_place(remote, home), remote)


def _require_space(home: Path, needed: int) -> None:
    there = sum(file.lstat().st_size for file in home.rglob("*")) if home.is_dir() else 0
    at = next(folder for folder in (home, *home.absolute().parents) if folder.is_dir())
    free = shutil.disk_usage(at).free
    if free < needed - there:
        raise InputError(
            f"{home}: {free / 1e9:.1f} GB are free, expected {(needed - there) / 1e9:.1f} GB for the download and what"
            " it holds; free some, or set data_home (in the config) or MIRDATA_HOME to another disk"
        )


@contextmanager
def _alone(home: Path) -> Iterator[Path]:
    """The scratch folder, held by this process alone; on leaving, what is empty is deleted."""
    scratch = home / SCRATCH
    scratch.mkdir(parents=True, exist_ok=True)
    lock = scratch / "lock"
    with lock.open("w") as stream:
        try:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise InputError(f"{home}: another process is downloading here; wait for it or stop it") from error
        try:
            yield scratch
        finally:
            lock.unlink(missing_ok=True)
            for folder in (*scratch.iterdir(), scratch, home):
                with suppress(OSError):
                    folder.rmdir()


def _instead(dataset: Dataset, home: Path, by_hand: str) -> str:
    """What to put where, for a machine without a network."""
    wanted = {_place(remote, home): remote for remote in _remotes(dataset)}
    if dataset._index_data.remote:
        wanted[Path(dataset.index_path)] = dataset._index_data.remote
    files = [f"{remote.url} as {place}" for place, remote in wanted.items() if not place.is_file()]
    return f"; or by hand: put {', '.join(files)}, and run again" + (f"; {by_hand}" if by_hand else "")
