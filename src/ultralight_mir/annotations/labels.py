"""Label: the one word that a whole clip is annotated with (an instrument, a singing technique).

*Conventions.* A corpus keeps labels in `clips.csv`. An estimate's file has `class<TAB>probability` a line, the most
probable first, which is the label; a label without probabilities is a line of its own.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar

from ultralight_mir.annotations import text
from ultralight_mir.errors import InputError


@dataclass(frozen=True)
class Label:
    """`name` of the class; `probabilities`, 0…1, of all classes of an estimate (a reference has none)."""

    name: str
    probabilities: Mapping[str, float] = field(default_factory=dict, compare=False)
    suffix: ClassVar[str] = ".tsv"
    form: ClassVar[str] = "the name of a class"

    @classmethod
    def read(cls, path: Path, duration: float = math.inf) -> Label:
        """A text file. `duration` is there as in the other kinds; a word has none.

        Raises:
            InputError: it is unreadable or empty; a line is not a class and its probability.
        """
        rows: dict[str, float] = {}
        name = ""
        for where, line in text.rows(path):
            label, _, cell = (part.strip() for part in line.partition("\t"))
            probability = text.number(cell) if cell else 1.0
            if not label or not 0.0 <= probability <= 1.0:
                raise InputError(f"{where}: '{line}', expected a class and its probability (0…1)")
            name = name or label
            rows |= {label: probability} if cell else {}
        if not name:
            raise InputError(f"{path}: no label, expected {cls.form}")
        return cls(name, rows)

    def text(self) -> str:
        """`class<TAB>probability` a line, the label first, then the most probable; the label alone without them."""
        ordered = sorted(self.probabilities.items(), key=lambda row: (row[0] != self.name, -row[1]))
        return "".join(f"{name}\t{probability:.6f}\n" for name, probability in ordered) or f"{self.name}\n"
