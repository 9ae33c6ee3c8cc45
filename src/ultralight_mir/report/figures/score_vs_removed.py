"""Score against the fraction of parameters removed: all cases in one figure, and one figure per task."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

from ultralight_mir.paths import DENSE
from ultralight_mir.records import CASE
from ultralight_mir.report.analysis import Analysis
from ultralight_mir.report.figures.chosen import keep
from ultralight_mir.report.figures.chosen import note as left_out
from ultralight_mir.report.figures.style import (
    INK,
    MUTED,
    RULE,
    Drawing,
    Line,
    handles,
    lines,
    panels,
    score_limits,
    seeds_note,
    source_note,
)
from ultralight_mir.report.figures.telling import ends
from ultralight_mir.report.formats import percent
from ultralight_mir.report.headlines import PAPER_BETTER, PAPER_NO_LOSS

TICKS = (0.0, 0.5, 0.75, 0.85, 0.9, 0.95, 0.98, 0.99, 0.995, 0.998, 0.999)
SPARSE = (0.0, 0.5, 0.9, 0.98, 0.998)
_SHADES = ("#ebf2f8", "#f5f9fc")


TITLE = "score against parameters removed"
DATA = [*CASE, "test_corpus", "strategy", "removed", "score", "score_min", "score_max", "seeds"]
"""Columns that are drawn."""


def draw(analysis: Analysis) -> Iterator[Drawing]:
    """`score_vs_removed`: a panel per task, network and training corpus."""
    frame = keep(analysis.means[analysis.means["own"]], analysis.means)
    title = f"{frame['task'].iloc[0].capitalize()}: {TITLE}" if frame["task"].nunique() == 1 else TITLE.capitalize()
    alt, figure = _figure(analysis, title, frame, columns=3)
    yield Drawing("score_vs_removed", alt, figure, section="overview", order=10, data=frame[DATA])


def draw_tasks(analysis: Analysis) -> Iterator[Drawing]:
    """`score_vs_removed_<task>`: a panel per test corpus, network and training corpus."""
    for task, frame in keep(analysis.means, analysis.means).groupby("task", sort=False):
        alt, figure = _figure(analysis, f"{str(task).capitalize()}: {TITLE}", frame, columns=2)
        yield Drawing(f"score_vs_removed_{task}", alt, figure, section=str(task), order=10, data=frame[DATA])


def _figure(analysis: Analysis, title: str, frame: pd.DataFrame, columns: int) -> tuple[str, Figure]:
    """What a person who cannot see it is told, and the figure."""
    legend: list[Artist] = [*handles(frame)]
    if frame["removed"].max() > 0:
        legend.append(Patch(facecolor=_SHADES[0], edgecolor=RULE, label=f"paper: better (to {percent(PAPER_BETTER)})"))
        legend.append(Patch(facecolor=_SHADES[1], edgecolor=RULE, label=f"no loss (to {percent(PAPER_NO_LOSS)})"))
    cases = [(key, case) for key, case in frame.groupby([*CASE, "test_corpus"], sort=False)]
    note = f"{source_note(analysis.records, frame)}  {seeds_note(frame)}  {left_out(analysis.means, frame)}".strip()
    height = 2.35 if len(cases) > 2 else 3.2
    figure, axes = panels(len(cases), columns, title, height, legend, note)
    looks = lines(frame)
    alt = [f"{title}: a line a strategy, from dense on the left to the most removed on the right."]
    for panel, (key, case) in zip(axes, cases, strict=True):
        _, task, network, test = key
        metric = analysis.records.metrics.headline(str(task))
        _lines(panel, case, looks)
        if len(cases) > 1:
            panel.set_title(_panel_title(frame, str(task), str(network), str(test)))
        panel.set_ylabel(metric.axis)
        score_limits(panel, [*case["score_min"], *case["score_max"]], metric.unit)
        told = ends(case, case.loc[case["strategy"] != DENSE, "strategy"].unique(), metric)
        alt.append(f"{str(task).capitalize()}, {network}, {metric.label} on {test}: {told}.")
    for panel in axes[-min(columns, len(axes)) :]:
        panel.set_xlabel("parameters removed (%)")
    return " ".join(alt), figure


def _lines(panel: Axes, case: pd.DataFrame, looks: dict[str, Line]) -> None:
    dense = case[case["strategy"] == "dense"]
    for score, low, high in dense[["score", "score_min", "score_max"]].to_numpy():
        panel.axhline(score, color=INK, linewidth=1.1, zorder=3)
        if high > low:
            panel.axhspan(low, high, color=INK, alpha=0.08, linewidth=0, zorder=2)
    for name, line in looks.items():
        rungs = case[case["strategy"] == name].sort_values("removed")
        if rungs.empty:
            continue
        path = pd.concat([dense, rungs])
        x = place_removed(path["removed"])
        panel.plot(x, path["score"], markevery=range(len(dense), len(path)), **line.plot())
        if (path["score_max"] > path["score_min"]).any():
            low, high = path["score_min"], path["score_max"]
            panel.fill_between(x, low, high, color=line.color, alpha=0.16, linewidth=0, zorder=2)
    removed_axis(panel, float(case["removed"].max()))


def place_removed(removed: pd.Series[float]) -> np.ndarray:
    """Removed → place on the axis: logarithmic in what is kept, so that every halving of the network is as wide."""
    return -np.log2(np.clip(1 - removed.to_numpy(float), 1e-6, 1.0))


def removed_axis(panel: Axes, most: float, sparse: bool = False) -> None:
    """The axis of what was removed, up to `most`; `sparse`: fewer ticks, for a small panel."""
    end = max(float(place_removed(pd.Series([most]))[0]), 1.0) * 1.05
    panel.set_xlim(-0.04 * end, end)
    left = -0.04 * end
    for claim, shade in zip((PAPER_BETTER, PAPER_NO_LOSS), _SHADES, strict=True):
        right = min(float(place_removed(pd.Series([claim]))[0]), end)
        if right > left:
            panel.axvspan(left, right, color=shade, linewidth=0, zorder=0)
        left = right
    panel.xaxis.set_major_locator(FixedLocator(list(place_removed(pd.Series(SPARSE if sparse else TICKS)))))
    panel.xaxis.set_minor_locator(NullLocator())
    panel.xaxis.set_major_formatter(FuncFormatter(lambda x, _: f"{100 * (1 - 2.0**-x):.3g}"))
    panel.tick_params(axis="x", length=3, colors=MUTED)


def _panel_title(frame: pd.DataFrame, task: str, network: str, test: str) -> str:
    """Of task, network and test corpus, what differs within the figure."""
    same_task = frame[frame["task"] == task]
    parts = [task.capitalize()] if frame["task"].nunique() > 1 else []
    if same_task["network"].nunique() > 1:
        parts.append(network)
    if frame["test_corpus"].nunique() > 1:
        parts.append(f"tested on {test}")
    title = " · ".join(parts)
    return title[:1].upper() + title[1:]
