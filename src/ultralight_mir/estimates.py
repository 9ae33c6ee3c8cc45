"""What tickets take on a Cortex-M4 besides their networks, by feature: found of measured ones, `estimates.csv`.

`benchmarks/footprint.py` writes that table, and prints how well it tells of others. Planning reads it too: no torch.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from functools import lru_cache
from importlib.resources import as_file, files

from ultralight_mir.errors import InputError
from ultralight_mir.files import read_rows

FILE = "estimates.csv"


@dataclass(frozen=True)
class Besides:
    """What tickets of a feature take besides their networks, on a Cortex-M4.

    Attributes:
        flash, ram: bytes; RAM with the stack.
        instructions: of the front end, a second of audio.
        instructions_per_mac: of the network.
    """

    flash: float
    ram: float
    instructions: float
    instructions_per_mac: float

    def executed(self, macs: int) -> int:
        """Instructions a second of audio, of a network with so many multiply-accumulates and its front end."""
        return round(macs * self.instructions_per_mac + self.instructions)


@lru_cache(maxsize=1)
def known() -> dict[str, Besides]:
    """By feature, what was found."""
    names = [field.name for field in fields(Besides)]
    with as_file(files(__package__).joinpath(FILE)) as path:
        rows = list(read_rows(path, ("feature", *names)))
    return {row["feature"]: Besides(*(float(row[name]) for name in names)) for row in rows}


def besides(feature: str) -> Besides:
    """What tickets of a feature take besides.

    Raises:
        InputError: none was measured.
    """
    if feature not in known():
        raise InputError(f"feature '{feature}': no ticket with it was measured, expected one of {', '.join(known())}")
    return known()[feature]
