"""The figures, by the name of their files. A new one is a module here and a line in `FIGURES`; or anybody's, as
`module:Name`.

A figure's function takes the `Analysis` and yields its `Drawing`s, each of which says where on the page it belongs.
Nothing here imports matplotlib before something is drawn: the workflow asks for names only.
"""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Collection, Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ultralight_mir.errors import InputError
from ultralight_mir.registry import find

if TYPE_CHECKING:
    from ultralight_mir.report.analysis import Analysis
    from ultralight_mir.report.figures.style import Drawing

TASK = "{task}"
"""In a figure's name: it is drawn for each task."""
FIGURES = {
    "score_vs_removed": "ultralight_mir.report.figures.score_vs_removed:draw",
    "score_vs_removed_{task}": "ultralight_mir.report.figures.score_vs_removed:draw_tasks",
    "strategies_{task}": "ultralight_mir.report.figures.strategies:draw",
    "score_vs_cost": "ultralight_mir.report.figures.score_vs_cost:draw",
    "score_vs_cost_{task}": "ultralight_mir.report.figures.score_vs_cost:draw_tasks",
    "widths_{task}": "ultralight_mir.report.figures.widths:draw",
    "time": "ultralight_mir.report.figures.time:draw",
    "systems": "ultralight_mir.report.figures.systems:draw",
    "synthetic_vs_real": "ultralight_mir.report.figures.synthetic_vs_real:draw",
    "devices": "ultralight_mir.report.figures.devices:draw",
}
SOMETIMES = ("strategies_{task}", "time", "systems", "synthetic_vs_real", "devices")
"""Drawn only where there is something to draw: the workflow cannot count on their files."""


def names(tasks: Sequence[str]) -> list[str]:
    """The figures that every run of these tasks draws, as their files are named, without extension."""
    always = [name for name in FIGURES if name not in SOMETIMES]
    return [name.replace(TASK, task) for name in always for task in (tasks if TASK in name else [""])]


def draw(
    analysis: Analysis,
    folder: Path,
    threads: int = 1,
    own: Iterable[str] = (),
    only: Collection[str] = (),
    forms: Collection[str] = (),
) -> tuple[list[Drawing], list[Path]]:
    """Draw all figures into `folder`, `threads` of them at a time.

    Args:
        own: figures beside the registered ones, as `module:Name`.
        forms: the kinds of files (`style.FORMATS`); all without.
        only: names of files, without extension, of those that are drawn; all without.

    Returns:
        The drawings, and the files written.

    Raises:
        InputError: a figure of one's own cannot be imported, two have one name, or there is none of a name in `only` or
            in `forms`.
    """
    import matplotlib as mpl

    from ultralight_mir.report.figures.style import RC, save

    drawings: dict[str, Drawing] = {}
    for name in (*FIGURES, *own):
        with mpl.rc_context(RC):
            for drawing in find("figure", name, FIGURES)(analysis):
                if drawing.name in drawings:
                    raise InputError(f"figure '{name}': draws '{drawing.name}', which another one draws already")
                drawings[drawing.name] = drawing
    for name in only:
        if name not in drawings:
            raise InputError(f"figure '{name}': these results have none, expected one of {', '.join(drawings)}")
    drawings = {name: drawing for name, drawing in drawings.items() if not only or name in only}
    paths = _in_parallel(lambda drawing: save(drawing, folder, forms), list(drawings.values()), threads)
    return list(drawings.values()), [path for part in paths for path in part]


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
    paths: list[Path] = _SHARED["do"](_SHARED["drawings"][number])
    return paths
