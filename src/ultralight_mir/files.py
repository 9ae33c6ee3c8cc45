"""Writing files so that nothing half-written ever carries a finished file's name."""

from __future__ import annotations

import csv
import errno
import json
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ultralight_mir.errors import InputError

LARGEST_JSON = 64 * 2**20
"""Bytes; ours are far below."""
FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
"""What the system says when a disk, a quota or a limit on files is full."""


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Give a scratch path beside `path`; on success rename it to `path`, on any failure delete it.

    Raises:
        InputError: the disk is full (what was there before stays as it was).
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    scratch = path.with_name(f".{path.name}.{os.getpid()}.partial{path.suffix}")
    try:
        yield scratch
        scratch.replace(path)
    except OSError as error:
        if error.errno in FULL:
            raise InputError(
                f"{path}: no space left to write it ({error.strerror}); free some and run again"
            ) from error
        raise
    finally:
        scratch.unlink(missing_ok=True)


def put_between(path: Path, begin: str, end: str, text: str) -> None:
    """Write text into a text file, between two lines that stand in it.

    Raises:
        InputError: the file cannot be read, or does not hold both lines once, in this order.
    """
    try:
        whole = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path}: cannot be read ({error}), expected a Markdown file") from error
    head, began, rest = whole.partition(begin)
    _, ended, tail = rest.partition(end)
    if not (began and ended) or begin in rest or end in tail:
        raise InputError(f"{path}: expected the lines '{begin}' and '{end}', each once, to write between")
    with replacing(path) as scratch:
        scratch.write_text(f"{head}{begin}\n{text.strip()}\n{end}{tail}", encoding="utf-8")


def check_writable(folder: Path) -> None:
    """That files can be written in `folder`, which need not exist yet.

    Raises:
        InputError: it, or what it would be made in, is no folder or is read-only.
    """
    nearest = next(path for path in (folder, *folder.absolute().parents) if path.exists() or path.is_symlink())
    if not nearest.is_dir():
        raise InputError(f"{nearest}: not a folder, expected one to write in")
    if not os.access(nearest, os.W_OK | os.X_OK):
        raise InputError(f"{nearest}: read-only, expected a folder to write in")


def write_json(path: Path, content: Mapping[str, Any]) -> None:
    """Write a JSON object, keys in the given order, atomically."""
    with replacing(path) as scratch:
        scratch.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")


def read_json(path: Path) -> dict[str, Any]:
    """Read a JSON object.

    Raises:
        InputError: the file is missing or unreadable, larger than `LARGEST_JSON`, is not JSON or is not an object.
    """
    try:
        if path.stat().st_size > LARGEST_JSON:
            raise InputError(f"{path}: {path.stat().st_size:,} bytes, expected at most {LARGEST_JSON:,} of JSON")
        content = json.loads(path.read_text(encoding="utf-8"), parse_constant=_refuse_constant)
    except FileNotFoundError as error:
        raise InputError(f"{path}: no such file") from error
    except (ValueError, RecursionError) as error:
        raise InputError(f"{path}: not valid JSON ({error}); the file may be truncated") from error
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror})") from error
    if not isinstance(content, dict):
        raise InputError(f"{path}: found {type(content).__name__}, expected a JSON object")
    return content


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is no number of JSON")


def write_rows(path: Path, columns: Sequence[str], rows: Iterable[Mapping[str, object]], delimiter: str = ",") -> None:
    """Write a CSV (or TSV) file with a header line, atomically; missing keys become empty cells."""
    with replacing(path) as scratch, scratch.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.DictWriter(stream, columns, restval="", delimiter=delimiter, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def read_rows(path: Path, required: Sequence[str] = (), delimiter: str = ",") -> list[dict[str, str]]:
    """Read a CSV (or TSV) file with a header line.

    Raises:
        InputError: the file is missing or unreadable, a required column is absent, or a row is too short or long.
    """
    try:
        with path.open(newline="", encoding="utf-8-sig") as stream:
            reader = csv.DictReader(stream, delimiter=delimiter)
            found = list(reader.fieldnames or [])
            missing = [column for column in required if column not in found]
            if missing:
                raise InputError(f"{path}: column '{missing[0]}' is missing; found {', '.join(found) or 'no header'}")
            rows = list(reader)
    except FileNotFoundError as error:
        raise InputError(f"{path}: no such file") from error
    except (UnicodeDecodeError, csv.Error) as error:
        raise InputError(f"{path}: not a readable CSV file ({error})") from error
    for number, row in enumerate(rows, start=2):
        if None in row or None in row.values():
            raise InputError(f"{path}, line {number}: expected {len(found)} cells as in the header")
    return rows
