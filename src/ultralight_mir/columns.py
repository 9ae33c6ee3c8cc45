"""Tables with a schema: every column has a type and a range, which its writer and its reader check alike.

CSV in UTF-8 with a header line and a line feed after every row; compressed where the file's name ends in `.gz`. A cell
is what it says: `NA`, `None`, `null` and `nan` are names where names stand and no numbers where numbers stand; only an
empty cell is missing.
"""

from __future__ import annotations

import csv
import gzip
import io
import math
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, TextIO, cast

import numpy as np

from ultralight_mir.cells import PACKED, Cells, coded, read_cells
from ultralight_mir.errors import InputError
from ultralight_mir.files import replacing

if TYPE_CHECKING:
    import pandas as pd

SHOWN = 40
"""Characters of a cell that a message shows."""
_BOOLEANS = {"True": True, "False": False}
_WHOLE, _LARGEST = 2**63 - 1, sys.float_info.max
"""The largest whole number that a table holds, and the largest number."""


@dataclass(frozen=True)
class Column:
    """One column.

    Attributes:
        kind: str, int, float or bool.
        low, high: the range of a number; always finite.
        empty: whether a cell may be empty.
        choices: the words that a text may be, where it may not be any.
        digits: decimals that a float is written with; None for as many as tell it exactly.
    """

    name: str
    kind: type = str
    low: float = -math.inf
    high: float = math.inf
    empty: bool = False
    choices: tuple[str, ...] = ()
    digits: int | None = None

    def text(self, value: object) -> str:
        """A value as its cell; None, and NaN among names, is a missing one."""
        if value is None or isinstance(value, str):
            return value or ""
        if self.kind is str and value != value:
            return ""
        return str(value) if self.digits is None else f"{value:.{self.digits}f}"

    def value(self, cell: str) -> Any:
        """What a cell holds: text, a number, a boolean; NaN for a number that may be missing.

        Raises:
            ValueError: it holds something else.
        """
        if not cell and self.empty:
            return "" if self.kind is str else math.nan
        if self.kind is bool:
            return _BOOLEANS[cell] if cell in _BOOLEANS else self._refuse()
        if self.kind is str:
            return cell if cell and (not self.choices or cell in self.choices) else self._refuse()
        number = self.kind(cell)
        plain = cell == cell.strip() and "_" not in cell
        finite = abs(number) <= (_WHOLE if self.kind is int else _LARGEST)  # a NaN is not
        return number if plain and finite and self.low <= number <= self.high else self._refuse()

    @property
    def expected(self) -> str:
        """What a cell must hold, in words."""
        names = {str: "text", bool: "True or False", int: "a whole number", float: "a number"}
        what = f"one of {', '.join(self.choices)}" if self.choices else names[self.kind]
        if self.kind in (int, float):
            what += f" from {self.low:g}" * math.isfinite(self.low) + f" to {self.high:g}" * math.isfinite(self.high)
        return what + " or nothing" * self.empty

    def _refuse(self) -> Any:
        raise ValueError(self.expected)


@dataclass(frozen=True)
class Schema:
    """The columns of one table, in order."""

    columns: tuple[Column, ...]

    @property
    def names(self) -> list[str]:
        """Of its columns."""
        return [column.name for column in self.columns]

    def write(self, path: Path, rows: Iterable[Mapping[str, Any]]) -> None:
        """Write rows, atomically; a missing key is an empty cell, other keys are passed over.

        Raises:
            InputError: a cell is not what its column holds; names file, line and column.
        """
        whole = list(rows)
        self.write_columns(path, {name: [row.get(name) for row in whole] for name in self.names})

    def write_columns(self, path: Path, values: Mapping[Any, Sequence[Any]]) -> None:
        """The same from one list of values a column."""
        cells = [[column.text(value) for value in values[column.name]] for column in self.columns]
        lines = range(2, 2 + len(cells[0]))
        for column, texts in zip(self.columns, cells, strict=True):
            _values(path, column, coded(texts), lines)
        with replacing(path) as scratch, _opened(scratch, path.suffix == PACKED) as stream:
            writer = csv.writer(stream, lineterminator="\n")
            writer.writerow(self.names)
            writer.writerows(zip(*cells, strict=True))

    def read(self, path: Path) -> pd.DataFrame:
        """Read a table; columns that the schema does not have are passed over.

        Whole numbers come as int64 (float64 with NaN where a cell may be empty and one is), numbers as float64.

        Raises:
            InputError: the file is missing, no CSV, or cut off; a column is missing; a row is too short or too long; a
                cell is not what its column holds. Names file, line, column, what was found and what was expected.
        """
        import pandas as pd

        table = read_cells(path)
        twice = [name for name in self.names if table.header.count(name) > 1]
        if twice:
            raise InputError(f"{path}: column '{twice[0]}' stands twice in the header, expected it once")
        absent = [name for name in self.names if name not in table.header]
        if absent:
            raise InputError(f"{path}: column '{absent[0]}' is missing; found {', '.join(table.header)}")
        cells = dict(zip(table.header, table.columns, strict=True))
        return pd.DataFrame({c.name: _series(path, c, cells[c.name], table.lines) for c in self.columns})


@contextmanager
def _opened(path: Path, packed: bool) -> Iterator[TextIO]:
    """A text file to write; packed, the same rows always give the same bytes (no date and no name inside)."""
    with path.open("wb") as raw:
        whole = gzip.GzipFile(filename="", mode="wb", fileobj=raw, mtime=0) if packed else raw
        with io.TextIOWrapper(cast("IO[bytes]", whole), encoding="utf-8", newline="") as stream:
            yield stream


def _values(path: Path, column: Column, cells: Cells, lines: Sequence[int]) -> list[Any]:
    """What the distinct cells of a column hold; each must stand in a row.

    Raises:
        InputError: one is not what the column holds; names the first line that has such a cell.
    """
    values: list[Any] = []
    wrong: list[int] = []
    for code, cell in enumerate(cells.distinct):
        try:
            values.append(column.value(cell))
        except ValueError:
            wrong.append(code)
    if wrong:
        row = int(np.isin(cells.codes, wrong).argmax())
        cell = cells.distinct[cells.codes[row]]
        where = f"{path}, line {lines[row]}, column '{column.name}'"
        raise InputError(f"{where}: found {cell[:SHOWN]!r}, expected {column.expected}")
    return values


def _series(path: Path, column: Column, cells: Cells, lines: Sequence[int]) -> pd.Series[Any]:
    import pandas as pd

    missing = column.kind is int and "" in cells.distinct
    values = pd.Series(_values(path, column, cells, lines), dtype=float if missing else column.kind)
    return values.take(cells.codes).reset_index(drop=True)
