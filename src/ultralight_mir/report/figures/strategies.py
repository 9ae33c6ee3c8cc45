"""The strategies that do not fit into the main figures: a small panel each, beside dense and the first strategy."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from ultralight_mir.paths import DENSE
from ultralight_mir.records import CASE
from ultralight_mir.report.analysis import Analysis
from ultralight_mir.report.figures.chosen import rest
from ultralight_mir.report.figures.score_vs_removed import DATA, place_removed, removed_axis
from ultralight_mir.report.figures.style import INK, MUTED, Drawing, panels, score_limits, seeds_note, source_note
from ultralight_mir.report.figures.telling import ends
from ultralight_mir.report.means import strategies

COLOR = "#0b62a4"


def draw(analysis: Analysis) -> Iterator[Drawing]:
    """`strategies_<task>`: a panel for each network and strategy that the main figures leave out; nothing without."""
    own = analysis.means[analysis.means["own"]]
    for task, frame in own.groupby("task", sort=False):
        if left := rest(analysis.means, frame):
            yield _figure(analysis, str(task), frame, left)


def _figure(analysis: Analysis, task: str, frame: pd.DataFrame, left: list[str]) -> Drawing:
    first = strategies(analysis.means)[0]
    cases = [case for _, case in frame.groupby(CASE, sort=False)]
    pairs = [(case, name) for case in cases for name in left if (case["strategy"] == name).any()]
    title = f"{task.capitalize()}: the other strategies"
    legend: list[Artist] = [
        Line2D([], [], color=INK, linewidth=1.1, label="dense"),
        Line2D([], [], color=MUTED, linewidth=1.0, linestyle=(0, (4, 2)), label=first),
        Line2D([], [], color=COLOR, marker="o", markersize=4, label="the panel's strategy"),
    ]
    note = f"{source_note(analysis.records, frame)}  {seeds_note(frame)}".strip()
    figure, axes = panels(len(pairs), 4, title, 1.9, legend, note)
    metric = analysis.records.metrics.headline(task)
    several = frame["network"].nunique() > 1
    controls = set(frame.loc[frame["control"], "strategy"])
    alt = [f"{title}: a panel each, its line beside those of dense and {first}, over the parameters removed."]
    for number, (panel, (case, name)) in enumerate(zip(axes, pairs, strict=True)):
        shown = case[case["strategy"].isin([DENSE, first, name])]
        _panel(panel, case, first, name)
        score_limits(panel, [*shown["score_min"], *shown["score_max"]], metric.unit)
        panel.set_title(
            f"{case['network'].iloc[0]} · " * several + name + " (control)" * (name in controls), fontsize=9
        )
        if number % 4 == 0:
            panel.set_ylabel(metric.axis)
        if number >= len(pairs) - 4:
            panel.set_xlabel("removed (%)")
    for (_, _, network), case in frame.groupby(CASE, sort=False):
        alt.append(f"{str(task).capitalize()}, {network}, {metric.label}: {ends(case, [first, *left], metric)}.")
    data = frame.loc[frame["strategy"].isin([DENSE, first, *left]), DATA]
    return Drawing(f"strategies_{task}", " ".join(alt), figure, section=task, order=20, data=data)


def _panel(panel: Axes, case: pd.DataFrame, first: str, name: str) -> None:
    dense = case[case["strategy"] == DENSE]
    for score in dense["score"]:
        panel.axhline(score, color=INK, linewidth=1.1, zorder=3)
    main, own = (pd.concat([dense, case[case["strategy"] == one].sort_values("removed")]) for one in (first, name))
    panel.plot(
        place_removed(main["removed"]), main["score"], color=MUTED, linewidth=1.0, linestyle=(0, (4, 2)), zorder=3
    )
    x = place_removed(own["removed"])
    panel.plot(x, own["score"], color=COLOR, marker="o", markersize=4, markevery=range(len(dense), len(own)), zorder=4)
    panel.fill_between(x, own["score_min"], own["score_max"], color=COLOR, alpha=0.16, linewidth=0, zorder=2)
    removed_axis(panel, float(case["removed"].max()), sparse=True)
