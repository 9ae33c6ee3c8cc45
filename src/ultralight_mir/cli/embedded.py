"""Tickets on microcontrollers."""

from __future__ import annotations

import logging
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ultralight_mir.cli.options import Calibrate, Trusted, app
from ultralight_mir.embedded.table import TABLE

if TYPE_CHECKING:
    from ultralight_mir.embedded.measuring import Named

Budgets = Annotated[Path | None, typer.Option(help="Your own devices, a CSV like the package's embedded/devices.csv.")]
log = logging.getLogger("ultralight_mir")


@app.command()
def embedded(
    tickets: Annotated[
        list[Path] | None, typer.Argument(help="Tickets' folders (default: all that come with the package).")
    ] = None,
    out: Annotated[Path, typer.Option("--out", "-o", help="CSV file to write.")] = Path(TABLE),
    task: Annotated[list[str] | None, typer.Option(help="Of the package's, only these tasks'. Several times.")] = None,
    calibrate: Calibrate = "",
) -> None:
    """Build tickets for Cortex-M4 and M7, run them bare-metal under QEMU, and print what they take."""
    from ultralight_mir.embedded.devices import read_devices
    from ultralight_mir.embedded.measuring import measure
    from ultralight_mir.embedded.rendering import device_table, measured_table
    from ultralight_mir.embedded.table import write
    from ultralight_mir.embedded.tools import check_tools, compiler_version
    from ultralight_mir.export import calibration

    check_tools()
    rows = []
    for row in measure(_named(tickets or [], task or []), calibrate=partial(calibration.chosen, said=calibrate)):
        log.info("%s %s, %s: %s bytes of flash", row.task, row.ticket, row.core, f"{row.flash:,}")
        rows.append(row)
    write(out, rows)
    known = read_devices()
    typer.echo(f"{measured_table(rows, known)}\n{device_table(rows, known)}\n{compiler_version()}; {out}")


@app.command()
def devices(
    table: Annotated[Path, typer.Argument(help="What `embedded` wrote.")] = Path(TABLE),
    budgets: Budgets = None,
    into: Annotated[
        Path | None,
        typer.Option(help="A Markdown file to write this and what was measured into, between its comments."),
    ] = None,
    brief: Annotated[bool, typer.Option("--brief", help="In its place, what each task's first ticket takes.")] = False,
) -> None:
    """Say which ticket fits which device in real time: sizes as measured, time as estimated."""
    from ultralight_mir.embedded.devices import read_devices
    from ultralight_mir.embedded.rendering import BEGIN, END, both_tables, brief_table, device_table
    from ultralight_mir.embedded.table import read
    from ultralight_mir.files import put_between

    rows, budget = read(table), read_devices(budgets)
    if into is None:
        typer.echo((brief_table if brief else device_table)(rows, budget), nl=False)
    else:
        put_between(into, BEGIN, END, (brief_table if brief else both_tables)(rows, budget))


@app.command()
def fits(
    ticket: Annotated[Path, typer.Argument(help="A ticket's folder; to plan a ladder, the dense network's.")],
    device: Annotated[str, typer.Argument(help="A device, as `devices` names it.")],
    budgets: Budgets = None,
    trust: Trusted = None,
) -> None:
    """Estimate without a compiler whether a ticket fits a device; if not, with how much removed of all layers alike."""
    from ultralight_mir.embedded.devices import named, read_devices
    from ultralight_mir.embedded.estimating import fit
    from ultralight_mir.embedded.rendering import fit_text
    from ultralight_mir.footprint import estimate
    from ultralight_mir.ticket import Ticket

    whole, budget = Ticket.read_folder(ticket, trust or ()), named(read_devices(budgets), device)
    takes = estimate(whole)
    typer.echo(f"removed {whole.removed:.3f}: {fit_text(budget, takes)}")
    if budget.lacks(takes):
        smaller = fit(whole, budget)
        typer.echo(f"removed {smaller.removed:.3f}: {fit_text(budget, smaller.takes)}")


def _named(folders: list[Path], tasks: list[str]) -> list[Named]:
    """The tickets that are asked for."""
    from ultralight_mir import tickets
    from ultralight_mir.embedded.measuring import Named
    from ultralight_mir.errors import InputError
    from ultralight_mir.ticket import Ticket

    if folders:
        return [Named(Ticket.read_folder(folder).task, folder.name, folder) for folder in folders]
    known = {task for task, _ in tickets.names()}
    if strange := [task for task in tasks if task not in known]:
        raise InputError(
            f"task '{strange[0]}': no ticket comes with the package, expected one of {', '.join(sorted(known))}"
        )
    return [Named(*name, tickets.path(*name)) for name in tickets.names() if not tasks or name[0] in tasks]
