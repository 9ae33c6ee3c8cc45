"""Unpacking what a publisher packed: beside, never over what is there, and never outside of the folder given.

Nothing is written before all members were looked at: how much they declare, and of what kind they are.
"""

from __future__ import annotations

import shutil
import tarfile
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from copy import copy
from gzip import BadGzipFile
from lzma import LZMAError
from pathlib import Path, PurePath
from typing import IO

from ultralight_mir.corpora.datasets.space import require_space
from ultralight_mir.errors import InputError
from ultralight_mir.files import FULL

TAR = (".tar", ".gz", ".bz2")
"""The endings that mirdata takes for a tar file."""
BROKEN = (
    zipfile.BadZipFile,
    tarfile.TarError,
    BadGzipFile,
    LZMAError,
    EOFError,
    zlib.error,
    NotImplementedError,
    RuntimeError,
    ValueError,
    OSError,
)
"""What the two libraries raise for a file they cannot read (encrypted: RuntimeError; bad bz2 data, and names that are
too long or stand for a file and a folder: OSError)."""
CHUNK = 1 << 20  # bytes
HARMLESS = 10**9
"""Bytes that any archive may hold."""
EXPANSION = 200
"""How many times an archive's own size it may hold beyond that: recordings shrink to a half, tables to a twentieth."""
MEMBERS = 10**6
"""Files and folders that an archive may hold."""


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
        InputError: the file is no archive or a broken one; it declares more than the disk has room for, or absurdly
            much for its size; a member would lie outside of `folder`, or is a device or a sparse file; more comes out
            than it declares; a folder to lift is missing.
        OSError: the disk is full all the same.
    """
    aside = folder.with_name(f"{folder.name}.lifted")  # a folder to lift may hold another of its own name
    for stale in (folder, aside):
        shutil.rmtree(stale, ignore_errors=True)
    folder.mkdir(parents=True)
    try:
        if zipfile.is_zipfile(archive):
            _unzip(archive, folder)
        else:
            _untar(archive, folder)
    except BROKEN as error:
        if isinstance(error, OSError) and error.errno in FULL:
            raise
        why = " ".join(str(error).partition("\n")[0].split()).rstrip(":") or type(error).__name__
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


class _Allowance:
    """What an archive may bring: adds up what its members declare, and then counts what comes out."""

    def __init__(self, archive: Path) -> None:
        self._archive = archive
        self._most = max(HARMLESS, EXPANSION * archive.stat().st_size)
        self._members = self._declared = self._bytes = 0

    def declare(self, size: int) -> None:
        """One more member, of `size` bytes."""
        if size < 0:
            raise InputError(f"{self._archive}: a member declares {size:,} bytes; not unpacked")
        self._members += 1
        self._declared += size
        if self._members > MEMBERS:
            raise InputError(f"{self._archive}: holds more than {MEMBERS:,} files; not unpacked")
        if self._declared > self._most:
            raise InputError(
                f"{self._archive}: {self._archive.stat().st_size:,} bytes that declare to hold {self._declared:,} or"
                f" more, expected at most {self._most:,}; not unpacked"
            )

    def require_space(self, folder: Path) -> None:
        """Do nothing where the disk of `folder` has room for all that was declared."""
        require_space(folder, self._declared, f"what {self._archive.name} holds")

    def write(self, stream: IO[bytes], place: Path) -> None:
        """Copy a member to its place."""
        place.parent.mkdir(parents=True, exist_ok=True)
        with place.open("wb") as out:
            while chunk := stream.read(CHUNK):
                self._bytes += len(chunk)
                if self._bytes > self._declared:
                    raise InputError(
                        f"{self._archive}: holds more than the {self._declared:,} bytes it declares; not unpacked"
                    )
                out.write(chunk)


def _unzip(archive: Path, folder: Path) -> None:
    allowance = _Allowance(archive)
    with zipfile.ZipFile(archive) as packed:
        for member in packed.infolist():
            allowance.declare(member.file_size)
        places = [(member, _inside(archive, folder, _name(member))) for member in packed.infolist()]
        allowance.require_space(folder)
        for member, place in places:
            if member.is_dir():
                place.mkdir(parents=True, exist_ok=True)
                continue
            with packed.open(member) as stream:
                allowance.write(stream, place)


def _untar(archive: Path, folder: Path) -> None:
    allowance = _Allowance(archive)
    with tarfile.open(archive) as packed:
        members = list(_declared(archive, packed, folder, allowance))
        allowance.require_space(folder)
        for member in members:
            stream = packed.extractfile(member) if member.isreg() else None
            if stream is not None:
                allowance.write(stream, _inside(archive, folder, member.name))
            elif member.isdir():
                _inside(archive, folder, member.name).mkdir(parents=True, exist_ok=True)
        for member in members:  # after all files, so that none is written through a link
            if member.islnk() or member.issym():
                _link(archive, folder, member)


def _link(archive: Path, folder: Path, member: tarfile.TarInfo) -> None:
    _harmless(member, folder)  # again: links that were made since may lead elsewhere
    place = folder / member.name
    place.parent.mkdir(parents=True, exist_ok=True)
    place.unlink(missing_ok=True)
    if member.issym():
        place.symlink_to(member.linkname)
        return
    target = _inside(archive, folder, member.linkname)
    if not target.is_file():
        raise InputError(f"{archive}: member '{member.name}' links to '{member.linkname}', which is not there")
    place.hardlink_to(target)


def _declared(archive: Path, packed: tarfile.TarFile, folder: Path, allowance: _Allowance) -> Iterator[tarfile.TarInfo]:
    """The members, all of them harmless."""
    for member in packed:
        allowance.declare(member.size)
        if member.issparse():
            raise InputError(f"{archive}: member '{member.name}' is a sparse file, expected plain ones; not unpacked")
        yield _harmless(member, folder)


def _harmless(member: tarfile.TarInfo, folder: Path) -> tarfile.TarInfo:
    """The member, its name made relative, as `tarfile.data_filter` lets it pass, which Python has from 3.11.4 on only.

    Raises:
        tarfile.TarError: it or what it links to lies outside of `folder`, or it is a device or a pipe.
    """
    plain, root = copy(member), folder.resolve()
    plain.name = member.name.lstrip("/")
    place = root / plain.name
    if not place.resolve().is_relative_to(root):
        raise tarfile.TarError(f"'{member.name}' would lie outside of the folder")
    if member.issym() or member.islnk():
        target = (place.parent if member.issym() else root) / member.linkname
        if not target.resolve().is_relative_to(root):
            raise tarfile.TarError(f"'{member.name}' links to '{member.linkname}', which lies outside of the folder")
    elif not (member.isreg() or member.isdir()):
        raise tarfile.TarError(f"'{member.name}' is a device or a pipe")
    return plain


def _inside(archive: Path, folder: Path, name: str) -> Path:
    root = folder.resolve()
    place = (root / name).resolve()
    if not place.is_relative_to(root):
        raise InputError(f"{archive}: member {name!r} would lie outside of the folder; not unpacked")
    return place


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
