"""Runs tickets in C on this machine: builds their folder as a library and pushes frames into it."""

from __future__ import annotations

import ctypes
import shutil
import subprocess
from pathlib import Path

import numpy as np

from ultralight_mir.errors import InputError
from ultralight_mir.tasks.base import Array

COMPILERS = ("gcc", "cc", "clang")
ASIDE = ("main.c", "check.c")
LIBRARY = "ticket.so"
LISTENER = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_uint32, ctypes.POINTER(ctypes.c_float))


class Host:
    """A ticket in C, built for this machine into its own folder; it hears one recording at a time.

    Args:
        folder: that `export --to c` wrote.
        outputs: of an activation.

    Raises:
        InputError: there is no compiler, or it refuses the folder.
    """

    def __init__(self, folder: Path, outputs: int) -> None:
        compiler = next(filter(None, map(shutil.which, COMPILERS)), None)
        if compiler is None:
            raise InputError(f"{folder}: no compiler, expected one of {', '.join(COMPILERS)} to run C")
        self.library = folder / LIBRARY
        sources = sorted(str(path) for path in folder.glob("*.c") if path.name not in ASIDE)
        command = [compiler, "-O3", "-shared", "-fPIC", *sources, "-lm", "-o", str(self.library)]
        built = subprocess.run(command, capture_output=True, text=True, check=False)
        if built.returncode:
            said = [line for line in built.stderr.splitlines() if "error" in line] or ["nothing said"]
            raise InputError(f"{folder}: does not build ({said[0][:200]})")
        self._c, self._outputs = ctypes.CDLL(str(self.library)), outputs

    def hear(self, rows: Array) -> Array:
        """Frames `[frames, bins]` → activations `[frames, outputs]`, or of clips `[outputs]` of their first window."""
        said: list[Array] = []
        listener = LISTENER(
            lambda _, frame, values: said.append(np.ctypeslib.as_array(values, (self._outputs,)).copy())
        )
        given = np.ascontiguousarray(rows, np.float32)
        self._c.ticket_begin()
        for row in given:
            self._c.ticket_push_frame(row.ctypes.data_as(ctypes.c_void_p), listener, None)
        self._c.ticket_end(listener, None)
        if not said:
            raise InputError(f"{len(rows)} frames: fewer than a window; this C says nothing of them")
        return np.stack(said) if len(said) == len(rows) else said[0]
