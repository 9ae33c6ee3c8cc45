"""Whether a data set's files are there and are what its index says."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from json import JSONDecodeError
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
        files: how many of the files that the index lists are there.
        bytes: their size together.
        missing: how many are not; more than none only for data sets of which people own some recordings.
        differing: files, relative to the data set's folder, whose MD5 is not the index's; only for data sets of
            which something must be had by hand (another pressing of a record is another file).
        index: MD5 of the index file ("" where the index is made from the folder).
    """

    dataset: str
    version: str
    files: int
    bytes: int
    missing: int
    differing: tuple[str, ...]
    index: str


def md5(path: Path) -> str:
    """MD5 of a file, in hexadecimal."""
    from mirdata import validate

    return str(validate.md5(str(path)))


def index_md5(dataset: Dataset) -> str:
    """MD5 of the data set's index file; "" where there is none."""
    path = Path(dataset.index_path)
    return md5(path) if path.is_file() else ""


def index_files(dataset: Dataset, recordings: bool = True) -> dict[str, str]:
    """Every file that the data set's index lists: path relative to the data set's folder → MD5.

    Args:
        dataset: mirdata's data set.
        recordings: whether the tracks' recordings are wanted too.

    Raises:
        InputError: the index is not valid or lists nothing, or a data set that makes its own finds a fault.
        FileNotFoundError: there is no index, or nothing to make it from.
    """
    try:
        index: Mapping[str, Any] = dataset._index
    except JSONDecodeError as error:
        raise InputError(f"{dataset.index_path}: not valid JSON ({error}); delete it and run again") from error
    except ValueError as error:
        raise InputError(f"{dataset.data_home}: {error}") from error
    skipped = ("tracks",) if recordings else ("tracks", "audio")  # a multitrack names its tracks
    try:
        entries = list((index.get("metadata") or {}).values())
        for group in ("tracks", "multitracks"):
            for track in (index.get(group) or {}).values():
                entries += [entry for key, entry in track.items() if key not in skipped]
        files = {path: checksum for path, checksum in entries if path is not None}
    except (AttributeError, TypeError, ValueError) as error:
        raise InputError(f"{dataset.index_path}: not an index as mirdata has them; delete it and run again") from error
    if recordings and not files:
        raise InputError(f"{dataset.data_home}: the index of {dataset.name} lists no file")
    return files


def absent(dataset: Dataset, home: Path, recordings: bool = True) -> bool:
    """Whether the index or a file that it lists is not there; what the files hold is not looked at.

    Args:
        dataset: mirdata's data set.
        home: its folder.
        recordings: whether the tracks' recordings must be there too.

    Raises:
        InputError: the index is not valid.
    """
    try:
        return any(not (home / path).is_file() for path in index_files(dataset, recordings))
    except FileNotFoundError:
        return True


def check(dataset: Dataset, home: Path, by_hand: str, partial: bool, progress: Callable[[int, int], None]) -> Report:
    """Compare every file that the index lists with its checksum.

    Args:
        dataset: mirdata's data set.
        home: its folder.
        by_hand: "", or what must be had by hand and how: then a file that differs is only warned of.
        partial: whether files may be missing, as long as one is there.
        progress: told the files checked and their number.

    Raises:
        InputError: a file is missing or differs; names the first one and says how many there are.
    """
    try:
        expected = index_files(dataset)
    except FileNotFoundError as error:
        raise InputError(f"{home}: holds no {dataset.name}; {by_hand or error}") from error
    present = [path for path in expected if (home / path).is_file()]
    if len(present) < len(expected):
        first = next(path for path in expected if not (home / path).is_file())
        _complain(
            f"{home / first}: missing ({len(expected) - len(present)} of {len(expected)} files are);"
            f" {by_hand or f'nothing that {dataset.name} publishes holds it'}",
            tolerable=partial and bool(present),
        )
    differing = []
    for number, path in enumerate(present, start=1):
        if md5(home / path) != expected[path]:
            differing.append(path)
        progress(number, len(present))
    if differing:
        _complain(
            f"{home / differing[0]}: its MD5 is not {expected[differing[0]]}, the index's ({len(differing)} of"
            f" {len(expected)} files differ); if it is broken, delete it and run again",
            tolerable=bool(by_hand),
        )
    size = sum((home / path).stat().st_size for path in present)
    missing = len(expected) - len(present)
    return Report(dataset.name, dataset.version, len(present), size, missing, tuple(differing), index_md5(dataset))


def _complain(message: str, tolerable: bool) -> None:
    if not tolerable:
        raise InputError(message)
    log.warning("warning: %s", message)
