"""Arrays as C."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

TYPES = {"f": ("float", "{:.9g}f"), "u": ("uint16_t", "{}"), "i": ("int16_t", "{}")}
"""A NumPy kind's type in C, and how its values are written."""
A_LINE = 12


def array(name: str, values: NDArray[np.generic], static: bool = True, note: str = "") -> str:
    """A constant array, flat; complex numbers as pairs.

    >>> print(array("cosines", np.array([1.0, 0.5], np.float32)))
    static const float cosines[2] = {
        1.0f, 0.5f
    };
    <BLANKLINE>
    """
    flat = np.ravel(values)
    if np.iscomplexobj(flat):
        flat = np.stack((flat.real, flat.imag), axis=1).ravel()
    kind, form = TYPES[flat.dtype.kind]
    said = [_literal(form, value) for value in flat.tolist()]
    lines = [", ".join(said[first : first + A_LINE]) for first in range(0, len(said), A_LINE)]
    begin = f"{'static ' if static else ''}const {kind} {name}[{max(1, len(said))}]{note} = {{\n    "
    return begin + ",\n    ".join(lines or ["0"]) + "\n};\n"


def _literal(form: str, value: float) -> str:
    text = form.format(value)
    if form.endswith("f") and not set(text) & set(".e"):
        return f"{text[:-1]}.0f"
    return text


def defines(values: Mapping[str, object]) -> str:
    """Constants of the preprocessor."""
    return "".join(f"#define {name} {_defined(value)}\n" for name, value in values.items())


def numbers(*headers: Path) -> dict[str, int]:
    """The whole numbers among the constants that header files define, by name."""
    told = "".join(path.read_text(encoding="utf-8") for path in headers)
    return {name: int(value) for name, value in re.findall(r"^#define (\w+) (\d+)$", told, re.M)}


def _defined(value: object) -> str:
    if isinstance(value, float):
        return _literal("{:.9g}f", value)
    return f'"{value}"' if isinstance(value, str) else f"{int(value)}"  # type: ignore[call-overload]


def header(guard: str, lines: Iterable[str]) -> str:
    """A header file."""
    return f"#ifndef {guard}\n#define {guard}\n\n" + "\n".join(lines) + "\n#endif\n"
