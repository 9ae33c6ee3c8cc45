"""The fingerprint: what every rung left of every layer, as a heat map; a collapsed layer is seen at once."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.patches import Patch, Rectangle

from ultralight_mir.paths import DENSE
from ultralight_mir.records import CASE
from ultralight_mir.report.analysis import Analysis
from ultralight_mir.report.figures.style import INK, RULE, Drawing, panels
from ultralight_mir.report.formats import number
from ultralight_mir.report.means import strategies

KEPT = LinearSegmentedColormap.from_list("kept", ["#f5f9fc", "#9cc3e2", "#0b4f86"])
ALARM = "#d0561d"


def draw(analysis: Analysis) -> Iterator[Drawing]:
    """`widths_<task>`: a panel per network and strategy, rows are layers, columns dense and the rungs; mean over seeds.

    Cells hold the outputs left of a layer; where nothing but single weights is gone, the percentage of its weights.
    """
    means = analysis.means
    order = strategies(means)
    methods = means.drop_duplicates("strategy").set_index("strategy")["method"]
    for task in means["task"].unique():
        frame = analysis.records.widths[analysis.records.widths["task"] == task]
        pairs = [
            (case, name)
            for _, case in frame.groupby(CASE, sort=False)
            for name in order
            if name in set(case["strategy"])
        ]
        if pairs:
            yield _figure(str(task), pairs, methods)


def _figure(task: str, pairs: list[tuple[pd.DataFrame, str]], methods: pd.Series[str]) -> Drawing:
    layers = max(case["layer"].nunique() for case, _ in pairs)
    title = f"{task.capitalize()}: what is left of every layer"
    legend = [
        Patch(facecolor=KEPT(share), edgecolor=RULE, label=text)
        for share, text in ((1.0, "all"), (0.5, "half"), (0.0, "nothing left"))
    ]
    legend.append(Patch(facecolor="none", edgecolor=ALARM, linewidth=1.6, label="at its floor, or one left"))
    note = "Cells: output channels or hidden units left; of masked layers, the percentage of their weights."
    figure, axes = panels(len(pairs), 2, title, 0.75 + 0.19 * layers, legend, note)
    several = len({network for case, _ in pairs for network in case["network"]}) > 1
    alt = [f"{title}: heat maps, one a strategy, rows are layers, columns dense and the rungs."]
    fallen = []
    for panel, (case, name) in zip(axes, pairs, strict=True):
        network = f"{case['network'].iloc[0]} · " if several else ""
        masked = methods[name] == "mask"
        collapsed = _panel(panel, case[case["strategy"].isin(["dense", name])], masked)
        panel.set_title(f"{network}{name}" + " · % of weights" * masked)
        fallen += [f"{network}{name}: {collapsed}"] * bool(collapsed)
    for panel in axes[-min(2, len(axes)) :]:
        panel.set_xlabel("removed (%)")
    alt.append(f"Layers at their floor or down to one: {'; '.join(fallen) or f'none in {len(pairs)} maps'}.")
    return Drawing(f"widths_{task}", " ".join(alt), figure, section=task, order=60, data=_data(pairs))


def _data(pairs: list[tuple[pd.DataFrame, str]]) -> pd.DataFrame:
    """What the maps hold: the rows of the layers, mean over seeds."""
    rows = pd.concat([case[case["strategy"].isin([DENSE, name])] for case, name in pairs]).drop_duplicates()
    keys = [*CASE, "strategy", "removed_target", "layer"]
    return rows.groupby(keys, sort=False).mean(numeric_only=True).drop(columns="seed").reset_index()


def _panel(panel: Axes, rows: pd.DataFrame, masked: bool) -> str:
    """Draw one heat map; returns the names of the layers that collapsed."""
    what = "weights" if masked else "outputs"
    left, dense, floored = (_grid(rows, column) for column in (what, f"dense_{what}", "floored"))
    counts = left.to_numpy(float)
    shares = counts / dense.to_numpy(float)
    panel.pcolormesh(shares, cmap=KEPT, vmin=0, vmax=1, edgecolors="white", linewidth=0.4)
    collapsed = (floored.to_numpy() > 0) | (counts <= np.minimum(1, dense.to_numpy() - 1))
    for (row, column), share in np.ndenumerate(shares):
        text = number(float(100 * share if masked else counts[row, column]), 0)
        color = "white" if share > 0.55 else INK
        panel.text(column + 0.5, row + 0.53, text, ha="center", va="center", fontsize=7.5, color=color)
        if collapsed[row, column]:
            panel.add_patch(
                Rectangle((column + 0.04, row + 0.06), 0.92, 0.88, fill=False, edgecolor=ALARM, linewidth=1.6)
            )
    panel.set_xticks(
        np.arange(left.shape[1]) + 0.5, ["dense" if r == 0 else f"{100 * r:.3g}" for r in map(float, left.columns)]
    )
    panel.set_yticks(np.arange(left.shape[0]) + 0.5, list(left.index))
    panel.invert_yaxis()
    panel.tick_params(length=0)
    panel.grid(visible=False)
    for spine in panel.spines.values():
        spine.set_visible(False)
    return ", ".join(map(str, left.index[collapsed.any(axis=1)]))


def _grid(rows: pd.DataFrame, column: str) -> pd.DataFrame:
    """Layers × rungs, in module order and from dense down, mean over seeds."""
    grid = rows.pivot_table(index="layer", columns="removed_target", values=column, aggfunc="mean", sort=False)
    return grid.loc[rows["layer"].drop_duplicates(), sorted(grid.columns)]
