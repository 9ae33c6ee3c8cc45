"""The processors that firmware is built for, and the boards that QEMU has of them."""

from __future__ import annotations

from typing import NamedTuple


class Core(NamedTuple):
    """A processor.

    Attributes:
        name: Arm's.
        flags: of the compiler.
        board: QEMU's machine.
    """

    name: str
    flags: tuple[str, ...]
    board: str


CORES = (
    Core("cortex-m4", ("-mcpu=cortex-m4", "-mfpu=fpv4-sp-d16"), "mps2-an386"),
    Core("cortex-m7", ("-mcpu=cortex-m7", "-mfpu=fpv5-sp-d16"), "mps2-an500"),
)
FLAGS = ("-mthumb", "-mfloat-abi=hard", "-O3", "-ffunction-sections", "-fdata-sections")
"""Of the compiler, for every core."""
