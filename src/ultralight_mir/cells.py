"""A CSV file taken apart: of every column its distinct cells, and which of them stands in which row.

Tables of scores have a million rows and few distinct cells, so whoever looks at cells looks at the distinct ones.
"""

from __future__ import annotations

import csv
import gzip
import io
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ultralight_mir.errors import InputError

PACKED = ".gz"
"""What the name of a compressed table ends in."""
LARGEST_TABLE = 2 * 2**30
"""Bytes that a compressed table may unpack to."""
_BOM = b"\xef\xbb\xbf"
_UNUSUAL = (b'"', b"\r", b"\0")
"""Bytes with which a line may be more, or less, than a row whose cells stand between commas."""


@dataclass(frozen=True)
class Cells:
    """One column: `distinct[codes[row]]` is the cell of a row."""

    distinct: Sequence[str]
    codes: NDArray[np.intp]


@dataclass(frozen=True)
class CellTable:
    """A file's header, its columns in that order, and the line that each row ends in."""

    header: list[str]
    columns: list[Cells]
    lines: Sequence[int]


def coded(cells: Iterable[str]) -> Cells:
    """A column from its cells, row by row."""
    known: dict[str, int] = {}
    codes = [known.setdefault(cell, len(known)) for cell in cells]
    return Cells(list(known), np.array(codes, dtype=np.intp))


def read_cells(path: Path) -> CellTable:
    """Take a CSV file in UTF-8 apart, unpacked where its name ends in `.gz`.

    Raises:
        InputError: it is missing, no text, no CSV or empty; cut off; a row is too short or too long. Names the line.
    """
    try:
        data = _bytes(path).removeprefix(_BOM)
        text = data.decode("utf-8")
    except FileNotFoundError as error:
        raise InputError(f"{path}: no such file") from error
    except UnicodeDecodeError as error:
        raise InputError(f"{path}: not a readable CSV file ({error})") from error
    return _plain(data) or _any(path, text)


def _bytes(path: Path) -> bytes:
    """What a table's file holds, unpacked.

    Raises:
        InputError: it is no gzip file, cut off, or unpacks to more than `LARGEST_TABLE`.
    """
    if path.suffix != PACKED:
        return path.read_bytes()
    try:
        with gzip.open(path) as stream:
            content = stream.read(LARGEST_TABLE + 1)
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise InputError(f"{path}: not a readable gzip file ({error})") from error
    if len(content) > LARGEST_TABLE:
        raise InputError(f"{path}: unpacks to more than {LARGEST_TABLE:,} bytes, expected a table")
    return content


def _plain(data: bytes) -> CellTable | None:
    """A table each of whose lines is a row of cells between commas, seven times as fast as `_any`; None for others."""
    import pandas as pd

    if any(unusual in data for unusual in _UNUSUAL):
        return None
    head, _, body = data.partition(b"\n")
    header = head.decode().split(",")
    characters = np.frombuffer(body, np.uint8)
    ends = np.flatnonzero(characters == ord("\n"))
    if not len(ends) or ends[-1] != len(body) - 1 or len(header) == 1:
        return None
    commas = np.searchsorted(np.flatnonzero(characters == ord(",")), ends)
    if (np.diff(commas, prepend=0) != len(header) - 1).any():
        return None
    table = pd.read_csv(
        io.BytesIO(body), header=None, dtype=object, na_filter=False, quoting=csv.QUOTE_NONE, low_memory=False
    )
    factored = [pd.factorize(table[number]) for number in table]
    return CellTable(header, [Cells(list(cells), codes) for codes, cells in factored], range(2, 2 + len(ends)))


def _any(path: Path, text: str) -> CellTable:
    """Any CSV, row by row.

    Raises:
        InputError: it is none, or empty; cut off; a row is too short or too long. Names the line.
    """
    try:
        reader = csv.reader(io.StringIO(text, newline=""), strict=True)
        header = next(reader, None)
        if header is None:
            raise InputError(f"{path}: not a readable CSV file (empty), expected a header line")
        known: dict[str, str] = {}
        rows: list[list[str]] = []
        lines: list[int] = []
        for row in reader:
            if len(row) != len(header):
                found = f"{len(row)} cells, expected {len(header)} as in the header"
                raise InputError(f"{path}, line {reader.line_num}: {found}")
            rows.append([known.setdefault(cell, cell) for cell in row])  # most cells say the same: one text for all
            lines.append(reader.line_num)
    except csv.Error as error:
        raise InputError(f"{path}: not a readable CSV file ({error})") from error
    if not text.endswith("\n"):
        raise InputError(f"{path}, line {reader.line_num}: cut off, expected a line feed at its end")
    return CellTable(header, [coded(row[column] for row in rows) for column in range(len(header))], lines)
