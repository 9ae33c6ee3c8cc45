"""Runs firmware under QEMU and reads what it says."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import NamedTuple

from ultralight_mir.embedded.cores import Core
from ultralight_mir.embedded.tools import EMULATOR, call
from ultralight_mir.errors import InputError

CLOCK = 25_000_000
"""Hz of the boards' timer."""
INSTRUCTIONS = 1_000_000_000
"""A second: QEMU is told that each takes one nanosecond (`-icount shift=0`), so that the timer counts instructions."""
OPTIONS = ("-nographic", "-monitor", "none", "-serial", "none", "-icount", "shift=0")
SEMIHOSTING = ("-semihosting-config", "enable=on,target=native")


class Run(NamedTuple):
    """What a firmware said.

    Attributes:
        stack: bytes, at most.
        network, samples: largest difference from ONNX Runtime, where frames and where samples went in.
        network_instructions, instructions: executed for the whole test vector, by the network alone and from
            samples on.
    """

    stack: int
    network: float
    samples: float
    network_instructions: int
    instructions: int


def run(firmware: Path, core: Core) -> Run:
    """Run a firmware to its end.

    Raises:
        InputError: it fails, takes too long, or does not say what it should.
    """
    command: list[str | Path] = [EMULATOR, "-machine", core.board, *OPTIONS, *SEMIHOSTING, "-kernel", firmware]
    words = [line.split() for line in call(command, f"{firmware.name}, {core.board}").splitlines()]
    said = {line[0]: line[1] for line in words if len(line) == 2}
    try:
        stack, network, samples, *ticks = (int(said[name], 16) for name in SAID)
    except KeyError as error:
        raise InputError(f"{firmware.name}, {core.board}: did not say {error.args[0]}") from error
    executed = [count * (INSTRUCTIONS // CLOCK) for count in ticks]
    return Run(stack, _float(network), _float(samples), executed[0], executed[1])


SAID = ("stack", "network", "samples", "network_ticks", "samples_ticks")


def _float(bits: int) -> float:
    (value,) = struct.unpack("<f", struct.pack("<I", bits))
    return float(value)
