"""Score against device: per task the best ticket that each fits in real time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from ultralight_mir.embedded.devices import SHARE, Choice
from ultralight_mir.embedded.rendering import load_text
from ultralight_mir.embedded.table import Measured
from ultralight_mir.paths import DENSE
from ultralight_mir.report.analysis import Analysis
from ultralight_mir.report.devices import frame, given
from ultralight_mir.report.figures.style import INK, MUTED, Drawing, panels

COLUMNS = 3
_LOOKS = (("#0b62a4", "o"), ("#d0561d", "s"), ("#0a8a66", "D"), ("#8c4fa3", "P"), ("#b08900", "*"))
NOTE = f"""\
Filled: flash, RAM and instructions were measured on the device's own core (under QEMU); hollow: on another core, and
taken over. ~ Estimated everywhere: percent of one core's time (at most {100 * SHARE:.0f}), by published cycles a MAC of
the network or one cycle an instruction of all, whichever is more. Scores: synthetic test clips, by tickets' cards."""


def draw(analysis: Analysis) -> Iterator[Drawing]:
    """`devices`: a panel a task, a row a device; nothing where no ticket with a score was measured on a core."""
    made, rows = given(analysis), [row for row in analysis.boards if row.score is not None]
    if not made:
        return
    tasks = list(dict.fromkeys(choice.task for choice in made))
    looks = dict(zip(dict.fromkeys(row.ticket for row in rows), _cycled(len(rows)), strict=False))
    dense = {task: score for task in tasks if (score := _dense(analysis, task, rows)) is not None}
    title, devices = "Score against device: the best ticket that fits in real time", len(made) // len(tasks)
    figure, axes = panels(len(tasks), COLUMNS, title, 0.75 + 0.3 * devices, _legend(looks, bool(dense)), NOTE)
    for place, (panel, task) in enumerate(zip(axes, tasks, strict=True)):
        own = [choice for choice in made if choice.task == task]
        _panel(panel, own, looks, dense.get(task), named=place % COLUMNS == 0)
        metric = next(row.metric for row in rows if row.task == task)
        panel.set_title(task.capitalize())
        panel.set_xlabel(metric)
    alt = f"{title}: a panel each task, its score over a row a device."
    told = (_told([choice for choice in made if choice.task == task], dense.get(task)) for task in tasks)
    yield Drawing("devices", " ".join((alt, *told)), figure, section="devices", data=frame(made))


def _cycled(count: int) -> list[tuple[str, str]]:
    return [_LOOKS[place % len(_LOOKS)] for place in range(count)]


def _dense(analysis: Analysis, task: str, rows: Sequence[Measured]) -> float | None:
    """What the dense network scores, of which a task's tickets were made; None where these results do not have them."""
    means, sizes = analysis.means, {row.parameters for row in rows if row.task == task}
    own = means[(means["task"] == task) & means["own"]]
    networks = set(analysis.tickets.loc[analysis.tickets["parameters"].isin(sizes), "network"])
    found = own.loc[(own["strategy"] == DENSE) & own["network"].isin(networks), "score"]
    return float(found.iloc[0]) if len(found) == 1 else None


def _legend(looks: dict[str, tuple[str, str]], dense: bool) -> list[Line2D]:
    entries = [Line2D([], [], label=name, **_marker(look, True)) for name, look in looks.items()]
    if dense:
        entries.append(Line2D([], [], color=INK, linewidth=1.1, label="dense (mean)"))
    for label, filled in (("measured on its core", True), ("taken over from another core", False)):
        entries.append(Line2D([], [], label=label, **_marker((MUTED, "o"), filled)))
    return entries


def _marker(look: tuple[str, str], filled: bool) -> dict[str, Any]:
    color, marker = look
    face = color if filled else "white"
    return {"marker": marker, "color": color, "markerfacecolor": face, "markeredgewidth": 1.4, "linestyle": "none"}


def _panel(
    panel: Axes, own: Sequence[Choice], looks: dict[str, tuple[str, str]], dense: float | None, named: bool
) -> None:
    scores = [choice.ticket.score for choice in own if choice.ticket is not None and choice.ticket.score is not None]
    scores += [] if dense is None else [dense]
    low, high = (min(scores), max(scores)) if scores else (0.0, 1.0)
    span = max(high - low, 1.0)
    panel.set_xlim(low - 0.3 * span, high + 1.5 * span)  # on the right, room for words
    if dense is not None:
        panel.axvline(dense, color=INK, linewidth=1.1, zorder=1)
    for place, choice in enumerate(own):
        text, color = f"too little {', '.join(choice.lacks)}", MUTED
        if choice.ticket is not None and choice.ticket.score is not None:
            text, color = f"{choice.ticket.score:.1f}, {load_text(choice.device, choice.ticket)}", INK
            panel.plot(choice.ticket.score, place, zorder=4, **_marker(looks[choice.ticket.ticket], choice.measured))
        at, where = (1.0, place), ("axes fraction", "data")
        panel.annotate(
            text, at, xycoords=where, ha="right", va="center", color=color, fontsize=8, backgroundcolor="white"
        )
    names = [choice.device.name if named else "" for choice in own]
    panel.set_yticks(range(len(own)), names)
    panel.set_ylim(len(own) - 0.5, -0.5)
    panel.locator_params(axis="x", nbins=4)


def _told(own: Sequence[Choice], dense: float | None) -> str:
    """Of a task: how many devices each ticket is given to, and which have none."""
    fits = Counter((c.ticket.ticket, c.ticket.score) for c in own if c.ticket is not None)
    parts = [f"{name} {score:.1f} on {count} of {len(own)} devices" for (name, score), count in fits.items()]
    parts += [f"none on {choice.device.name}" for choice in own if choice.ticket is None]
    beside = "" if dense is None else f" (dense {dense:.1f})"
    return f"{own[0].task.capitalize()}{beside}: {', '.join(parts)}."
