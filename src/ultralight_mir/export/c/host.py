"""Runs tickets in C on this machine: builds their folder as a library and pushes frames into it."""

from __future__ import annotations

import ctypes
import shutil
import subprocess
from importlib.resources import as_file, files
from pathlib import Path

import numpy as np

from ultralight_mir.errors import InputError
from ultralight_mir.export import Engine
from ultralight_mir.export.c.arrays import numbers
from ultralight_mir.tasks.base import Array

COMPILERS = ("gcc", "cc", "clang")
ASIDE = ("main.c", "check.c")
CALLED = "hear.c"
"""Of this package, beside the folder's own files: it calls them once a recording, not once a frame."""
LIBRARY = "ticket.so"
PRECISIONS = {32: "float32-c", 8: "int8-c"}
"""By the bits of the network's weights."""


class Host:
    """A ticket in C, built for this machine into its own folder; it hears one recording at a time.

    Args:
        folder: that `export --to c` wrote.

    Raises:
        InputError: there is no compiler, it refuses the folder, or what it makes cannot be loaded.
    """

    def __init__(self, folder: Path) -> None:
        self.library = folder / LIBRARY
        _build(folder, self.library)
        self.told = numbers(folder / "ticket_tables.h")
        try:
            self._hear = ctypes.CDLL(str(self.library)).host_hear
        except OSError as error:
            raise InputError(f"{self.library}: cannot be loaded, expected a folder to run from ({error})") from error
        pointer = ctypes.POINTER(ctypes.c_float)
        self._hear.argtypes, self._hear.restype = [pointer, ctypes.c_size_t, pointer, ctypes.c_size_t], ctypes.c_size_t

    def hear(self, rows: Array) -> Array:
        """Frames `[frames, bins]` (waveform `[samples]`) → activations `[frames, outputs]`.

        Of clips `[outputs]`, of their first window.

        A clip that is shorter than a window has silence after it, as where a device hears it.
        """
        lacking = max(0, self.told["TICKET_WINDOW"] - len(rows))
        given = np.asarray(rows, np.float32).reshape(len(rows), self.told["TICKET_BINS"])
        given = np.pad(given, ((0, lacking), (0, 0)))
        said = np.empty((1 + len(given) // self.told["TICKET_EVERY"], self.told["TICKET_OUTPUTS"]), np.float32)
        count = self._hear(_pointer(given), len(given), _pointer(said), len(said))
        return said[:count] if self.told["TICKET_FRAMEWISE"] else said[0]


def engine(folder: Path) -> Engine:
    """A folder of C, built and made ready to run. (`export.engine`.)

    Raises:
        InputError: as `Host`.
    """
    host = Host(folder)
    return Engine(host.hear, PRECISIONS[host.told["TICKET_BITS"]], host.told["TICKET_WEIGHTS"])


def _build(folder: Path, library: Path) -> None:
    compiler = next(filter(None, map(shutil.which, COMPILERS)), None)
    if compiler is None:
        raise InputError(f"{folder}: no compiler, expected one of {', '.join(COMPILERS)} to run C")
    sources = sorted(str(path) for path in folder.glob("*.c") if path.name not in ASIDE)
    with as_file(files(__package__).joinpath(CALLED)) as called:
        command = [compiler, "-O3", "-shared", "-fPIC", "-I", str(folder), *sources, str(called), "-lm"]
        built = subprocess.run([*command, "-o", str(library)], capture_output=True, text=True, check=False)
    if built.returncode:
        said = [line for line in built.stderr.splitlines() if "error" in line] or ["nothing said"]
        raise InputError(f"{folder}: does not build ({said[0][:200]})")


def _pointer(values: Array) -> ctypes._Pointer[ctypes.c_float]:
    return values.ctypes.data_as(ctypes.POINTER(ctypes.c_float))
