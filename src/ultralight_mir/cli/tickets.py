"""Tickets at work."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Annotated

import typer

from ultralight_mir.cli.options import Calibrate, Device, Fold, PackagedSize, PackagedTask, Trusted, app
from ultralight_mir.errors import InputError
from ultralight_mir.forms import FORMS
from ultralight_mir.jobs.machine import DEVICE
from ultralight_mir.tickets import SIZES, names
from ultralight_mir.tickets import path as named

log = logging.getLogger("ultralight_mir")


@app.command()
def predict(
    paths: Annotated[
        list[Path],
        typer.Argument(
            metavar="[TICKET] AUDIO...",
            help="A ticket (its folder, or what `export` made of it, .onnx), left out with --task; then recordings:"
            " anything that libsndfile reads, of any length.",
        ),
    ],
    task: PackagedTask = "",
    size: PackagedSize = SIZES[0],
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder to write into.")] = Path(),
    form: Annotated[
        list[str] | None,
        typer.Option("--format", "-f", help="text, csv, json, midi, audacity or jams; several times (default: one)."),
    ] = None,
    activations: Annotated[bool, typer.Option("--activations", help="What the network said, too (.npz).")] = False,
    plot: Annotated[bool, typer.Option("--plot", help="The spectrogram and what was found, too (.png).")] = False,
    skip_existing: Annotated[
        bool, typer.Option("--skip-existing", help="Leave out recordings of which all is there.")
    ] = False,
    processes: Annotated[int, typer.Option("--processes", "-j", min=1, help="Recordings at a time.")] = 1,
    device: Device = DEVICE,
    trust: Trusted = None,
) -> None:
    """Say what a ticket hears in recordings: onsets, drums, f0, chords, the instrument or the technique."""
    from ultralight_mir.predict import Wanted, set_up
    from ultralight_mir.predict import predict as run

    ticket, *audio = [named(task, size), *paths] if task else paths
    if not audio:
        raise InputError("predict: no recording, expected a ticket and recordings, or --task and recordings")
    set_up(ticket, device)
    wanted = Wanted(out, form or (), activations, plot, skip_existing)
    run(ticket, audio, wanted, processes, device, trust or ())


@app.command(name="tickets")
def list_tickets() -> None:
    """List the tickets that come with the package."""
    from ultralight_mir.tickets.cards import read_card

    for task, size in names():
        about = read_card(named(task, size))
        first = about.scores[0]
        typer.echo(
            f"{task:<12}{size:<10}{about.parameters:>9,} parameters {about.bytes:>9,} bytes"
            f"   {first.metric} {first.score:.1f} {first.unit} (dense {first.dense:.1f})"
        )


@app.command()
def card(
    ticket: Annotated[str, typer.Argument(help="A task whose ticket comes with the package, or a published folder.")],
    size: Annotated[str, typer.Option(help=f"{', '.join(SIZES)}.")] = SIZES[0],
) -> None:
    """Print what a ticket is worth: task, classes, size, scores with intervals, thresholds, limits (Markdown)."""
    from ultralight_mir.tickets.cards import read_card

    packaged = ticket in {task for task, _ in names()}
    about = read_card(named(ticket, size) if packaged else Path(ticket))
    typer.echo(about.markdown(f"{ticket}, {size}" if packaged else ticket), nl=False)


@app.command()
def publish(
    ticket: Annotated[Path, typer.Argument(help="A ticket's folder.")],
    results: Annotated[Path, typer.Argument(help="A results folder in whose tables it stands.")],
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder to write.")],
) -> None:
    """Copy a ticket with a card that says what it scores and costs."""
    from ultralight_mir.publishing import publish as write
    from ultralight_mir.report.analysis import Analysis

    write(ticket, Analysis.read(results), out)


@app.command()
def export(
    out: Annotated[Path, typer.Option("--out", "-o", help="File to write; of C, a folder.")],
    ticket: Annotated[Path | None, typer.Argument(help="A ticket's folder, left out with --task.")] = None,
    task: PackagedTask = "",
    size: PackagedSize = SIZES[0],
    to: Annotated[str, typer.Option(help=f"{', '.join(FORMS)}.")] = next(iter(FORMS)),
    with_frontend: Annotated[
        bool, typer.Option("--with-frontend", help="Samples go in, where otherwise the feature does (C: always).")
    ] = False,
    calibrate: Calibrate = "",
    fold: Fold = None,
    trust: Trusted = None,
) -> None:
    """Write a ticket for other engines: a graph, which `predict` and `load` run without torch, or C."""
    from ultralight_mir.export import calibration
    from ultralight_mir.export import export as write
    from ultralight_mir.ticket import Ticket

    folder = named(task, size) if task else ticket
    if folder is None:
        raise InputError("export: no ticket, expected its folder, or --task")
    whole = Ticket.read_folder(folder, trust or ())
    write(to, whole, out, with_frontend, calibration.chosen(whole, folder, calibrate, fold))
    written = [out] if out.is_file() else [path for path in out.iterdir() if path.is_file()]
    log.info("%s: %s bytes", out, f"{sum(path.stat().st_size for path in written):,}")
