"""The criteria beside each other, from the one file that has their scores (benchmarks/criteria.py writes it)."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import md
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from ultralight_mir.paths import DENSE
from ultralight_mir.report.figures.style import INK, MUTED, WIDTH, Drawing
from ultralight_mir.report.formats import number, percent, signed
from ultralight_mir.tasks import get_task

FILE = Path(__file__).parents[1] / "criteria.csv"
CONTROL = "random"
_LOOKS = (("#0b62a4", "o", "#0b62a4"), ("#d0561d", "D", "white"))
"""Colour, marker and its filling, of the most and of the least that was removed."""


@cache
def scores(path: Path = FILE) -> pd.DataFrame:
    """A row a task, seed, criterion and rung: `score` in the metric's unit, `gain` the points above random's, higher is
    better.

    Raises:
        ValueError: a ticket has no random one of its size and seed, or stands there twice.
    """
    table = pd.read_csv(path)
    metrics = {task: get_task(task).metrics[0] for task in table["task"].unique()}
    scale = table["task"].map({task: metric.scale for task, metric in metrics.items()})
    sign = table["task"].map({task: 1 if metric.higher_is_better else -1 for task, metric in metrics.items()})
    table = table.assign(score=table["value"] * scale, criterion=table["strategy"].str.partition("-")[0])
    keys = ["task", "network", "removed_target", "seed"]
    control = table[table["criterion"] == CONTROL].set_index(keys)["score"].rename("control")
    rungs = table[table["strategy"] != DENSE]
    if rungs.duplicated([*keys, "strategy"]).any():
        raise ValueError(f"{path}: a ticket stands there twice, expected a row each")
    table = table.join(control, on=keys)
    if table.loc[table["strategy"] != DENSE, "control"].isna().any():
        raise ValueError(f"{path}: tickets without a random one of their size and seed, expected one each")
    return table.assign(gain=sign * (table["score"] - table["control"]))


def ranked() -> list[str]:
    """The criteria, that with the highest mean gain over all tasks, seeds and rungs first."""
    rungs = scores()[scores()["strategy"] != DENSE]
    return list(rungs.groupby("criterion")["gain"].mean().sort_values(ascending=False).index)


def table() -> str:
    """A row a criterion: its gain over random at each rung, in how many pairs it is above, and its scores by task."""
    rungs = scores()[scores()["strategy"] != DENSE]
    removed, tasks = sorted(rungs["removed_target"].unique()), list(rungs["task"].unique())
    head = ["criterion"]
    for one in removed:
        head += [f"− random at {percent(one)}", "above it in"]
    head += [f"{task} at {percent(removed[-1])}" for task in tasks]
    rows = []
    for criterion in ranked():
        own = rungs[rungs["criterion"] == criterion]
        cells = [md.code(criterion)]
        for one in removed:
            gains = own.loc[own["removed_target"] == one, "gain"]
            cells += ["–", "–"] if criterion == CONTROL else [_mean(gains), f"{(gains > 0).sum()} of {len(gains)}"]
        last = own[own["removed_target"] == removed[-1]]
        cells += [_range(last.loc[last["task"] == task, "score"]) for task in tasks]
        rows.append(cells)
    dense = scores()[scores()["strategy"] == DENSE]
    blank = ["–"] * (2 * len(removed))
    rows.append(["dense", *blank, *(_range(dense.loc[dense["task"] == task, "score"]) for task in tasks)])
    return md.table(head, rows)


def _mean(gains: pd.Series) -> str:
    """The mean, and the standard error that the pairs' spread gives it."""
    return f"{signed(float(gains.mean()), 1)} ± {number(float(gains.sem()))}"


def _range(found: pd.Series) -> str:
    return f"{number(float(found.mean()))} ({number(float(found.min()))} … {number(float(found.max()))})"


def picture() -> Drawing:
    """A panel a task, a row a criterion: the mean over seeds at each rung, and from the worst to the best of them."""
    frame, criteria = scores(), ranked()
    tasks, removed = list(frame["task"].unique()), sorted(frame["removed_target"].unique(), reverse=True)[:-1]
    figure = Figure(figsize=(WIDTH, 0.3 * len(criteria) + 1.5), facecolor="white")
    axes = figure.subplots(1, len(tasks), sharey=True, squeeze=False)[0]
    for axis, task in zip(axes, tasks, strict=True):
        _panel(axis, frame[frame["task"] == task], criteria, removed)
        metric = get_task(task).metrics[0]
        axis.set(title=task.capitalize(), xlabel=metric.axis)
    axes[0].set_yticks(range(len(criteria)), criteria)
    axes[0].set_ylim(len(criteria) - 0.5, -0.5)
    seeds = frame["seed"].nunique()
    legend = [Line2D([], [], color=INK, linestyle=(0, (4, 2)), linewidth=1.0, label="dense")]
    for one, (color, marker, face) in zip(removed, _LOOKS, strict=True):
        look = {"color": color, "marker": marker, "markerfacecolor": face, "markersize": 5}
        legend.append(Line2D([], [], label=f"{percent(one)} removed", **look))  # type: ignore[arg-type]
    figure.legend(handles=legend, loc="upper right", ncols=len(legend), bbox_to_anchor=(0.995, 1.0))
    figure.suptitle("Criteria beside each other", x=0.01, ha="left", fontsize=11, fontweight="bold")
    note = f"Mean and range of {seeds} seeds on validation clips; layers lose the same share each (local scope)."
    figure.text(0.01, 0.015, note, fontsize=8, color=MUTED)
    figure.subplots_adjust(left=0.13, right=0.985, bottom=0.9 / figure.get_figheight(), top=0.86, wspace=0.1)
    best = ", ".join(criteria[:3])
    alt = f"A panel a task, a row a criterion, the score of its tickets beside dense. Over all tasks {best} come first"
    return Drawing("criteria_compared", f"{alt}, {criteria[-1]} last; the table below has the numbers.", figure)


def _panel(axis: Axes, frame: pd.DataFrame, criteria: list[str], removed: list[float]) -> None:
    axis.axvline(frame.loc[frame["strategy"] == DENSE, "score"].mean(), color=INK, linestyle=(0, (4, 2)), linewidth=1.0)
    for shift, (one, (color, marker, face)) in enumerate(zip(removed, _LOOKS, strict=True)):
        rung = frame[frame["removed_target"] == one].groupby("criterion")["score"].agg(["mean", "min", "max"])
        places = [place + 0.16 - 0.32 * shift for place in range(len(criteria))]
        shown = rung.loc[criteria]
        axis.hlines(places, shown["min"], shown["max"], color=color, linewidth=1.3)
        axis.plot(shown["mean"], places, marker, color=color, markerfacecolor=face, markersize=5)
    axis.grid(visible=True, axis="x")
    if CONTROL in criteria:
        place = criteria.index(CONTROL)
        axis.axhspan(place - 0.5, place + 0.5, color=MUTED, alpha=0.12, linewidth=0)
