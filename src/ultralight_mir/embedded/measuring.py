"""What a ticket takes on a core: measured under QEMU, as a row of `embedded.csv`."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, NamedTuple

from ultralight_mir.embedded import emulator, firmware
from ultralight_mir.embedded.cores import CORES, Core
from ultralight_mir.embedded.table import Measured
from ultralight_mir.errors import InputError
from ultralight_mir.export import export
from ultralight_mir.export.c import AGREED, INT8_AGREED
from ultralight_mir.export.c.arrays import numbers
from ultralight_mir.footprint import macs_of
from ultralight_mir.ticket import Ticket
from ultralight_mir.tickets import CARD
from ultralight_mir.tickets.cards import read_card
from ultralight_mir.weights import count_parameters

if TYPE_CHECKING:
    from ultralight_mir.tasks.base import Array


class Named(NamedTuple):
    """A ticket to measure: its task, what to call it, its folder."""

    task: str
    name: str
    folder: Path


def measure(
    tickets: Sequence[Named],
    cores: Sequence[Core] = CORES,
    calibrate: Callable[[Ticket, Path], Sequence[Array] | None] = lambda ticket, folder: None,
) -> Iterator[Measured]:
    """Build and run tickets on cores, one row each.

    Args:
        calibrate: inputs of training clips for a ticket in that folder, for eight bits; None: float32.

    Raises:
        InputError: a ticket has no C, a program fails, or the network's output is not ONNX Runtime's.
    """
    for ticket in tickets:
        read = Ticket.read_folder(ticket.folder)
        with TemporaryDirectory() as folder:
            source = Path(folder) / f"{ticket.task}-{ticket.name}"
            clips = calibrate(read, ticket.folder)
            export("c" if clips is None else "c-int8", read, source, True, clips)
            for core in cores:
                yield _row(ticket, read, source, core, whole=clips is not None)


def _row(named: Named, ticket: Ticket, source: Path, core: Core, whole: bool) -> Measured:
    out = source.with_suffix(f".{core.name}.elf")
    sizes, ran = firmware.build(source, core, out), emulator.run(out, core)
    agreed = INT8_AGREED if whole else AGREED
    if not ran.network <= agreed:
        raise InputError(f"{source.name}, {core.name}: differs by {ran.network:.1e}, expected at most {agreed}")
    told = numbers(source / "ticket_tables.h", source / "vector.h")
    seconds = told["VECTOR_SAMPLES"] / told["TICKET_RATE"]
    network = ticket.network()
    metric, score, dense = ("", None, None) if whole else _score(named.folder)
    return Measured(
        task=named.task,
        ticket=named.name + " int8" * whole,
        metric=metric,
        score=score,
        dense=dense,
        core=core.name,
        parameters=count_parameters(network),
        flash=sizes.flash,
        ram=sizes.ram,
        stack=ran.stack,
        network_difference=ran.network,
        difference=ran.samples,
        macs=macs_of(ticket),
        network_instructions=round(ran.network_instructions / seconds),
        instructions=round(ran.instructions / seconds),
        delay=round(1e3 * told["TICKET_DELAY"] / told["TICKET_RATE"], 1),
    )


def _score(folder: Path) -> tuple[str, float | None, float | None]:
    if not (folder / CARD).exists():
        return "", None, None
    first = read_card(folder).scores[0]
    return f"{first.metric}, {first.unit}", first.score, first.dense
