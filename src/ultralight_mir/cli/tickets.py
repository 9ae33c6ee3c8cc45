"""Tickets at work."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ultralight_mir.cli.options import Device, Trusted, app
from ultralight_mir.jobs.machine import DEVICE


@app.command()
def predict(
    ticket: Annotated[Path, typer.Argument(help="A ticket: its folder, or its ticket.json.")],
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
