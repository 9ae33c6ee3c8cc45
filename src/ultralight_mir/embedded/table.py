"""`embedded.csv`: what tickets take on cores, a row each, as `measuring` finds it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

from ultralight_mir.errors import InputError
from ultralight_mir.files import read_rows, write_rows

TABLE = "embedded.csv"
"""The file's name, in a results folder too."""


@dataclass(frozen=True)
class Measured:
    """A row.

    Attributes:
        flash, ram, stack: bytes; RAM is without the stack.
        network_difference, difference: largest of an activation from ONNX Runtime's, of frames and of samples.
        macs: a second of audio, without the front end.
        network_instructions, instructions: executed a second of audio.
        delay: ms from a frame's centre until it is told of, at most.
        score, dense: of the ticket and of its dense network on the synthetic test clips, by the ticket's card, in
            `metric`'s unit; none ("") without a card, and in eight bits, of which a card says nothing.
    """

    task: str
    ticket: str
    metric: str
    score: float | None
    dense: float | None
    core: str
    parameters: int
    flash: int
    ram: int
    stack: int
    network_difference: float
    difference: float
    macs: int
    network_instructions: int
    instructions: int
    delay: float


KINDS: dict[str, Callable[[str], Any]] = {
    "int": int,
    "float": float,
    "str": str,
    "float | None": lambda cell: float(cell) if cell else None,
}
"""How a cell is read, by its column's type."""
COLUMNS = tuple(field.name for field in fields(Measured))


def write(path: Path, rows: Sequence[Measured]) -> None:
    """Write the table."""
    write_rows(path, COLUMNS, (_cells(row) for row in rows))


def _cells(row: Measured) -> dict[str, Any]:
    return {name: "" if value is None else value for name, value in asdict(row).items()}


def read(path: Path) -> list[Measured]:
    """Read what `write` wrote.

    Raises:
        InputError: the file is missing, or a cell is not what it must be.
    """
    made = []
    for number, row in enumerate(read_rows(path, COLUMNS), start=2):
        try:
            made.append(Measured(**{field.name: KINDS[str(field.type)](row[field.name]) for field in fields(Measured)}))
        except ValueError as error:
            raise InputError(f"{path}, line {number}: {error}") from error
    return made
