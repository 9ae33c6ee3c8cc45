"""What devices have, and which tickets fit them in real time: flash and RAM as measured, time as estimated."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import as_file, files
from pathlib import Path

from ultralight_mir.embedded.measuring import Measured
from ultralight_mir.errors import InputError
from ultralight_mir.files import read_rows

FILE = "devices.csv"
SHARE = 2 / 3
"""Of a core's time, that a ticket in real time may take by estimate: cores wait for memory and jumps, too."""
COLUMNS = ("device", "core", "flash_kib", "ram_kib", "clock_mhz", "cycles_per_mac")


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

    def load(self, ticket: Measured) -> float:
        """The part of the device's time that a ticket takes: an estimate, nothing that was measured on it.

        The larger of two: the network's MACs at `cycles_per_mac`, and all executed instructions, front end included, at
        one a cycle. Cores that issue one at a time take at least that; others may take less.
        """
        return max(ticket.macs * self.cycles_per_mac, ticket.instructions) / self.clock

    def lacks(self, ticket: Measured) -> list[str]:
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


def best(device: Device, tickets: Sequence[Measured]) -> Measured | None:
    """The best of a task's tickets that fit a device in real time: by score, then the one that takes less time."""
    fitting = [ticket for ticket in tickets if not device.lacks(ticket)]
    return max(fitting, key=lambda ticket: (ticket.score or 0.0, -ticket.instructions), default=None)
