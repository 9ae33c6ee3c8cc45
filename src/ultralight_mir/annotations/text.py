"""Annotation files as text: reading them whole, and their lines one by one."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path

from ultralight_mir.errors import InputError


def content(path: Path) -> str:
    """The text of a file, without the mark that some editors put first.

    Raises:
        InputError: it is missing or no text.
    """
    try:
        return path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise InputError(f"{path}: not readable as text ({error.strerror})") from error
    except (UnicodeDecodeError, ValueError) as error:
        raise InputError(f"{path}: not readable as text ({error})") from error


def rows(path: Path) -> Iterator[tuple[str, str]]:
    """(where, line) of each line that is neither blank nor a comment (`#`); `where` names file and line."""
    for number, line in enumerate(content(path).splitlines(), start=1):
        if line.strip() and not line.startswith("#"):
            yield f"{path}, line {number}", line


def number(cell: str) -> float:
    """A finite number; NaN where the cell is none."""
    try:
        value = float(cell)
    except ValueError:
        return math.nan
    return value if math.isfinite(value) else math.nan
