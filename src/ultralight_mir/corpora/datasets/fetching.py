"""Getting a data set: its index and files, from where mirdata says they are published, checked and in their place.

mirdata's own downloader writes straight to the final names, unpacks in place and starts afresh after a failure. Here
everything comes into `<home>/.download/` first and is moved from there by renaming. As long as that folder is there,
the data set is not finished, and the next run goes on with what it holds. Which files an archive held is kept in
`<home>/.unpacked/`: not every index lists them all.
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
from ultralight_mir.corpora.datasets.checksums import Report, absent, check, index_md5, md5
from ultralight_mir.corpora.datasets.resuming import Progress, UnreachableError, download
from ultralight_mir.corpora.datasets.space import bytes_in, require_space
from ultralight_mir.errors import InputError
from ultralight_mir.files import FULL, replacing

if TYPE_CHECKING:
    from mirdata.core import Dataset
    from mirdata.download_utils import RemoteFileMetadata

log = logging.getLogger("ultralight_mir")
SCRATCH, UNPACKED = ".download", ".unpacked"


def fetch(
    dataset: Dataset,
    home: Path,
    size: int,
    by_hand: str,
    progress: Progress,
    retries: int = 3,
    partial: bool = False,
) -> Report:
    """Download what is not there, then check every file. What is there is never overwritten, only checked.

    Args:
        dataset: mirdata's data set; its `data_home` is `home`, its `index_path` lies in there if its index is remote.
        home: the data set's own folder.
        size: published size of all that is downloaded, in bytes; 0 where it is not known.
        by_hand: "", or which files must be had by hand, from where, and where they belong.
        progress: told what is done, how far (files, or megabytes) and how much there is.
        retries: how often a download that fails is tried again.
        partial: whether it is the recordings that must be had by hand, and some may be missing.

    Raises:
        InputError: a file cannot be had, is missing or is not what was published; the disk is or would be full;
            another process is downloading the same data set.
    """
    remotes, index = _remotes(dataset), dataset._index_data.remote
    if not remotes and not index and by_hand and absent(dataset, home):
        raise InputError(f"{home}: holds no {dataset.name}, which cannot be downloaded; {by_hand}")
    if _lacks_index(dataset) or _queue(dataset, home, partial):
        least = size * (2 if len(remotes) == 1 else 1)  # one archive is there together with what it holds
        require_space(home, least - bytes_in(home), dataset.name)
        try:
            _bring_all(dataset, home, by_hand, partial, progress, retries)
        except OSError as error:
            if error.errno not in FULL:
                raise
            raise InputError(
                f"{home}: the disk is full; free some (what has come is kept in {home / SCRATCH}) and run again"
            ) from error
        dataset.__dict__.pop("_index", None)  # where it is made from the folder, mirdata keeps the one before
    report = check(dataset, home, by_hand, partial, progress(f"{dataset.name}, files checked"))
    _verify_single(dataset, home, remotes)
    shutil.rmtree(home / SCRATCH, ignore_errors=True)
    return report


def _remotes(dataset: Dataset) -> list[RemoteFileMetadata]:
    """What mirdata would download for this version of the data set, without the index."""
    remotes = dataset.remotes or {}
    chosen = dataset._index_data.partial_download or remotes
    return [remotes[key] for key in chosen if key != "index"]


def _lacks_index(dataset: Dataset) -> bool:
    return bool(dataset._index_data.remote) and not Path(dataset.index_path).is_file()


def _queue(dataset: Dataset, home: Path, partial: bool) -> list[RemoteFileMetadata]:
    """The remotes to download (again). Where the index's files are all there, so are archives that nobody recorded."""
    incomplete = absent(dataset, home, recordings=not partial)
    return [remote for remote in _remotes(dataset) if not _has(remote, home, incomplete)]


def _has(remote: RemoteFileMetadata, home: Path, incomplete: bool) -> bool:
    if not archives.is_archive(remote.filename):
        return _place(remote, home).is_file()
    record = _record(remote, home)
    if not record.is_file():
        return not incomplete and not _scratch(remote, home).exists()
    return all((home / name).is_file() for name in record.read_text(encoding="utf-8").splitlines())


def _scratch(remote: RemoteFileMetadata, home: Path) -> Path:
    """Where a remote comes to first; it is there as long as the remote is not in its place."""
    return home / SCRATCH / str(remote.checksum)


def _place(remote: RemoteFileMetadata, home: Path) -> Path:
    """Where mirdata downloads a remote to; for an archive, where a user may lay it."""
    place: Path = home / (remote.destination_dir or "") / remote.filename
    return place


def _record(remote: RemoteFileMetadata, home: Path) -> Path:
    """Where it is written down which files an archive held."""
    return home / UNPACKED / f"{remote.checksum}.txt"


def _bring_all(dataset: Dataset, home: Path, by_hand: str, partial: bool, progress: Progress, retries: int) -> None:
    index = dataset._index_data.remote
    with _alone(home):
        try:
            if index and _lacks_index(dataset):
                _bring_index(dataset, home, download(index, _scratch(index, home), retries, progress))
            queue = _queue(dataset, home, partial)
            for remote in queue:
                _scratch(remote, home).mkdir(exist_ok=True)
            for remote in queue:
                if archives.is_archive(remote.filename):
                    _bring_archive(remote, home, retries, progress)
                else:
                    _move(download(remote, _scratch(remote, home), retries, progress), _place(remote, home))
        except UnreachableError as error:
            raise InputError(f"{error}; or by hand: {_instead(dataset, home, by_hand, partial)}") from error


def _bring_index(dataset: Dataset, home: Path, file: Path) -> None:
    place = Path(dataset.index_path)
    if not place.resolve().is_relative_to(home.resolve()):
        raise ValueError(f"{place}: the index of {dataset.name} belongs into {home}")
    if zipfile.is_zipfile(file):  # mirdata packs some, under the name of what is in them
        archives.unpack(file, file.with_name("content"))
        file = file.with_name("content") / file.name
    _move(file, place)


def _bring_archive(remote: RemoteFileMetadata, home: Path, retries: int, progress: Progress) -> None:
    folder, archive = _scratch(remote, home), _place(remote, home)
    if archive.is_file():
        _verify(archive, remote)
    else:
        archive = download(remote, folder, retries, progress)
    log.info("%s: unpacking", remote.filename)
    content = folder / "content"
    try:
        archives.unpack(archive, content, remote.unpack_directories or ())
        into = _place(remote, home).parent
        names = [into.relative_to(home) / file.relative_to(content) for file in content.rglob("*") if file.is_file()]
        archives.merge(content, into)
    finally:
        shutil.rmtree(content, ignore_errors=True)  # on a full disk, this is what filled it
    with replacing(_record(remote, home)) as scratch:
        scratch.write_text("".join(f"{name}\n" for name in sorted(names)), encoding="utf-8")
    shutil.rmtree(folder)


def _move(file: Path, place: Path) -> None:
    place.parent.mkdir(parents=True, exist_ok=True)
    file.replace(place)


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


@contextmanager
def _alone(home: Path) -> Iterator[None]:
    """The scratch folder, held by this process alone; where nothing came, nothing is left behind."""
    scratch = home / SCRATCH
    scratch.mkdir(parents=True, exist_ok=True)
    lock = scratch / "lock"
    with lock.open("w") as stream:
        try:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise InputError(f"{home}: another process is downloading here; wait for it or stop it") from error
        try:
            yield
        finally:
            lock.unlink(missing_ok=True)
            if not any(path.is_file() for path in home.rglob("*")):
                shutil.rmtree(scratch)
                with suppress(OSError):
                    home.rmdir()


def _instead(dataset: Dataset, home: Path, by_hand: str, partial: bool) -> str:
    """What to put where, for a machine without a network."""
    places = {Path(dataset.index_path): dataset._index_data.remote} if _lacks_index(dataset) else {}
    places.update({_place(remote, home): remote for remote in _queue(dataset, home, partial)})
    files = [f"{remote.url} as {place}" for place, remote in places.items() if not place.is_file()]
    return f"put {', '.join(files)}, and run again" + (f"; {by_hand}" if by_hand else "")
