"""Exported C, built on this machine and run on its own check."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

needs_gcc = pytest.mark.skipif(shutil.which("gcc") is None, reason="gcc is not installed")


def check(folder: Path, *flags: str) -> tuple[int, dict[str, float]]:
    """What its own check says: largest differences, by what went in."""
    files = sorted(str(path) for path in folder.glob("*.c"))
    warned = ["-std=c99", "-Wall", "-Wextra", "-Werror"]
    command = ["gcc", "-O1", *warned, *flags, *files, "-lm", "-o", str(folder / "run")]
    built = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    assert built.returncode == 0, built.stderr
    done = subprocess.run([folder / "run"], capture_output=True, text=True, check=False, timeout=60)
    assert not done.stderr, done.stderr
    return done.returncode, {name: float(value) for name, value in map(str.split, done.stdout.splitlines())}
