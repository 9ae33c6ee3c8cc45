"""The tables, as text: what was measured and what is estimated are told apart."""

from __future__ import annotations

import math
from collections.abc import Sequence

from ultralight_mir.embedded.devices import SHARE, Choice, Device, Takes, choices, published_cycles
from ultralight_mir.embedded.table import Measured
from ultralight_mir.errors import InputError

BEGIN, END = "<!-- embedded: written by `ultralight-mir devices --into` -->", "<!-- /embedded -->"
"""Lines of a Markdown file between which `both_tables` stands."""
REFERENCE_CLOCK = 120e6
"""Hz, that milliseconds are told at."""
MEASURED = """\
Measured under QEMU, front end included: flash and RAM (static and stack) of the firmware, the largest difference of an
activation from ONNX Runtime's (of the network; of all from samples on), executed instructions a second of audio.
~ estimated, not measured: milliseconds a second of audio at 120 MHz, by MLPerf Tiny's cycles a MAC of the network
(plain kernels) and by one cycle an instruction of all."""
FITS = f"""\
The best ticket, by its score on the synthetic test clips, that fits in flash and RAM (measured) and in real time
(~ estimated: percent of one core's time, the larger of the network's MACs at published cycles a MAC and of all
instructions at one a cycle; at most {100 * SHARE:.0f})."""


def measured_table(rows: Sequence[Measured], devices: Sequence[Device]) -> str:
    """What was measured (Markdown); `devices` know cycles a MAC."""
    cores = list(dict.fromkeys(row.core for row in rows))
    several = len(cores) > 1
    head = (
        *("task", "ticket", *["core"] * several, "parameters", "flash KiB", "RAM KiB"),
        *("network differs", "all differs", "million MACs/s", "million instructions/s", "delay ms"),
        *("~ ms (MACs)", "~ ms (instructions)"),
    )
    cells = [
        (
            *(row.task, row.ticket, *[row.core] * several, f"{row.parameters:,}"),
            *(f"{row.flash / 1024:.1f}", f"{(row.ram + row.stack) / 1024:.1f}"),
            *(f"{row.network_difference:.0e}", f"{row.difference:.0e}"),
            *(f"{row.macs / 1e6:.2f}", f"{row.instructions / 1e6:.1f}", f"{row.delay:.0f}"),
            *("" if math.isnan(time) else f"~ {time:.0f}" for time in _milliseconds(row, devices)),
        )
        for row in rows
    ]
    on = "" if several else f"On a {cores[0]}. "
    return f"{on}{MEASURED}\n\n{_table(head, cells, 2 + several)}"


def _milliseconds(row: Measured, devices: Sequence[Device]) -> tuple[float, float]:
    """Of a second of audio, by MACs (NaN where nobody published cycles) and by instructions."""
    cycles = published_cycles(row.core, devices) or math.nan
    return 1e3 * row.macs * cycles / REFERENCE_CLOCK, 1e3 * row.instructions / REFERENCE_CLOCK


def device_table(rows: Sequence[Measured], devices: Sequence[Device]) -> str:
    """Per device and task the best ticket that fits (Markdown).

    Raises:
        InputError: nothing fits anywhere; says what is lacking.
    """
    tasks, made = list(dict.fromkeys(row.task for row in rows)), choices(rows, devices)
    if not any(choice.ticket for choice in made):
        raise InputError(f"devices: no ticket fits any of {', '.join(device.name for device in devices)} in real time")
    cells = []
    for device in devices:
        fits = [fit_cell(choice) for choice in made if choice.device is device]
        cells.append((device.name, device.core, f"{device.clock / 1e6:g}", *fits))
    metrics = {row.task: row.metric for row in rows if row.metric}
    told = "; ".join(f"{task}: {metric}" for task, metric in metrics.items())
    told = f"\nScores: {told}." if told else ""
    return f"{FITS}{told}\n\n{_table(('device', 'core', 'MHz', *tasks), cells, 2)}"


def fit_cell(choice: Choice) -> str:
    """A ticket, its score and the time that it takes; or what the device has too little of."""
    if choice.ticket is None:
        return f"– ({', '.join(choice.lacks)})"
    score = "" if choice.ticket.score is None else f" {choice.ticket.score:.1f}"
    return f"{choice.ticket.ticket}{score} ({load_text(choice.device, choice.ticket)})"


def load_text(device: Device, takes: Takes) -> str:
    """The part of a device's time that a ticket takes, marked as an estimate: ~ 36 %, ~ 9.5 %."""
    load = 100 * device.load(takes)
    return f"~ {load:.{0 if load >= 10 else 1}f} %"


def fit_text(device: Device, takes: Takes) -> str:
    """What a ticket takes of a device, estimated, and what the device lacks for it; a line."""
    load = f"{100 * device.load(takes):.0f}"
    told = f"too little {', '.join(device.lacks(takes))}" if device.lacks(takes) else "fits"
    return (
        f"~ {takes.flash / 1024:,.0f} KiB of flash (of {device.flash / 1024:,.0f}),"
        f" ~ {(takes.ram + takes.stack) / 1024:,.0f} KiB of RAM (of {device.ram / 1024:,.0f}),"
        f" ~ {load} % of the time (at most {100 * SHARE:.0f}):"
        f" {told}"
    )


def _table(head: Sequence[str], rows: Sequence[Sequence[str]], words: int) -> str:
    rule = [":--" if place < words else "--:" for place in range(len(head))]
    return "".join(f"| {' | '.join(line)} |\n" for line in (head, rule, *rows))


def both_tables(rows: Sequence[Measured], devices: Sequence[Device]) -> str:
    """Both tables, of the first core alone."""
    first = _first_core(rows)
    return f"{measured_table(first, devices)}\n{device_table(first, devices)}"


def brief_table(rows: Sequence[Measured], devices: Sequence[Device]) -> str:
    """A line a task: what its first ticket scores and takes on the first core, and which ticket fits each device."""
    mine, firsts = _first_core(rows), dict[str, Measured]()
    for row in mine:
        firsts.setdefault(row.task, row)
    made = choices(mine, devices)
    head = ("task", "score", "ticket", "dense", "flash KiB", "RAM KiB", *(device.name for device in devices))
    cells = [
        (
            *(task, row.metric, _number(row.score), _number(row.dense)),
            *(f"{row.flash / 1024:.1f}", f"{(row.ram + row.stack) / 1024:.1f}"),
            *(_brief(choice, row) for choice in made if choice.task == task),
        )
        for task, row in firsts.items()
    ]
    return _table(head, cells, 2)


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.1f}"


def _brief(choice: Choice, first: Measured) -> str:
    """The part of a device's time that the ticket takes, named where it is not the first."""
    if choice.ticket is None:
        return fit_cell(choice)
    named = "" if choice.ticket == first else f"{choice.ticket.ticket}, {_number(choice.ticket.score)}: "
    return f"{named}{load_text(choice.device, choice.ticket)}"


def _first_core(rows: Sequence[Measured]) -> list[Measured]:
    return [row for row in rows if row.core == rows[0].core]
