"""Figures: files known beforehand, the same bytes each time, and nothing clipped or in each other's way."""

from __future__ import annotations

import re
from itertools import pairwise
from pathlib import Path

import matplotlib as mpl
import pytest
from fake_results import Grid, analysis, board, write_results
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.text import Text

from ultralight_mir.records import read_records
from ultralight_mir.registry import find
from ultralight_mir.report import figures
from ultralight_mir.report.analysis import Analysis
from ultralight_mir.report.figures.style import RC, Drawing, lines
from ultralight_mir.report.means import tickets

GRIDS = {
    "default": Grid(),
    "recordings, seeds": Grid(tasks=("drums", "singing"), real=("recordings",), seeds=2, removed=(0.5, 0.9)),
    "systems and devices": Grid(
        tasks=("onset", "pitch"),
        real=("recordings",),
        systems=("one", "a_system_of_a_long_name"),
        removed=(0.5, 0.9),
        boards=[board("onset"), board("pitch", score=80.0), board("pitch", ticket="smallest", score=70.0)],
    ),
    "three test corpora": Grid(tasks=("onset",), real=("recordings", "others"), strategies=("trim", "mask")),
    "networks": Grid(tasks=("drums",), networks=("spectral_cnn", "crnn"), removed=(0.5, 0.9)),
    "one rung": Grid(tasks=("pitch",), strategies=("trim",), removed=(0.9,)),
    "many strategies": Grid(
        tasks=("drums",),
        removed=(0.5, 0.9),
        strategies=("trim", "mask", "local_batchnorm", "taylor_xavier", "reinit", "random"),
    ),
    "far": Grid(tasks=("onset",), strategies=("trim",), removed=(0.1, 0.9, 0.99, 0.999)),
    "folds": Grid(tasks=("drums",), strategies=("trim",), removed=(0.9,), folds=7),
}


def drawings(folder: Path, grid: Grid) -> list[Drawing]:
    source = analysis(folder, grid)
    with mpl.rc_context(RC):
        return [drawing for name in figures.FIGURES for drawing in find("figure", name, figures.FIGURES)(source)]


def words(figure: Figure) -> list[Text]:
    """Every text that is seen: not empty, and for tick labels within the axis."""
    return [text for text in figure.findobj(Text) if text.get_text().strip() and text.get_visible()]


@pytest.mark.parametrize("name", GRIDS)
def test_nothing_is_clipped_or_overlaps(tmp_path: Path, name: str) -> None:
    for drawing in drawings(tmp_path, GRIDS[name]):
        figure = drawing.figure
        with mpl.rc_context(RC):
            canvas = FigureCanvasAgg(figure)
            canvas.draw()
        renderer = canvas.get_renderer()
        width, height = figure.bbox.width, figure.bbox.height
        for text in figure.texts + figure.legends + [axes.title for axes in figure.axes]:
            box = text.get_window_extent(renderer)
            assert box.x1 <= width + 1 and box.y1 <= height + 1 and box.x0 >= -1 and box.y0 >= -1, (drawing.name, text)
        below = max((text.get_window_extent(renderer).y1 for text in figure.texts[1:]), default=0)
        above = min([text.get_window_extent(renderer).y0 for text in figure.texts[:1]])
        for axes in figure.axes:
            box = axes.get_tightbbox(renderer)
            assert box is not None
            assert box.y0 >= below - 1 and box.y1 <= above + 1, drawing.name
            assert box.x0 >= -1 and box.x1 <= width + 1, drawing.name
            low, high = sorted(axes.get_xlim())
            ticks = [tick for tick in axes.xaxis.get_major_ticks() if low <= tick.get_loc() <= high]
            boxes = [tick.label1.get_window_extent(renderer) for tick in ticks if tick.label1.get_text()]
            assert boxes, drawing.name
            for left, right in pairwise(sorted(boxes, key=lambda box: box.x0)):
                assert left.x1 <= right.x0, (drawing.name, axes.get_title())


def test_files_of_a_grid_are_known_beforehand_and_reproducible(tmp_path: Path) -> None:
    write_results(
        tmp_path / "results", Grid(tasks=("drums",), real=("recordings",), strategies=("trim",), removed=(0.5,))
    )
    whole = Analysis.of(read_records(tmp_path / "results"))
    _, first = figures.draw(whole, tmp_path / "first")
    names = {*figures.names(["drums"]), "time", "synthetic_vs_real"}
    assert {path.name for path in first} == {
        f"{name}.{form}" for name in names for form in ("svg", "pdf", "png", "csv")
    }
    again = Analysis.of(read_records(tmp_path / "results"))
    _, second = figures.draw(again, tmp_path / "second", threads=2)
    for one, other in zip(first, second, strict=True):
        assert one.read_bytes() == other.read_bytes(), one.name


def test_without_recordings_or_times_their_figures_are_left_out(tmp_path: Path) -> None:
    names = [drawing.name for drawing in drawings(tmp_path, Grid(tasks=("onset",), removed=(0.5,), times=False))]
    assert names == [
        "score_vs_removed",
        "score_vs_removed_onset",
        "score_vs_cost",
        "score_vs_cost_onset",
        "widths_onset",
    ]


def test_embedded_corpora_are_called_so_on_every_figure_drawn_from_them(tmp_path: Path) -> None:
    for drawing in drawings(tmp_path, GRIDS["recordings, seeds"]):
        if drawing.name.startswith(("score", "synthetic")):
            assert any("mbedded (synthesised)" in text.get_text() for text in words(drawing.figure)), drawing.name


def test_axes_have_units_and_lines_differ_without_colour(tmp_path: Path) -> None:
    drawn = {
        drawing.name: drawing for drawing in drawings(tmp_path, Grid(tasks=("instrument", "chord"), removed=(0.5,)))
    }
    labels = [axes.get_ylabel() for axes in drawn["score_vs_removed"].figure.axes]
    assert labels[0] == "accuracy (%)"
    assert all(label.endswith("(%)") for label in labels)
    looks = lines(tickets(read_records(tmp_path)))
    assert len({(line.marker, str(line.dashes)) for line in looks.values()}) == 4


@pytest.mark.parametrize("name", ["recordings, seeds", "systems and devices", "many strategies"])
def test_who_cannot_see_a_figure_is_told_what_is_in_it_and_has_its_numbers(tmp_path: Path, name: str) -> None:
    grid = GRIDS[name]
    for drawing in drawings(tmp_path, grid):
        first, _, rest = drawing.alt.partition(". ")
        assert re.search("line a strategy|panel each|row a device|heat maps|dots|[Bb]ars|score over", first), (
            "what is drawn over what"
        )
        assert rest.endswith(".") and re.search(r"\d", rest), "and what comes of it"
        assert not re.search(r"\de[+-]?\d|nan", drawing.alt), "no powers of ten"
        assert all(task.capitalize() in drawing.alt for task in grid.tasks if drawing.section in (task, "overview"))
        assert len(drawing.alt) < 1200
        assert drawing.data is not None and len(drawing.data) and not drawing.data.duplicated().any()
        shown = {"trim", *grid.systems} if drawing.name == "systems" else {"trim"}
        assert drawing.name in ("time", "devices") or shown <= {
            *drawing.data["strategy"],
            *drawing.data.get("system", ()),
        }


def test_the_numbers_of_a_figure_are_those_it_draws(tmp_path: Path) -> None:
    drawn = {d.name: d for d in drawings(tmp_path, Grid(tasks=("drums",), strategies=("trim",), removed=(0.5, 0.9)))}
    data, axes = drawn["score_vs_removed_drums"].data, drawn["score_vs_removed_drums"].figure.axes[0]
    assert data is not None
    (line,) = [line for line in axes.lines if len(line.get_xdata()) > 2]
    assert list(line.get_ydata()) == list(data["score"])
    worst = data.iloc[-1]
    assert (
        f"trim {worst['score']:.1f}\u202f% at {100 * worst['removed']:.0f}\u202f% removed"
        in drawn["score_vs_removed"].alt
    )


def test_a_masked_network_stands_at_the_cost_of_the_dense_one(tmp_path: Path) -> None:
    grid = Grid(tasks=("drums",), strategies=("mask",))
    (drawing,) = [drawing for drawing in drawings(tmp_path, grid) if drawing.name == "score_vs_cost"]
    curve = next(
        line for line in drawing.figure.axes[0].lines if line.get_marker() == "o" and len(line.get_xdata()) > 1
    )
    assert len(set(curve.get_xdata())) == 1
