"""Whether a data set's files are there and are what its index says."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ultralight_mir.errors import InputError

if TYPE_CHECKING:
    from mirdata.core import Dataset

log = logging.getLogger("ultralight_mir")


@dataclass(frozen=True)
class Report:
    """What was validated; the same for the same files, whenever and wherever it is written.

    Attributes:
        dataset: its name.
        version: of the data set, as mirdata names it.
        files: how many files the index lists.
        bytes: their size together.
        index: MD5 of the index file ("" where the index is made from the folder).
        differing: files, relative to the data set's folder, whose MD5 is not the index's; only for data sets of
            which something must be had by hand (another pressing of a record is another file).
    """

    dataset: str
    version: str
    files: int
    bytes: int
    index: str
    differing: tuple[str, ...]


def md5(path: Path) -> str:
    """MD5 of a file, in hexadecimal."""
    from mirdata import validate

    return str(validate.md5(str(path)))


def index_md5(dataset: Dataset) -> str:
    """MD5 of the data set's index file; "" where there is none."""
    path = Path(dataset.index_path)
    return md5(path) if path.is_file() else ""


def listed(dataset: Dataset) -> dict[str, str]:
    """Every file that the data set's index lists: path relative to the data set's folder → MD5.

    Raises:
        InputError: the index is not valid JSON or lists nothing, or what the data set raises that makes its own.
        FileNotFoundError: there is no index.
    """
    dataset.__dict__.pop("_index", None)  # mirdata keeps the first one it read
    try:
        index: Mapping[str, Any] = dataset._index
    except ValueError as error:
        raise InputError(f"{dataset.index_path}: not valid JSON ({error}); delete it and run again") from error
    entries = list((index.get("metadata") or {}).values())
    for group in ("tracks", "multitracks"):
        for files in (index.get(group) or {}).values():
            entries += [entry for key, entry in files.items() if key != "tracks"]  # a multitrack names its tracks
    found = {path: checksum for path, checksum in entries if path is not None}
    if not found:
        raise InputError(f"{dataset.index_path}: lists no file of {dataset.name}")
    return found


def absent(dataset: Dataset, home: Path) -> bool:
    """Whether the index or a file that it lists is not there; what the files hold is not looked at."""
    try:
        return any(not (home / path).is_file() for path in listed(dataset))
    except (FileNotFoundError, InputError):  # no index yet, or nothing to make one from
        return True


def check(dataset: Dataset, home: Path, by_hand: str, progress: Callable[[int, int], None]) -> Report:
    """Compare every file that the index lists with its checksum.

    Args:
        dataset: mirdata's data set.
        home: its folder.
        by_hand: "", or what must be had by hand and how: then a file that differs is only warned of.
        progress: told the files checked and their number.

    Raises:
        InputError: a file is missing or differs; names the first one and says how many there are.
    """
    try:
        files = listed(dataset)
    except FileNotFoundError as error:
        raise InputError(f"{home}: holds no {dataset.name}; {by_hand or error}") from error
    missing = [path for path in files if not (home / path).is_file()]
    if missing:
        hint = by_hand or f"no published file of {dataset.name} holds it"
        raise InputError(f"{home / missing[0]}: missing, with {len(missing) - 1} more of {len(files)} files; {hint}")
    differing = []
    for number, (path, checksum) in enumerate(files.items(), start=1):
        if md5(home / path) != checksum:
            differing.append(path)
        progress(number, len(files))
    if differing:
        found = f"{home / differing[0]}: its MD5 is not {files[differing[0]]}, the index's"
        rest = f"(and {len(differing) - 1} more of {len(files)} files)"
        if not by_hand:
            raise InputError(f"{found} {rest}; delete it and run again")
        log.warning("warning: %s %s; another edition? its annotations may not fit it", found, rest)
    size = sum((home / path).stat().st_size for path in files)
    return Report(dataset.name, dataset.version, len(files), size, index_md5(dataset), tuple(differing))
