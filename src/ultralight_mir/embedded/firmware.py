"""Builds a folder of C for a bare core, and reads off the file what it takes of flash and RAM."""

from __future__ import annotations

from importlib.resources import as_file, files
from pathlib import Path
from typing import NamedTuple

from ultralight_mir.embedded.cores import FLAGS, Core
from ultralight_mir.embedded.tools import COMPILER, SIZE, call
from ultralight_mir.errors import InputError

ASIDE = "main.c"
"""The host's own of the files of C."""
VECTOR = '-DVECTOR_PLACE=__attribute__((section(".vector")))'
FLASH, RAM = (".text", ".ARM.exidx", ".data"), (".data", ".bss")
"""Sections that stand in each; the test vector and the stack are apart."""


class Sizes(NamedTuple):
    """Bytes of flash, and of RAM without the stack. The start code and the check are in it: about 1.5 KB."""

    flash: int
    ram: int


def build(folder: Path, core: Core, out: Path) -> Sizes:
    """Build a folder that `export --to c` wrote as the firmware `out`.

    Raises:
        InputError: the folder holds no such C, or the compiler refuses it.
    """
    sources = sorted(path for path in folder.glob("*.c") if path.name != ASIDE)
    if not (folder / "ticket.c").exists():
        raise InputError(f"{folder}: no ticket.c, expected a folder that ultralight-mir export --to c wrote")
    with as_file(files(__package__).joinpath("firmware")) as board:
        linked: list[str | Path] = ["-nostartfiles", "--specs=nano.specs", "-Wl,--gc-sections", "-T", board / "mps2.ld"]
        included: list[str | Path] = ["-I", board, "-I", folder, VECTOR]
        command: list[str | Path] = [
            COMPILER,
            *core.flags,
            *FLAGS,
            *linked,
            *included,
            *sorted(board.glob("*.c")),
            *sources,
        ]
        call([*command, "-lm", "-o", out], f"{folder.name}, {core.name}")
    return sizes(out)


def sizes(firmware: Path) -> Sizes:
    """What a firmware takes."""
    said = [line.split() for line in call([SIZE, "-A", firmware], str(firmware)).splitlines()]
    found = {words[0]: int(words[1]) for words in said if len(words) == 3 and words[1].isdigit()}
    return Sizes(*(sum(found.get(name, 0) for name in names) for names in (FLASH, RAM)))
