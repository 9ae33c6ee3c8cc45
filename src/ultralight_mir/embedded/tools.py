"""The programs of the machine that firmware is built and run with."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

from ultralight_mir.errors import InputError

COMPILER, SIZE, EMULATOR = "arm-none-eabi-gcc", "arm-none-eabi-size", "qemu-system-arm"
PACKAGES = {COMPILER: "gcc-arm-none-eabi", SIZE: "gcc-arm-none-eabi", EMULATOR: "qemu-system-arm"}
"""Debian's packages, by program; the compiler wants its C library, `LIBRARY`, beside it."""
LIBRARY = "libnewlib-arm-none-eabi"
LONGEST = 600.0
"""Seconds that a program may take."""


def check_tools() -> None:
    """That all programs are there.

    Raises:
        InputError: one is missing; says what to install.
    """
    missing = [name for name in PACKAGES if shutil.which(name) is None]
    if missing:
        wanted = " ".join(dict.fromkeys([*PACKAGES.values(), LIBRARY]))
        raise InputError(f"{', '.join(missing)}: not installed, expected Debian's (apt-get install {wanted})")


def call(command: Sequence[str | Path], what: str) -> str:
    """What a program prints, on either of its outputs: QEMU passes on a firmware's words on the second.

    Raises:
        InputError: it fails or takes too long; `what` begins the message.
    """
    try:
        done = subprocess.run(
            command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False, timeout=LONGEST
        )
    except subprocess.TimeoutExpired as error:
        raise InputError(f"{what}: not done after {LONGEST:g} s") from error
    if done.returncode:
        said = [line for line in done.stdout.splitlines() if line.strip()]
        told = next((line for line in said if "error" in line), said[-1] if said else "nothing said")
        raise InputError(f"{what}: failed with {done.returncode} ({told.strip()[:200]})")
    return done.stdout


def compiler_version() -> str:
    """The compiler's name and version, on one line."""
    return call([COMPILER, "--version"], COMPILER).splitlines()[0]
