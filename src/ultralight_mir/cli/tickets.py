"""Tickets at work."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Annotated

import typer

from ultralight_mir.cli.options import Device, Fold, Trusted, app
from ultralight_mir.export import FORMS
from ultralight_mir.jobs.machine import DEVICE

log = logging.getLogger("ultralight_mir")


@app.command()
def predict(
    ticket: Annotated[Path, typer.Argument(help="A ticket: its folder, or what `export` made of it (.onnx).")],
    audio: Annotated[list[Path], typer.Argument(help="Recordings: anything that libsndfile reads, of any length.")],
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
    from ultralight_mir.predict import Wanted
    from ultralight_mir.predict import predict as run

    wanted = Wanted(out, form or (), activations, plot, skip_existing)
    run(ticket, audio, wanted, processes, device, trust or ())


@app.command()
def export(
    ticket: Annotated[Path, typer.Argument(help="A ticket's folder.")],
    out: Annotated[Path, typer.Option("--out", "-o", help="File to write.")],
    to: Annotated[str, typer.Option(help=f"{', '.join(FORMS)}.")] = next(iter(FORMS)),
    with_frontend: Annotated[
        bool, typer.Option("--with-frontend", help="Samples go in, where otherwise the feature does.")
    ] = False,
    calibrate: Annotated[
        Path | None, typer.Option(help="For int8: features of the corpus that the ticket was trained on.")
    ] = None,
    fold: Fold = None,
    trust: Trusted = None,
) -> None:
    """Write a ticket for other engines; `predict` and `load` run it with onnxruntime, without torch."""
    from ultralight_mir.export import export as write
    from ultralight_mir.features.store import Store
    from ultralight_mir.ticket import Ticket

    store = None if calibrate is None else Store(calibrate, fold)
    write(to, Ticket.read_folder(ticket, trust or ()), out, with_frontend, store)
    log.info("%s: %s bytes", out, f"{out.stat().st_size:,}")
