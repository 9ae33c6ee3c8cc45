"""The figures, by module; a new one is a module here and its name in `FIGURES`.

A figure's module has `draw(records, means, statistics)`, which yields the drawings it can make of these records.
"""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ultralight_mir.records import Records, over_seeds, read_records, tickets
from ultralight_mir.report.statistics import Statistics, analyse

if TYPE_CHECKING:
    from ultralight_mir.report.figures.style import Drawing

FIGURES = ("score_vs_removed", "score_vs_cost", "widths", "time", "synthetic_vs_real")


def draw(records: Records, statistics: Statistics, folder: Path, threads: int = 1) -> tuple[list[Drawing], list[Path]]:
    """Draw all figures into `folder`, `threads` of them at a time: the drawings (name, alternative text), and the files
    written."""
    import matplotlib as mpl

    from ultralight_mir.report.figures.style import RC, save

    means = over_seeds(tickets(records))
    drawings: list[Drawing] = []
    for name in FIGURES:
        with mpl.rc_context(RC):
            drawings += import_module(f"ultralight_mir.report.figures.{name}").draw(records, means, statistics)
    written = _in_parallel(lambda drawing: save(drawing, folder), drawings, threads)
    return drawings, [path for paths in written for path in paths]


def _in_parallel(do: Callable[[Drawing], list[Path]], drawings: list[Drawing], threads: int) -> list[list[Path]]:
    """`do` for each; in forked processes, which have the figures without copying, where the system can fork."""
    if threads < 2 or "fork" not in multiprocessing.get_all_start_methods():
        return [do(drawing) for drawing in drawings]
    _SHARED.update(do=do, drawings=drawings)
    with ProcessPoolExecutor(threads, mp_context=multiprocessing.get_context("fork")) as pool:
        return list(pool.map(_do_one, range(len(drawings))))


_SHARED: dict[str, Any] = {}
"""What forked processes inherit."""


def _do_one(number: int) -> list[Path]:
    written: list[Path] = _SHARED["do"](_SHARED["drawings"][number])
    return written


def draw_all(results: Path, folder: Path) -> list[Path]:
    """Draw all figures of a results folder (SVG, PDF and PNG) into `folder`.

    Raises:
        InputError: the results folder is incomplete or malformed.
    """
    records = read_records(results)
    return draw(records, analyse(records), folder)[1]
