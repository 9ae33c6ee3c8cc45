"""Which ticket is given to which device, where tickets were measured on microcontrollers."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from ultralight_mir.embedded.devices import Choice, choices, read_devices
from ultralight_mir.embedded.rendering import fit_cell
from ultralight_mir.report.analysis import Analysis
from ultralight_mir.report.formats import Table


def given(analysis: Analysis) -> list[Choice]:
    """A choice a device and task, of the tickets that have a score."""
    rows = [row for row in analysis.boards if row.score is not None]
    return choices(rows, read_devices()) if rows else []


def frame(made: Sequence[Choice]) -> pd.DataFrame:
    """A row a choice, in numbers."""
    return pd.DataFrame([_row(choice) for choice in made])


def table(analysis: Analysis) -> Table:
    """`devices`: per device and task the best ticket that fits in real time."""
    made = given(analysis)
    shown: dict[str, dict[str, str]] = {}
    for choice in made:
        device = choice.device
        line = shown.setdefault(
            device.name, {"device": device.name, "core": device.core, "MHz": f"{device.clock / 1e6:g}"}
        )
        line[choice.task] = fit_cell(choice)
    caption = (
        "The best ticket, by the score of its card, that fits in flash and RAM (measured under QEMU) and in real time"
        " (~ estimated: percent of one core’s time)."
    )
    return Table("devices", caption, frame(made), pd.DataFrame(list(shown.values())), 2, section="devices", order=60)


def _row(choice: Choice) -> dict[str, object]:
    ticket, device = choice.ticket, choice.device
    told: dict[str, object] = {"device": device.name, "core": device.core, "task": choice.task}
    if ticket is None:
        return told | {"lacks": " ".join(choice.lacks)}
    sizes = {"flash": ticket.flash, "ram": ticket.ram + ticket.stack, "estimated_load": device.load(ticket)}
    return told | {"lacks": "", "measured_on": ticket.core, "ticket": ticket.ticket, "score": ticket.score, **sizes}
