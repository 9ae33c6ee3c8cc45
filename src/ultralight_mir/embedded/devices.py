"""What devices have, and which tickets fit them in real time: flash and RAM as measured, time as estimated."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import as_file, files
from pathlib import Path
from typing import NamedTuple, Protocol

from ultralight_mir.embedded.table import Measured
from ultralight_mir.errors import InputError
from ultralight_mir.files import read_rows

FILE = "devices.csv"
SHARE = 2 / 3
"""Of a core's time, that a ticket in real time may take by estimate: cores wait for memory and jumps, too."""
COLUMNS = ("device", "core", "flash_kib", "ram_kib", "clock_mhz", "cycles_per_mac")


class Takes(Protocol):
    """What a ticket takes, measured or estimated: bytes, and of a second of audio (`table.Measured`)."""

    @property
    def flash(self) -> int: ...  # noqa: D102
    @property
    def ram(self) -> int: ...  # noqa: D102
    @property
    def stack(self) -> int: ...  # noqa: D102
    @property
    def macs(self) -> int: ...  # noqa: D102
    @property
    def instructions(self) -> int: ...  # noqa: D102


@dataclass(frozen=True)
class Device:
    """A device's budget.

    Attributes:
        flash, ram: bytes (of what it loads programs from and into, where it has no flash).
        clock: Hz.
        cycles_per_mac: as published for a core like its own; 0 where nothing is.
    """

    name: str
    core: str
    flash: int
    ram: int
    clock: float
    cycles_per_mac: float

    def has(self, core: str) -> bool:
        """Whether the device's core is one that firmware is built for (`cores`): Cortex-M4F is cortex-m4."""
        return self.core.lower().removesuffix("f") == core

    def load(self, ticket: Takes) -> float:
        """The part of the device's time that a ticket takes: an estimate, nothing that was measured on it.

        The larger of two: the network's MACs at `cycles_per_mac`, and all executed instructions, front end included, at
        one a cycle. Cores that issue one at a time take at least that; others may take less.
        """
        return max(ticket.macs * self.cycles_per_mac, ticket.instructions) / self.clock

    def lacks(self, ticket: Takes) -> list[str]:
        """What the device has too little of, for a ticket in real time."""
        needs = {
            "flash": ticket.flash > self.flash,
            "RAM": ticket.ram + ticket.stack > self.ram,
            "time": self.load(ticket) > SHARE,
        }
        return [name for name, short in needs.items() if short]


def read_devices(path: Path | None = None) -> list[Device]:
    """The devices of the package, or of a file like its own.

    Raises:
        InputError: the file is missing, or a cell is not what it must be.
    """
    if path is None:
        with as_file(files(__package__).joinpath(FILE)) as own:
            return read_devices(own)
    made = []
    for number, row in enumerate(read_rows(path, COLUMNS), start=2):
        try:
            flash, ram, clock = (float(row[name]) for name in ("flash_kib", "ram_kib", "clock_mhz"))
            cycles = float(row["cycles_per_mac"] or 0)
        except ValueError as error:
            raise InputError(f"{path}, line {number}: {error}") from error
        if min(flash, ram, clock) <= 0 or cycles < 0:
            raise InputError(f"{path}, line {number}: expected flash, RAM and clock above zero")
        made.append(Device(row["device"], row["core"], int(1024 * flash), int(1024 * ram), 1e6 * clock, cycles))
    return made


class Choice(NamedTuple):
    """What of a task's tickets a device is given.

    Attributes:
        ticket: the best that fits in real time; None where none does.
        lacks: what it then has too little of for the smallest.
        measured: whether the tickets were built and run for the device's own core; else their sizes and instructions
            are those of another one.
    """

    device: Device
    task: str
    ticket: Measured | None
    lacks: list[str]
    measured: bool


def choices(rows: Sequence[Measured], devices: Sequence[Device]) -> list[Choice]:
    """Per device and task the best ticket, by what was measured on the device's own core, or else on the first."""
    made = []
    for device in devices:
        for task in dict.fromkeys(row.task for row in rows):
            mine = [row for row in rows if row.task == task]
            own = [row for row in mine if device.has(row.core)]
            used = own or [row for row in mine if row.core == mine[0].core]
            smallest = min(used, key=lambda row: row.instructions)
            made.append(Choice(device, task, best(device, used), device.lacks(smallest), bool(own)))
    return made


def named(devices: Sequence[Device], name: str) -> Device:
    """The device of a name.

    Raises:
        InputError: there is none.
    """
    for device in devices:
        if device.name == name:
            return device
    raise InputError(f"device '{name}': unknown, expected one of {', '.join(device.name for device in devices)}")


def published_cycles(core: str, devices: Sequence[Device]) -> float:
    """Cycles a MAC that are published for a core that firmware is built for; 0 where no device has it."""
    return next((device.cycles_per_mac for device in devices if device.has(core)), 0.0)


def best(device: Device, tickets: Sequence[Measured]) -> Measured | None:
    """The best of a task's tickets that fit a device in real time: by score, then the one that takes less time."""
    fitting = [ticket for ticket in tickets if not device.lacks(ticket)]
    return max(fitting, key=lambda ticket: (ticket.score or 0.0, -ticket.instructions), default=None)
