"""What a ticket takes on a core: measured under QEMU, as a row of `embedded.csv`."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

import torch

from ultralight_mir import cost
from ultralight_mir.embedded import emulator, firmware
from ultralight_mir.embedded.cores import CORES, Core
from ultralight_mir.errors import InputError
from ultralight_mir.export import export
from ultralight_mir.export.c import AGREED, INT8_AGREED
from ultralight_mir.features import get_feature
from ultralight_mir.features.store import Store
from ultralight_mir.files import read_rows, write_rows
from ultralight_mir.ticket import Ticket
from ultralight_mir.tickets import CARD
from ultralight_mir.tickets.cards import read_card


class Named(NamedTuple):
    """A ticket to measure: its task, what to call it, its folder."""

    task: str
    name: str
    folder: Path


@dataclass(frozen=True)
class Measured:
    """A row.

    Attributes:
        flash, ram, stack: bytes; RAM is without the stack.
        network_difference, difference: largest of an activation from ONNX Runtime's, of frames and of samples.
        macs: a second of audio, without the front end.
        network_instructions, instructions: executed a second of audio.
        delay: ms from a frame's centre until it is told of, at most.
        score: on the synthetic test clips, by the ticket's card, in `metric`'s unit; none ("") without a card, and in
            eight bits, of which a card says nothing.
    """

    task: str
    ticket: str
    metric: str
    score: float | None
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


def measure(
    tickets: Sequence[Named], cores: Sequence[Core] = CORES, calibration: Store | None = None
) -> Iterator[Measured]:
    """Build and run tickets on cores, one row each.

    Args:
        calibration: features of the corpus that they were trained on, for eight bits; float32 without.

    Raises:
        InputError: a ticket has no C, a program fails, or the network's output is not ONNX Runtime's.
    """
    for ticket in tickets:
        read = Ticket.read_folder(ticket.folder)
        with TemporaryDirectory() as folder:
            source = Path(folder) / f"{ticket.task}-{ticket.name}"
            export("c" if calibration is None else "c-int8", read, source, True, calibration)
            for core in cores:
                yield _row(ticket, read, source, core, whole=calibration is not None)


def _row(named: Named, ticket: Ticket, source: Path, core: Core, whole: bool) -> Measured:
    out = source.with_suffix(f".{core.name}.elf")
    sizes, ran = firmware.build(source, core, out), emulator.run(out, core)
    agreed = INT8_AGREED if whole else AGREED
    if not ran.network <= agreed:
        raise InputError(f"{source.name}, {core.name}: differs by {ran.network:.1e}, expected at most {agreed}")
    told = numbers(source)
    seconds = told["VECTOR_SAMPLES"] / told["TICKET_RATE"]
    network = ticket.network()
    metric, score = ("", None) if whole else _score(named.folder)
    return Measured(
        task=named.task,
        ticket=named.name + " int8" * whole,
        metric=metric,
        score=score,
        core=core.name,
        parameters=sum(part.numel() for part in network.parameters()),
        flash=sizes.flash,
        ram=sizes.ram,
        stack=ran.stack,
        network_difference=ran.network,
        difference=ran.samples,
        macs=round(_macs(ticket)),
        network_instructions=round(ran.network_instructions / seconds),
        instructions=round(ran.instructions / seconds),
        delay=round(1e3 * told["TICKET_DELAY"] / told["TICKET_RATE"], 1),
    )


def _score(folder: Path) -> tuple[str, float | None]:
    if not (folder / CARD).exists():
        return "", None
    first = read_card(folder).scores[0]
    return f"{first.metric}, {first.unit}", first.score


def _macs(ticket: Ticket, seconds: float = 10.0) -> float:
    feature = get_feature(str(ticket.feature["name"]))
    frames = round(seconds * feature.sample_rate / feature.hop)
    return cost.macs(ticket.network(), torch.zeros(1, frames, feature.bins)) / seconds


def numbers(source: Path) -> dict[str, int]:
    """Whole numbers that the headers of a folder of C define, by name."""
    told = "".join((source / name).read_text(encoding="utf-8") for name in ("ticket_tables.h", "vector.h"))
    return {name: int(value) for name, value in re.findall(r"^#define (\w+) (\d+)$", told, re.M)}


def write(path: Path, rows: Sequence[Measured]) -> None:
    """Write `embedded.csv`."""
    write_rows(path, COLUMNS, ({**asdict(row), "score": "" if row.score is None else row.score} for row in rows))


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
