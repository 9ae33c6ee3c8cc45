"""Pictures that pages show: a unit, a ladder, and why masks do not get faster; and the criteria beside each other."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import compared_criteria
import matplotlib as mpl
import numpy as np
import pandas as pd
import reference
import torch
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from torch import Tensor, nn

from ultralight_mir.paths import DENSE
from ultralight_mir.report.figures.style import INK, MUTED, RC, RULE, WIDTH, Drawing, save
from ultralight_mir.report.formats import number, percent, significant
from ultralight_mir.trimming import Unit, find_units

CONVOLUTION, HIDDEN = ("#0b62a4", "////"), ("#d0561d", "\\\\\\\\")
"""How the weights of two units look: a colour and a hatching, which says the same without any colour."""


def draw(folder: Path) -> None:
    """Draw them as SVG files."""
    with mpl.rc_context(RC | {"hatch.linewidth": 1.0}):
        for drawing in (unit(), ladder(), masks(), compared_criteria.picture()):
            save(drawing, folder, ["svg"])


class Crnn(nn.Module):
    """A residual block, then a recurrent layer: as small as can be, and drawn weight by weight."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.second = nn.Conv1d(4, 6, 1), nn.Conv1d(6, 6, 1)
        self.gru, self.last = nn.GRU(6, 4, batch_first=True), nn.Linear(4, 2)

    def forward(self, x: Tensor) -> Tensor:
        """`[batch, frames, 4]` → `[batch, frames, 2]`."""
        x = self.first(x.transpose(1, 2)).relu()
        x = x + self.second(x).relu()
        hidden: Tensor = self.last(self.gru(x.transpose(1, 2))[0])
        return hidden


def unit() -> Drawing:
    """The weights of two units of a small residual, recurrent network, as the probe finds them."""
    network = Crnn()
    units = find_units(network, torch.zeros(2, 5, 4))
    looks = {"first": CONVOLUTION, "gru": HIDDEN}
    chosen = {layer: next(u for u in units if u.outputs[0][0] == layer) for layer in looks}
    panels = _weights(network)
    figure = Figure(figsize=(WIDTH, 3.6), facecolor="white")
    axes = figure.subplots(1, len(panels), width_ratios=[columns + 2.0 for _, _, (_, columns) in panels])
    for axis, (title, name, shape) in zip(axes, panels, strict=True):
        _grid(axis, shape, title)
        for layer, look in looks.items():
            rows, columns = _cells(chosen[layer], name, network)
            _mark(axis, shape, rows, columns, look)
    figure.subplots_adjust(left=0.04, right=0.98, bottom=0.2, top=0.8, wspace=0.3)
    figure.suptitle("Two units, and all that goes with them", x=0.02, ha="left", fontsize=11, fontweight="bold")
    note = "Rows are what a matrix puts out, columns what it reads. /// a channel of the residual block: a row of both"
    note += " convolutions, which the sum ties, and the columns that read it.\n\\\\\\ a hidden unit of the GRU: its row"
    note += " in all three gates, input and recurrent weights alike, its column in the recurrent weights and in the"
    note += " last layer."
    figure.text(0.02, 0.02, note, fontsize=8, color=MUTED, va="bottom", wrap=True)
    alt = "Weight matrices of a residual convolution block, a GRU and a linear layer. One channel marks a row of both"
    return Drawing(
        "unit", f"{alt} convolutions and the columns that read it; one hidden unit a row in each gate.", figure
    )


def _weights(network: Crnn) -> list[tuple[str, str, tuple[int, int]]]:
    """Title, parameter and shape of each matrix, left to right."""
    names = {
        "first.weight": "first\nconvolution",
        "second.weight": "second, added\nto the first",
        "gru.weight_ih_l0": "GRU: input\n(three gates)",
        "gru.weight_hh_l0": "GRU:\nrecurrent",
        "last.weight": "last\nlayer",
    }
    shapes = {name: weight.shape for name, weight in network.named_parameters()}
    return [(title, name, (int(shapes[name][0]), int(shapes[name][1]))) for name, title in names.items()]


def _cells(unit: Unit, parameter: str, network: Crnn) -> tuple[list[int], list[int]]:
    """The rows and columns of a matrix that belong to a unit."""
    layer = parameter.partition(".")[0]
    outputs, inputs = (dict(places).get(layer, ()) for places in (unit.outputs, unit.inputs))
    if layer != "gru":
        return list(outputs), list(inputs)
    rows = [gate * network.gru.hidden_size + index for gate in range(3) for index in outputs]
    return rows, list(inputs if "_ih_" in parameter else outputs)


def _grid(axis: Axes, shape: tuple[int, int], title: str) -> None:
    rows, columns = shape
    for row in range(rows):
        for column in range(columns):
            axis.add_patch(Rectangle((column, -row - 1), 1, 1, facecolor="white", edgecolor=RULE, linewidth=0.8))
    axis.set(xlim=(-0.2, columns + 0.2), ylim=(-12.2, 0.2), xticks=[], yticks=[], aspect="equal", anchor="N")
    axis.set_title(title, fontsize=9, loc="left")
    axis.set_axis_off()


def _mark(
    axis: Axes, shape: tuple[int, int], rows: Sequence[int], columns: Sequence[int], look: tuple[str, str]
) -> None:
    color, hatch = look
    places = [(0, -row - 1, shape[1], 1) for row in rows] + [(column, -shape[0], 1, shape[0]) for column in columns]
    for x, y, width, height in places:
        box = Rectangle((x, y), width, height, facecolor="none", edgecolor=color, hatch=hatch, linewidth=1.4, zorder=3)
        axis.add_patch(box)


def ladder() -> Drawing:
    """What is left at each rung of a ladder of the reference experiment, and what it scores."""
    means = reference.analysis().means
    case = means[means["own"] & (means["task"] == means["task"].iloc[0])]
    first = case.loc[(case["strategy"] != DENSE) & ~case["control"], "strategy"].iloc[0]
    rungs = case[case["strategy"].isin([DENSE, first])].sort_values("removed")
    figure = Figure(figsize=(WIDTH, 0.42 * len(rungs) + 1.3), facecolor="white")
    axis = figure.subplots()
    for place, row in enumerate(rungs.to_dict("records")):
        dense = row["strategy"] == DENSE
        color, hatch = ("#d0d5da", "") if dense else ("#0b62a4", "..")
        axis.barh(-place, row["parameters"], height=0.62, linewidth=0.8, facecolor=color, edgecolor=INK, hatch=hatch)
        name = "dense" if dense else f"rung {place}, {percent(row['removed'])} removed"
        text = f"{name}: {significant(row['parameters'])} parameters, {number(row['score'])} %"
        axis.annotate(text, (row["parameters"], -place), (6, 0), textcoords="offset points", va="center")
    axis.set_xlim(0, 1.5 * float(rungs["parameters"].max()))
    axis.set_axis_off()
    title = f"A ladder: {rungs['task'].iloc[0]}, strategy “{first}”, mean over seeds"
    axis.set_title(title)
    note = "Each rung starts from the one above: rank its units, remove those that are worth least, set the rest back,"
    figure.text(0.02, 0.02, f"{note} train again, score.", fontsize=8, color=MUTED)
    figure.subplots_adjust(left=0.02, right=0.98, bottom=0.1, top=0.88)
    return Drawing("ladder", f"Bars that get shorter: the parameters of {len(rungs)} networks.", figure)


def masks(removed: float = 0.9) -> Drawing:
    """A masked matrix beside a trimmed one, and the time that tickets took beside dense."""
    figure = Figure(figsize=(WIDTH, 3.3), facecolor="white")
    left, middle, right = figure.subplots(1, 3, width_ratios=(1, 1, 1.5))
    alive = np.random.default_rng(0).permutation(400).reshape(20, 20) < 400 * (1 - removed)
    _matrix(left, alive, f"Masked: {percent(removed)} are zero,\nevery one is multiplied")
    _matrix(middle, np.ones((6, 6), bool), f"Trimmed: {percent(removed)} are gone,\nthe matrix is smaller")
    times = _times(removed)
    for place, (name, ratio) in enumerate(times):
        hatch = "" if name == "dense" else ("xx" if "mask" in name else "..")
        color = "#d0d5da" if name == "dense" else "#d0561d" if "mask" in name else "#0b62a4"
        right.barh(-place, ratio, height=0.6, facecolor=color, edgecolor=INK, hatch=hatch, linewidth=0.8)
        right.annotate(f"{name}: {percent(ratio)}", (ratio, -place), (5, 0), textcoords="offset points", va="center")
    right.set_xlim(0, 2.1)
    right.set_axis_off()
    right.set_title(f"CPU time beside dense\n(measured, {percent(removed)} removed)")
    figure.subplots_adjust(left=0.02, right=0.98, bottom=0.05, top=0.84, wspace=0.15)
    told = ", ".join(f"{name} {percent(ratio)}" for name, ratio in times)
    return Drawing("masks", f"A matrix with scattered zeros, a smaller full one, and bars: {told}.", figure)


def _matrix(axis: Axes, alive: np.ndarray, title: str) -> None:
    """Cells that are not zero are dark; the frame is as large as the matrix that is multiplied."""
    size = len(alive)
    axis.add_patch(Rectangle((0, -size), size, size, facecolor="white", edgecolor=INK, linewidth=1.2))
    for row, column in np.argwhere(alive):
        axis.add_patch(Rectangle((column, -row - 1), 1, 1, facecolor="#0b62a4", edgecolor="white", linewidth=0.3))
    axis.set(xlim=(-0.5, 20.5), ylim=(-20.5, 0.5), aspect="equal", anchor="NW")
    axis.set_axis_off()
    axis.set_title(title)


def _times(removed: float) -> list[tuple[str, float]]:
    """CPU time beside dense of trimmed and of masked tickets, for each task that has both; dense first."""
    means: pd.DataFrame = reference.analysis().means
    at = means[means["own"] & ((means["removed_target"] - removed).abs() < 1e-9)]
    found = [("dense", 1.0)]
    for task, case in at.groupby("task", sort=False):
        ratios = case.set_index("strategy")["cpu_ratio"]
        if {"trim", "mask"} <= set(ratios.index):
            found += [(f"{task}, mask", float(ratios["mask"])), (f"{task}, trim", float(ratios["trim"]))]
    return found
