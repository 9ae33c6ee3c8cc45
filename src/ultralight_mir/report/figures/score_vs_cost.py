"""Score against what a ticket costs: MACs for all tasks, and four costs for each task."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ultralight_mir.metrics import Metric
from ultralight_mir.paths import DENSE
from ultralight_mir.records import CASE
from ultralight_mir.report.analysis import Analysis
from ultralight_mir.report.figures.chosen import keep
from ultralight_mir.report.figures.style import (
    INK,
    Drawing,
    Line,
    handles,
    lines,
    log_ticks,
    panels,
    score_limits,
    seeds_note,
    source_note,
)
from ultralight_mir.report.figures.telling import scored
from ultralight_mir.report.formats import significant

RATIO = "cpu_ratio"
"""A ticket's time as a part of dense's, measured in turns with it; with the spread of the turns."""
COSTS = {
    "macs_per_second": "MACs per second of audio",
    "parameters": "parameters",
    "bytes": "bytes on disk",
    RATIO: "CPU time, dense = 1",
}
DATA = [*CASE, "test_corpus", "strategy", "removed", "score"]
"""Columns that are drawn, beside the costs."""


def draw(analysis: Analysis) -> Iterator[Drawing]:
    """`score_vs_cost`: a panel per task.

    Masked networks stay as large and as slow as the dense one, and stand where it stands.
    """
    own = keep(analysis.means[analysis.means["own"]], analysis.means)
    cases = [("macs_per_second", case) for _, case in own.groupby(CASE, sort=False)]
    alt, figure = _figure(analysis, "Score against computation", own, cases, columns=3)
    yield Drawing("score_vs_cost", alt, figure, section="overview", order=50, data=own[[*DATA, "macs_per_second"]])


def draw_tasks(analysis: Analysis) -> Iterator[Drawing]:
    """`score_vs_cost_<task>`: a row of panels per case, one for each cost."""
    for task, frame in keep(analysis.means[analysis.means["own"]], analysis.means).groupby("task", sort=False):
        cases = [(cost, case) for _, case in frame.groupby(CASE, sort=False) for cost in COSTS]
        alt, figure = _figure(analysis, f"{str(task).capitalize()}: score against cost", frame, cases, columns=4)
        data = frame[[*DATA, *COSTS, f"{RATIO}_low", f"{RATIO}_high"]]
        yield Drawing(f"score_vs_cost_{task}", alt, figure, section=str(task), order=50, data=data)


def _figure(
    analysis: Analysis, title: str, frame: pd.DataFrame, cases: list[tuple[str, pd.DataFrame]], columns: int
) -> tuple[str, Figure]:
    """What a person who cannot see it is told, and the figure."""
    note = f"{source_note(analysis.records, frame)}  {seeds_note(frame, bands=False)}".strip()
    if (frame["method"] == "mask").any():
        note += " Masking keeps every weight in its place and saves no cost."
    if any(cost == RATIO for cost, _ in cases):
        note += " Bars: 10th to 90th percentile of the turns in which ticket and dense were timed."
    figure, axes = panels(len(cases), columns, title, 2.35, handles(frame), note)
    looks = lines(frame)
    alt = [
        f"{title}, which is on a logarithmic axis: a line a strategy, from dense on the right to its smallest ticket."
    ]
    for number, (panel, (cost, case)) in enumerate(zip(axes, cases, strict=True)):
        task = str(case["task"].iloc[0])
        metric = analysis.records.metrics.headline(task)
        _panel(panel, case, cost, looks, metric)
        several = frame.loc[frame["task"] == task, "network"].nunique() > 1
        first = number % columns == 0
        heading = [task.capitalize()] if columns == 3 else []
        heading += [str(case["network"].iloc[0])] if several and (first or columns == 3) else []
        panel.set_title(" · ".join(heading))
        panel.set_xlabel(COSTS[cost])
        if columns == 3 or first:
            panel.set_ylabel(metric.axis)
        alt.append(_alt(case, cost, task, metric))
    return " ".join(alt), figure


def _panel(panel: Axes, case: pd.DataFrame, cost: str, looks: dict[str, Line], metric: Metric) -> None:
    dense = case[case["strategy"] == "dense"]
    for score in dense["score"]:
        panel.axhline(score, color=INK, linewidth=1.1, zorder=3)
    for name, line in looks.items():
        path = pd.concat([dense, case[case["strategy"] == name].sort_values("removed")])
        rows = path[path[cost] > 0]
        panel.plot(rows[cost], rows["score"], **line.plot())
        if cost == RATIO:
            ends = (rows[f"{cost}_low"], rows[f"{cost}_high"])
            panel.hlines(rows["score"], *ends, color=line.color, linewidth=1, alpha=0.6, zorder=3)
    panel.plot(dense[cost], dense["score"], marker="o", color=INK, markersize=6, linestyle="none", zorder=5)
    spread = [f"{cost}_low", f"{cost}_high"] if cost == RATIO else []
    costs = [value for name in (cost, *spread) for value in case.loc[case[name] > 0, name]]
    if costs:
        log_ticks(panel, costs)
    score_limits(panel, case["score"], metric.unit)


def _alt(case: pd.DataFrame, cost: str, task: str, metric: Metric) -> str:
    """Where dense stands, and what costs least."""
    costly = case[case[cost] > 0].sort_values(cost, kind="stable")
    rows = [*costly[costly["strategy"] == DENSE][:1].to_dict("records"), *costly[:1].to_dict("records")]
    points = [f"{row['strategy']} at {significant(row[cost])} scores {scored(row['score'], metric)}" for row in rows]
    return f"{task.capitalize()}, {COSTS[cost]}: {', '.join(dict.fromkeys(points)) or 'not measured'}."
