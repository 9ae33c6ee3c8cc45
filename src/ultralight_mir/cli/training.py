"""From features to tickets and their scores."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Annotated

import typer

from ultralight_mir.cli.options import (
    DEVICES,
    DenseFolder,
    Device,
    FeaturesFolder,
    Fold,
    OutFolder,
    Settings,
    TaskName,
    Threads,
    Trusted,
    app,
    begin,
)
from ultralight_mir.forms import FORMS
from ultralight_mir.jobs.machine import DEVICE
from ultralight_mir.paths import ExportFolder, RaceFolder, RewindFolder, SystemFolder, TicketFolder
from ultralight_mir.systems import SYSTEMS

log = logging.getLogger(__name__)


@app.command()
def train(
    features: FeaturesFolder,
    folder: OutFolder,
    settings: Settings,
    seed: Annotated[
        int, typer.Option(min=0, max=2**31 - 1, help="Of the initial weights and the order of the clips.")
    ] = 0,
    threads: Threads = 1,
    device: Device = DEVICE,
    fold: Fold = None,
) -> None:
    """Train the dense network, and choose its thresholds."""
    from ultralight_mir import ladder
    from ultralight_mir.features.store import Store
    from ultralight_mir.networks import NetworkSettings

    clock, place = begin(threads, device)
    job = NetworkSettings.read_json(settings, "--settings")
    ladder.train_dense(Store(features, fold), folder, seed, job, clock, place)
    clock.write(TicketFolder(folder).timing, "dense")


@app.command()
def rewind(
    features: FeaturesFolder,
    dense: DenseFolder,
    folder: OutFolder,
    step: Annotated[str, typer.Option(help='Of the dense training, such as "20it" (optimizer steps) or "1ep".')],
    threads: Threads = 1,
    device: Device = DEVICE,
    fold: Fold = None,
    trust: Trusted = None,
) -> None:
    """The dense network's weights at an early step, which ladders rewind to: its training from the start, that far."""
    from ultralight_mir import ladder
    from ultralight_mir.features.store import Store

    clock, place = begin(threads, device)
    ladder.train_early(Store(features, fold), dense, folder, step, clock, place, trust or ())
    clock.write(RewindFolder(folder).timing, "rewind")


@app.command()
def rung(
    features: FeaturesFolder,
    dense: DenseFolder,
    previous: Annotated[
        Path,
        typer.Argument(
            help="Folder of the rung before this one (the first: the dense one); of a strategy that is like another,"
            " that one's ticket with as much removed."
        ),
    ],
    folder: OutFolder,
    removed: Annotated[
        float, typer.Option(min=0.0, max=1.0, help="Fraction of the dense network's parameters to remove.")
    ],
    settings: Settings,
    early: Annotated[
        Path | None, typer.Option(help="Folder that `rewind` wrote, for a strategy that goes back.")
    ] = None,
    teacher: Annotated[
        list[Path] | None,
        typer.Option(
            help="Folder of a ticket that teaches, where the objective asks for one; default DENSE. Several times."
        ),
    ] = None,
    threads: Threads = 1,
    device: Device = DEVICE,
    fold: Fold = None,
    trust: Trusted = None,
) -> None:
    """One rung of a ladder: rank, remove, reset, train again."""
    from ultralight_mir import ladder
    from ultralight_mir.features.store import Store
    from ultralight_mir.strategy import Strategy

    clock, place = begin(threads, device)
    strategy = Strategy.read_json(settings, "--settings")
    store = Store(features, fold)
    ladder.train_rung(
        store,
        dense,
        previous,
        folder,
        removed,
        strategy,
        clock,
        early=early,
        teachers=teacher or (),
        device=place,
        trust=trust or (),
    )
    clock.write(TicketFolder(folder).timing, "rung")


@app.command()
def evaluate(
    folder: Annotated[Path, typer.Argument(help="Folder of a ticket; scores and costs are written into it.")],
    features: Annotated[Path, typer.Option(help="Features of the corpus that it was trained on.")],
    also: Annotated[list[Path] | None, typer.Option(help="Features of a further test corpus; several times.")] = None,
    dense: Annotated[
        Path | None,
        typer.Option(help="Folder of the dense ticket that its time is set against (none for that itself)."),
    ] = None,
    threads: Threads = 1,
    device: Annotated[
        str,
        typer.Option(help=f"Where the clips are heard: {DEVICES}. Costs are those of a CPU, whatever this says."),
    ] = DEVICE,
    fold: Fold = None,
    trust: Trusted = None,
) -> None:
    """Score a ticket on the test split and on further test corpora, and measure what it costs."""
    from ultralight_mir import evaluation
    from ultralight_mir.features.store import Store
    from ultralight_mir.given_up import GivenUpError, write_evaluation
    from ultralight_mir.ticket import Ticket

    clock, place = begin(threads, device)
    stores = [Store(features, fold), *map(Store, also or ())]
    whole = None if dense is None else Ticket.read_folder(dense, trust or ())
    try:
        ticket = Ticket.read_folder(folder, trust or ())
    except GivenUpError as error:
        log.warning("%s", error)
        write_evaluation(folder, error.why)
    else:
        evaluation.run(ticket, stores, folder, clock, place, whole)
    clock.write(TicketFolder(folder).evaluation_timing, "evaluate")


@app.command()
def evaluate_export(
    folder: Annotated[Path, typer.Argument(help="Folder of a ticket.")],
    out: OutFolder,
    features: Annotated[Path, typer.Option(help="Features of the corpus that it was trained on.")],
    to: Annotated[str, typer.Option(help=f"{', '.join(FORMS)}.")],
    also: Annotated[list[Path] | None, typer.Option(help="Features of a further test corpus; several times.")] = None,
    fold: Fold = None,
    trust: Trusted = None,
) -> None:
    """Export a ticket, and score what other engines then say on the same clips."""
    from ultralight_mir import evaluation
    from ultralight_mir.features.store import Store
    from ultralight_mir.given_up import GivenUpError, write_export
    from ultralight_mir.ticket import Ticket

    clock, _ = begin(1, "cpu")
    stores, where = [Store(features, fold), *map(Store, also or ())], ExportFolder(out)
    try:
        ticket = Ticket.read_folder(folder, trust or ())
    except GivenUpError as error:
        log.warning("%s", error)
        write_export(folder, where, error.why)
    else:
        evaluation.run_export(ticket, stores, folder, where, to, clock)
    clock.write(where.timing, "export")


@app.command()
def system(
    name: Annotated[str, typer.Argument(help=f"{', '.join(SYSTEMS)}, or module:Class for one of your own.")],
    task: TaskName,
    source: Annotated[Path, typer.Argument(help="Folder that `corpus` wrote.")],
    folder: OutFolder,
    corpus: Annotated[str, typer.Option(help="What the corpus is called.")],
    split: Annotated[str, typer.Option(help="The clips of one split alone.")] = "",
    threads: Threads = 1,
) -> None:
    """Score a system that is no ticket on a corpus, by the metrics of its task."""
    from ultralight_mir import rivals

    clock, _ = begin(threads, "cpu")
    rivals.run(name, task, source, corpus, folder, clock, split)
    clock.write(SystemFolder(folder).timing, "system")


@app.command()
def race(
    source: Annotated[Path, typer.Argument(help="Folder that `corpus` wrote, whose clips are heard.")],
    folder: OutFolder,
    ticket: Annotated[list[Path] | None, typer.Option(help="Folder of a ticket; several times.")] = None,
    system: Annotated[list[str] | None, typer.Option(help="A system; several times.")] = None,
    split: Annotated[str, typer.Option(help="The clips of one split alone.")] = "",
    threads: Threads = 1,
    trust: Trusted = None,
) -> None:
    """Time tickets and systems in turns, from samples to estimate."""
    from ultralight_mir import race as racing

    clock, _ = begin(threads, "cpu")
    racing.run(ticket or (), system or (), source, folder, clock, threads, split, trust or ())
    clock.write(RaceFolder(folder).timing, "race")
