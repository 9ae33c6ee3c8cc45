"""The figures, by module; a new one is a module here and its name in `FIGURES`.

A figure's module has `draw(records, means, statistics)`, which yields the drawings it can make of these records.
"""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from ultralight_mir.records import Records, over_seeds, read_records, tickets
from ultralight_mir.statistics import Statistics, analyse

if TYPE_CHECKING:
    from ultralight_mir.figures.style import Drawing

FIGURES = ("score_vs_removed", "score_vs_cost", "widths", "time", "synthetic_vs_real")


def draw(records: Records, statistics: Statistics, folder: Path) -> tuple[list[Drawing], list[Path]]:
    """Draw all figures into `folder`: the drawings (name, alternative text), and the files written."""
    import matplotlib as mpl

    from ultralight_mir.figures.style import RC, save

    means = over_seeds(tickets(records))
    drawings: list[Drawing] = []
    for name in FIGURES:
        with mpl.rc_context(RC):
            drawings += import_module(f"ultralight_mir.figures.{name}").draw(records, means, statistics)
    return drawings, [path for drawing in drawings for path in save(drawing, folder)]


def draw_all(results: Path, folder: Path) -> list[Path]:
    """Draw all figures of a results folder (SVG, PDF and PNG) into `folder`.

    Raises:
        InputError: the results folder is incomplete or malformed.
    """
    records = read_records(results)
    return draw(records, analyse(records), folder)[1]
