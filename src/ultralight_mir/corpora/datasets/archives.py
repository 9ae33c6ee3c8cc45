"""Unpacking what a publisher packed: beside, never over what is there, and never outside of the folder given."""

from __future__ import annotations

import shutil
import tarfile
import zipfile
import zlib
from collections.abc import Sequence
from gzip import BadGzipFile
from pathlib import Path, PurePath

from ultralight_mir.corpora.datasets.space import require_space
from ultralight_mir.errors import InputError

TAR = (".tar", ".gz", ".bz2")
"""The endings that mirdata takes for a tar file."""
BROKEN = (zipfile.BadZipFile, tarfile.TarError, BadGzipFile, EOFError, zlib.error, NotImplementedError, RuntimeError)
"""What the two libraries raise for a file they cannot read (encrypted: RuntimeError)."""


def is_archive(filename: str) -> bool:
    """Whether mirdata would unpack a file of this name after downloading it."""
    return PurePath(filename).suffix in (".zip", *TAR)


def unpack(archive: Path, folder: Path, lift: Sequence[str] = ()) -> None:
    """Unpack a zip or tar file into a fresh `folder`; what is in there is lost.

    Args:
        archive: the file.
        folder: where to; made anew.
        lift: mirdata's `unpack_directories`: folders of the archive whose content belongs one or more levels higher.

    Raises:
        InputError: the file is no archive or a broken one, a member would lie outside of `folder`, a folder to lift
            is missing, or the disk has no room for what a zip file holds.
    """
    aside = folder.with_name(f"{folder.name}.lifted")  # a folder to lift may hold another of its own name
    for stale in (folder, aside):
        shutil.rmtree(stale, ignore_errors=True)
    folder.mkdir(parents=True)
    try:
        if zipfile.is_zipfile(archive):
            _unzip(archive, folder)
        else:
            with tarfile.open(archive) as packed:
                packed.extractall(folder, filter="data")  # refuses paths, links and devices that lead outside
    except BROKEN as error:
        why = str(error).partition("\n")[0].rstrip(":") or type(error).__name__
        raise InputError(f"{archive}: cannot be unpacked ({why})") from error
    for name in lift:
        inner = folder / name
        if not inner.is_dir():
            raise InputError(f"{archive}: holds no folder '{name}', expected one with the data in it")
        inner.rename(aside)
        merge(aside, folder)
        shutil.rmtree(aside)


def merge(source: Path, target: Path) -> None:
    """Move all of `source` into `target` (same file system), by renaming; a file that `target` has stays as it is."""
    target.mkdir(parents=True, exist_ok=True)
    for entry in sorted(source.iterdir()):
        place = target / entry.name
        if entry.is_dir() and place.is_dir():
            merge(entry, place)
        elif not place.exists():
            entry.rename(place)


def _unzip(archive: Path, folder: Path) -> None:
    root = folder.resolve()
    with zipfile.ZipFile(archive) as packed:
        require_space(folder, sum(member.file_size for member in packed.infolist()), f"what {archive.name} holds")
        for member in packed.infolist():
            place = (root / _name(member)).resolve()
            if not place.is_relative_to(root):
                raise InputError(f"{archive}: member '{member.filename}' would lie outside of the folder; not unpacked")
            if member.is_dir():
                place.mkdir(parents=True, exist_ok=True)
                continue
            place.parent.mkdir(parents=True, exist_ok=True)
            with packed.open(member) as stream, place.open("wb") as out:
                shutil.copyfileobj(stream, out, 1 << 20)


def _name(member: zipfile.ZipInfo) -> str:
    """The member's name as mirdata's indexes spell it: old archives (IRMAS, Good-sounds) do not say their encoding."""
    if member.flag_bits & 0x800:  # says that it is UTF-8
        return member.filename
    raw = member.filename.encode("cp437")  # undoes what zipfile assumes
    try:
        return raw.decode()
    except UnicodeDecodeError:
        import chardet

        return raw.decode(chardet.detect(raw)["encoding"] or "utf-8", "replace")
