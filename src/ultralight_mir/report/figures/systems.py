"""Tickets beside systems: score against speed from samples to estimate."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from ultralight_mir.paths import DENSE
from ultralight_mir.report import rivals
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
    source_note,
)
from ultralight_mir.report.figures.telling import scored
from ultralight_mir.report.formats import significant
from ultralight_mir.report.intervals import LEVEL

LABEL = "real-time factor (CPU s per s of audio)"
_TEST = ["corpus", "task", "test_corpus"]
DATA = [*_TEST, "system", "network", "strategy", "removed", "score", "score_low", "score_high", *rivals.SPEED]
"""Columns that are drawn: of a system, or of a ticket."""


def draw(analysis: Analysis) -> Iterator[Drawing]:
    """`systems`: a panel per task and test corpus that has systems beside its tickets; nothing without any."""
    systems, tickets = rivals.systems(analysis), keep(rivals.tickets(analysis), analysis.means)
    if systems.empty or tickets.empty:
        return
    title = "Tickets beside systems, from samples to estimate"
    legend = [*handles(tickets), Line2D([], [], label="system", **_SYSTEM)]
    note = f"{source_note(analysis.records, tickets)}  Further left is faster; from dense, each line goes through a"
    note += f" strategy's rungs to the smallest. Bars: {LEVEL:.0f} % intervals. Front end and decisions included."
    cases = list(systems.groupby(_TEST, sort=False))
    figure, axes = panels(len(cases), 2, title, 2.9, legend, note)
    looks, alt = lines(tickets), [f"{title}: score over the time that a second of audio takes; further left is faster."]
    for panel, ((_, task, test), own) in zip(axes, cases, strict=True):
        metric = analysis.records.metrics.headline(str(task))
        beside = tickets[(tickets["task"] == task) & (tickets["test_corpus"] == test)]
        _panel(panel, own, beside, looks)
        score_limits(
            panel, pd.concat([own, beside])[["score", "score_low", "score_high"]].to_numpy().ravel(), metric.unit
        )
        kind = "synthesised" if analysis.records.is_embedded(str(test)) else "real"
        panel.set_title(f"{str(task).capitalize()} · {test} ({kind})")
        panel.set_ylabel(metric.axis)
        panel.set_xlabel(LABEL)
        dense, fastest = beside[beside["strategy"] == DENSE][:1], beside.sort_values("rtf", kind="stable")[:1]
        points = pd.concat(
            [own.assign(name=own["system"]), *(rows.assign(name=rows["strategy"]) for rows in (dense, fastest))]
        )
        told = [
            f"{row['name']} {scored(row['score'], metric)} at {significant(row['rtf'])}" for _, row in points.iterrows()
        ]
        alt.append(f"{str(task).capitalize()} on {test} ({metric.label}): {', '.join(dict.fromkeys(told))}.")
    data = pd.concat([systems, tickets])[DATA]
    yield Drawing("systems", " ".join(alt), figure, section="systems", order=40, data=data)


_SYSTEM: dict[str, Any] = {"color": "#a3174d", "marker": "h", "markersize": 7, "linestyle": "none", "zorder": 5}


def _panel(panel: Axes, systems: pd.DataFrame, tickets: pd.DataFrame, looks: dict[str, Line]) -> None:
    for _, network in tickets.groupby("network", sort=False):
        dense = network[network["strategy"] == DENSE]
        for name, line in looks.items():
            rungs = network[network["strategy"] == name].sort_values("removed")
            path, ends = pd.concat([dense, rungs]), (rungs["score_low"], rungs["score_high"])
            panel.plot(path["rtf"], path["score"], **line.plot())
            panel.vlines(rungs["rtf"], *ends, color=line.color, linewidth=1, alpha=0.5)
        panel.plot(dense["rtf"], dense["score"], marker="o", color=INK, markersize=6, linestyle="none", zorder=5)
    panel.plot(systems["rtf"], systems["score"], **_SYSTEM)
    panel.vlines(
        systems["rtf"], systems["score_low"], systems["score_high"], color=_SYSTEM["color"], linewidth=1, alpha=0.6
    )
    speeds = [*systems["rtf"], *tickets["rtf"]]
    middle = float(np.sqrt(min(speeds) * max(speeds)))
    for _, row in systems.iterrows():
        right = row["rtf"] > middle  # then its name stands on the left, where there is room
        place: dict[str, Any] = {"xytext": (-7 if right else 7, -3), "ha": "right" if right else "left", "va": "top"}
        at = (row["rtf"], row["score"])
        panel.annotate(row["system"], at, textcoords="offset points", fontsize=8, color=INK, zorder=6, **place)
    log_ticks(panel, speeds)
