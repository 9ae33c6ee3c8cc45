"""Scores on synthesised and on real test corpora beside each other."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from ultralight_mir.records import CASE, Records
from ultralight_mir.report.analysis import Analysis
from ultralight_mir.report.figures.chosen import keep
from ultralight_mir.report.figures.style import (
    INK,
    MUTED,
    Drawing,
    Line,
    lines,
    panels,
    score_limits,
    source_note,
)
from ultralight_mir.report.figures.telling import ends
from ultralight_mir.report.intervals import LEVEL


def draw(analysis: Analysis) -> Iterator[Drawing]:
    """`synthetic_vs_real`, a panel per case with more than one test corpus; nothing where there is no such case.

    Dense and the rungs of what is tried (no controls), with intervals over clips and seeds.
    """
    records, means = analysis.records, analysis.means
    several = means.groupby(CASE)["test_corpus"].transform("nunique") > 1
    frame = keep(means[several & ~means["control"]], means)
    if frame.empty:
        return
    keys = [*CASE, "test_corpus", "strategy", "removed_target"]
    frame = frame.merge(analysis.statistics.scores, on=keys, how="left")
    looks = lines(frame)
    cases = [case for _, case in frame.groupby(CASE, sort=False)]
    title = "Synthesised and real test corpora"
    legend: list[Artist] = [Line2D([], [], color=INK, marker="o", linestyle="none", label="dense")]
    legend += [Line2D([], [], label=name, **line.plot() | {"linestyle": "none"}) for name, line in looks.items()]
    note = f"{source_note(records, frame)}  From left to right: dense, then each strategy's rungs from least removed to"
    note += f" most. Bars: {LEVEL:.0f} % intervals."
    columns = 3 if max(case["test_corpus"].nunique() for case in cases) < 3 else 2
    figure, axes = panels(len(cases), columns, title, 2.5, legend, note)
    alt = [f"{title} side by side: dots with intervals for dense and each strategy's rungs."]
    for panel, case in zip(axes, cases, strict=True):
        task = str(case["task"].iloc[0])
        _panel(panel, records, case, looks)
        network = f" · {case['network'].iloc[0]}" if frame.loc[frame["task"] == task, "network"].nunique() > 1 else ""
        panel.set_title(f"{task.capitalize()}{network}")
        metric = records.metrics.headline(task)
        panel.set_ylabel(metric.axis)
        names = [name for name in looks if name in set(case["strategy"])]
        tests = [f"on {test} {ends(own, names, metric)}" for test, own in case.groupby("test_corpus", sort=False)]
        alt.append(f"{task.capitalize()}{network}, {metric.label}: {'; '.join(tests)}.")
    data = frame[[*keys, "score", "score_low", "score_high"]]
    yield Drawing("synthetic_vs_real", " ".join(alt), figure, section="recordings", data=data)


def _panel(panel: Axes, records: Records, case: pd.DataFrame, looks: dict[str, Line]) -> None:
    """Along x: the test corpora; within each, dense, then every strategy's rungs from few removed to most."""
    dots = case[["strategy", "removed_target"]].drop_duplicates()
    order = dots.assign(place=dots["strategy"].map({"dense": -1} | {name: n for n, name in enumerate(looks)}))
    order = order.sort_values(["place", "removed_target"], kind="stable").reset_index(drop=True)
    tests = list(case.sort_values("own", ascending=False, kind="stable")["test_corpus"].unique())
    step = 0.76 / max(len(order) - 1, 1)
    for number, test in enumerate(tests):
        rows = case[case["test_corpus"] == test].set_index(["strategy", "removed_target"])
        for place, (name, removed) in enumerate(
            order[["strategy", "removed_target"]].itertuples(index=False, name=None)
        ):
            if (name, removed) not in rows.index:
                continue
            row = rows.loc[(name, removed)]
            x = number + (place - (len(order) - 1) / 2) * step
            look = (
                looks[name].plot() | {"linestyle": "none"}
                if name in looks
                else {"color": INK, "marker": "o", "zorder": 4}
            )
            panel.plot([x], [row["score"]], **look)
            panel.plot(
                [x, x], [row["score_low"], row["score_high"]], color=look["color"], linewidth=1, alpha=0.6, zorder=3
            )
        if number:
            panel.axvline(number - 0.5, color=MUTED, linewidth=0.4, alpha=0.4)
    kinds = ["synthesised" if records.is_embedded(test) else "real" for test in tests]
    panel.set_xticks(range(len(tests)), [f"{test}\n({kind})" for test, kind in zip(tests, kinds, strict=True)])
    panel.set_xlim(-0.5, len(tests) - 0.5)
    panel.tick_params(axis="x", length=0)
    numbers = case[["score", "score_low", "score_high"]].to_numpy(float)
    score_limits(panel, numbers.ravel(), records.metrics.headline(str(case["task"].iloc[0])).unit)
