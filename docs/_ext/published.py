"""Results that others published, from the one file that has them (`published.csv`). Each was read where it says."""

from __future__ import annotations

import csv
from dataclasses import dataclass, fields
from pathlib import Path

import md

from ultralight_mir.tasks import TASKS

FILE = Path(__file__).parents[1] / "published.csv"


@dataclass(frozen=True)
class Published:
    """One number.

    Attributes:
        task: a registered task.
        system: what was scored.
        data: what it was scored on.
        measure: of what the number is.
        percent: the number, with the digits that it was published with.
        year: of publication; "" where it was not found.
        where: the page or the file that it was read in.
        address: of that, at the commit that was read where there is one.
        comparable: in a sentence, whether it may be set beside our numbers, and why not.
    """

    task: str
    system: str
    data: str
    measure: str
    percent: str
    year: str
    where: str
    address: str
    comparable: str


def read(path: Path = FILE) -> list[Published]:
    """All of them, in the file's order.

    Raises:
        ValueError: a column, a cell or a number is not what it should be, or a row stands there twice; names the line.
    """
    expected = [field.name for field in fields(Published)]
    with path.open(encoding="utf-8", newline="") as file:
        lines = list(csv.reader(file, strict=True))
    if lines[0] != expected:
        raise ValueError(f"{path}: columns {', '.join(lines[0])}, expected {', '.join(expected)}")
    found: list[Published] = []
    for number, cells in enumerate(lines[1:], 2):
        fault = _fault(cells, found)
        if fault:
            raise ValueError(f"{path}, line {number}: {fault}")
        found.append(Published(*cells))
    return found


def _fault(cells: list[str], before: list[Published]) -> str:
    """What is wrong with a line, in words; "" for nothing."""
    if len(cells) != len(fields(Published)):
        return f"{len(cells)} cells, expected {len(fields(Published))}"
    row = Published(*cells)
    empty = [name for name, cell in vars(row).items() if not cell.strip() and name != "year"]
    if empty:
        return f"{', '.join(empty)} empty"
    if row.task not in TASKS:
        return f"task '{row.task}', expected one of {', '.join(TASKS)}"
    if not row.percent.replace(".", "", 1).isdecimal() or not 1 < float(row.percent) <= 100:
        return f"percent '{row.percent}', expected a number above 1 (no fraction) and up to 100"
    if row.year and not (row.year.isdecimal() and 1990 <= int(row.year) <= 2100):
        return f"year '{row.year}', expected four digits or nothing"
    if not row.address.startswith("https://") or " " in row.address:
        return f"address '{row.address}', expected https://…"
    if row in before:
        return "stands there twice"
    return ""


def section(task: str) -> str:
    """The results of a task as a table, and below it, once each, whether they may be set beside ours."""
    rows = [row for row in read() if row.task == task]
    notes = list(dict.fromkeys(row.comparable for row in rows))
    head = ("system", "scored on", "measure", "value", "read in", "note")
    shown = [
        (r.system, r.data, r.measure, f"{r.percent} %", _source(r), f"{1 + notes.index(r.comparable)}") for r in rows
    ]
    listed = "\n".join(f"{number}. {note}" for number, note in enumerate(notes, 1))
    return (
        "What others have published: read where the table says, not measured here. None of it is a race with our"
        f" numbers; may it be set beside them?\n\n{md.table(head, shown)}\n{listed}"
    )


def _source(row: Published) -> str:
    return f"[{row.where}]({row.address})" + f" ({row.year})" * bool(row.year)
