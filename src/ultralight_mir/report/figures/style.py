"""What all figures share: looks, the frame around the panels, axes in the field's terms, and writing to disk."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any, BinaryIO

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.backends.backend_pdf import FigureCanvasPdf
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine
from matplotlib.lines import Line2D
from matplotlib.ticker import FixedLocator, FuncFormatter, MaxNLocator, NullLocator

from ultralight_mir.errors import InputError
from ultralight_mir.files import replacing
from ultralight_mir.records import Records
from ultralight_mir.report.means import strategies

INK, MUTED, RULE, FAINT = "#1f2328", "#5f6670", "#d0d5da", "#e8ebee"
WIDTH = 9.6
"""Inches; the width of the page's column at 96 pixels an inch."""

RC: dict[Any, Any] = {
    "font.family": "DejaVu Sans",  # comes with matplotlib: the same figure on every machine
    "font.size": 9,
    "axes.titlesize": 10,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.titlepad": 7,
    "axes.labelsize": 9,
    "axes.labelcolor": MUTED,
    "axes.edgecolor": RULE,
    "axes.linewidth": 0.8,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.grid.axis": "y",
    "axes.axisbelow": True,
    "grid.color": FAINT,
    "grid.linewidth": 0.8,
    "text.color": INK,
    "xtick.color": RULE,
    "ytick.color": RULE,
    "xtick.labelcolor": MUTED,
    "ytick.labelcolor": MUTED,
    "xtick.labelsize": 8.5,
    "ytick.labelsize": 8.5,
    "ytick.major.size": 0,
    "legend.frameon": False,
    "legend.fontsize": 9,
    "lines.linewidth": 1.6,
    "lines.markersize": 5,
    "hatch.linewidth": 0.6,
    "pdf.fonttype": 42,
    "svg.fonttype": "path",
    "svg.hashsalt": "ultralight-mir",  # element ids, and so the file, are the same each time
}

# Colours of Okabe & Ito that hold up without colour vision; markers and dashes say the same without any colour.
_Looks = tuple[tuple[str, str, Any], ...]
_MAIN: _Looks = (("#0b62a4", "o", "-"), ("#d0561d", "s", (0, (5, 1.6))), ("#0a8a66", "D", (0, (7, 2, 1.5, 2))))
_MAIN += (("#8c4fa3", "P", (0, (3, 1))), ("#b08900", "*", (0, (9, 2))))
_CONTROL: _Looks = (("#71787f", "^", (0, (3, 2))), ("#8d959d", "X", (0, (1, 1.4))), ("#b5a48c", "v", (0, (4, 2, 1, 2))))


@dataclass(frozen=True)
class Drawing:
    """A figure with the name of its files and its place on the page.

    Attributes:
        alt: what a person who cannot see it is told: what is drawn over what, and what comes of it.
        section: "overview", a task, "recordings", "time", or any other name, which becomes a section of its own.
        order: its place among what the section holds (`report.sections`).
        data: the numbers that are drawn, in full, which are written beside the pictures as CSV; none, no file.
    """

    name: str
    alt: str
    figure: Figure
    section: str = "overview"
    order: int = 50
    data: pd.DataFrame | None = None


@dataclass(frozen=True)
class Line:
    """How a strategy looks in every figure."""

    color: str
    marker: str
    dashes: Any

    def plot(self) -> dict[str, Any]:
        """Keyword arguments for `Axes.plot`."""
        edge = {"markeredgecolor": "white", "markeredgewidth": 0.7}
        return {"color": self.color, "marker": self.marker, "linestyle": self.dashes, "zorder": 4} | edge


def lines(frame: pd.DataFrame) -> dict[str, Line]:
    """Strategy → its looks: what is tried in colours, controls in greys; `frame` is `tickets` or `over_seeds`."""
    controls = set(frame.loc[frame["control"], "strategy"])
    looks: dict[str, Line] = {}
    for name in strategies(frame):
        palette = _CONTROL if name in controls else _MAIN
        place = sum((other in controls) == (name in controls) for other in looks)
        looks[name] = Line(*palette[place % len(palette)])
    return looks


def handles(frame: pd.DataFrame) -> list[Artist]:
    """Legend entries: dense, then the strategies; controls are called so."""
    controls = set(frame.loc[frame["control"], "strategy"])
    entries: list[Artist] = [Line2D([], [], color=INK, linewidth=1.1, label="dense")]
    for name, line in lines(frame).items():
        label = f"{name} (control)" if name in controls else name
        entries.append(Line2D([], [], label=label, **line.plot()))
    return entries


def panels(
    count: int, columns: int, title: str, height: float = 2.35, legend: Iterable[Artist] = (), note: str = ""
) -> tuple[Figure, list[Axes]]:
    """A figure of `count` panels in rows of `columns`, with a title above, a note below, and one legend.

    The legend is a line above the panels; beside the panel where there is only one.

    Args:
        height: inches a row.
    """
    columns = min(columns, count)
    rows = -(-count // columns)
    entries = list(legend)
    width = 7.6 if count == 1 else WIDTH
    per_line = len(entries) if count == 1 else _entries_per_line(entries, width)
    legend_lines = 0 if count == 1 or not entries else -(-len(entries) // per_line)
    notes = textwrap.wrap(note, int(17 * width))
    top, bottom = 0.4 + 0.22 * legend_lines, 0.14 + 0.15 * len(notes)
    total = rows * height + top + bottom
    figure = Figure(figsize=(width, total), facecolor="white")
    FigureCanvasAgg(figure)
    beside = 2.1 / width if count == 1 and entries else 0.0
    within = (0.0, bottom / total, 1 - beside, 1 - (top + bottom) / total)
    figure.set_layout_engine(ConstrainedLayoutEngine(rect=within, w_pad=0.1, h_pad=0.08))
    axes = [figure.add_subplot(rows, columns, number + 1) for number in range(count)]
    figure.text(0.1 / width, 1 - 0.12 / total, title, fontsize=11, fontweight="bold", va="top")
    figure.text(0.1 / width, 0.1 / total, "\n".join(notes), fontsize=8, color=MUTED, va="bottom", linespacing=1.4)
    if count == 1 and entries:
        figure.legend(
            handles=entries, loc="upper left", bbox_to_anchor=(1 - beside, 1 - (top + 0.15) / total), labelspacing=0.8
        )
    elif entries:
        place = (0.02 / width, 1 - 0.33 / total)
        figure.legend(
            handles=entries, loc="upper left", bbox_to_anchor=place, ncols=per_line, columnspacing=1.4, handlelength=2.2
        )
    return figure, axes


def _entries_per_line(entries: Sequence[Artist], width: float) -> int:
    """As many legend entries as fit into a line; a letter is about 0.069 inches wide, the rest of an entry 0.5."""
    longest = sum(0.5 + 0.069 * len(str(entry.get_label())) for entry in entries)
    return max(1, -(-len(entries) // -(-int(100 * longest) // int(100 * width)))) if entries else 1


def source_note(records: Records, frame: pd.DataFrame) -> str:
    """Where the scores of a figure come from; embedded corpora are called a stand-in wherever they are drawn."""
    trained = [str(corpus) for corpus in frame["corpus"].unique()]
    recorded = [corpus for corpus in trained if not records.is_embedded(corpus)]
    recordings = [c for c in frame["test_corpus"].unique() if c not in recorded and not records.is_embedded(c)]
    note = f"Trained on recordings: {', '.join(recorded)}." if recorded else ""
    if len(recorded) == len(trained):
        return note
    if recordings:
        stand_in = "Trained on embedded (synthesised) corpora, a stand-in for real ones."
        stand_in += f" Recordings: {', '.join(recordings)}."
    else:
        stand_in = "Embedded (synthesised) corpora: a stand-in for real recordings."
    return f"{stand_in} {note}".strip()


def seeds_note(frame: pd.DataFrame, bands: bool = True) -> str:
    """What lines and bands are."""
    least, seeds = int(frame["seeds"].min()), int(frame["seeds"].max())
    if seeds == 1:
        return "One seed."
    counted = f"{seeds} seeds" if least == seeds else f"{least} to {seeds} seeds"
    return f"Lines: mean of {counted}; bands: lowest to highest." if bands else f"Means of {counted}."


def score_limits(axes: Axes, scores: Iterable[float], unit: str) -> None:
    """Limits around the scores with some air: at least 8 units high, and within the range of a percentage."""
    finite = [score for score in scores if np.isfinite(score)] or [0.0]
    low, high = min(finite), max(finite)
    middle, span = (low + high) / 2, max(high - low, 8.0 if unit == "%" else 1e-6)
    low, high = min(low, middle - span / 2) - 0.08 * span, max(high, middle + span / 2) + 0.1 * span
    if unit == "%":
        low, high = max(low, -1.0), min(high, 101.0)
        axes.yaxis.set_major_locator(MaxNLocator(5, steps=[1, 2, 5, 10], integer=True))
    axes.set_ylim(low, high)


def log_ticks(axes: Axes, values: Sequence[float]) -> None:
    """A logarithmic x axis over positive values, with few, plainly written ticks."""
    low, high = min(values), max(values)
    low, high = (low / 1.6, high * 1.6) if high / low < 1.6 else (low / 1.25, high * 1.25)
    axes.set_xscale("log")
    axes.set_xlim(low, high)
    for steps in ((1.0, 2.0, 5.0), (1.0, 3.0), (1.0,)):
        decades = range(int(np.floor(np.log10(low))), int(np.ceil(np.log10(high))) + 1)
        ticks = [step * 10.0**decade for decade in decades for step in steps if low <= step * 10.0**decade <= high]
        closest = min(np.diff(np.log10(ticks)), default=1.0) / np.log10(high / low)
        if closest > 0.25:  # of the axis: room for a label
            break
    axes.xaxis.set_major_locator(FixedLocator(ticks))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: short(value)))


def short(value: float) -> str:
    """A number in as few characters as tell it, and never in powers of ten: 1.5 M, 20 k, 0.00002."""
    for size, suffix in ((1e9, " G"), (1e6, " M"), (1e3, " k")):
        if abs(value) >= size * 0.9995:
            return f"{value / size:.3g}{suffix}"
    return np.format_float_positional(value, precision=2, fractional=False, trim="-")


def save(drawing: Drawing, folder: Path, forms: Collection[str] = ()) -> list[Path]:
    """Write SVG, PDF, PNG and the data as CSV, or some `forms` of them, the same bytes each time (no dates inside).

    By the canvases' own methods: `Figure.savefig` draws everything twice where there is a layout engine.

    Raises:
        InputError: there is no such form.
    """
    for form in forms:
        if form not in FORMATS:
            raise InputError(f"figure '{drawing.name}': form '{form}', expected one of {', '.join(FORMATS)}")
    figure, paths = drawing.figure, []
    with mpl.rc_context(RC):
        engine = figure.get_layout_engine()
        if engine is not None:
            engine.execute(figure)
            figure.set_layout_engine("none")  # the layout holds for all formats; finding it is slow
        for form in forms or FORMATS:
            if form == DATA and drawing.data is None:
                continue
            path = folder / f"{drawing.name}.{form}"
            content = BytesIO()  # on a full disk, matplotlib's PDF writer says something else than that
            FORMATS[form](drawing, content)
            with replacing(path) as scratch:
                scratch.write_bytes(content.getbuffer())
            paths.append(path)
    return paths


def _write_png(drawing: Drawing, file: BinaryIO) -> None:
    drawing.figure.set_dpi(160)
    FigureCanvasAgg(drawing.figure).print_png(file, metadata={"Software": None})


def _write_data(drawing: Drawing, file: BinaryIO) -> None:
    if drawing.data is not None:
        drawing.data.to_csv(file, index=False, lineterminator="\n")


DATA = "csv"
FORMATS: dict[str, Callable[[Drawing, BinaryIO], None]] = {
    "svg": lambda drawing, file: FigureCanvasSVG(drawing.figure).print_svg(file, metadata={"Date": None}),
    "pdf": lambda drawing, file: FigureCanvasPdf(drawing.figure).print_pdf(file, metadata={"CreationDate": None}),
    "png": _write_png,
    DATA: _write_data,
}
