"""The command line. Each subcommand is one arrow of the workflow and can be called by hand.

Heavy imports stand inside the commands: a job imports only what it needs.
"""

from __future__ import annotations

import json
import logging
from pathlib import Path
from typing import Annotated, Any

import typer

from ultralight_mir.errors import InputError
from ultralight_mir.jobs.progress import Progress
from ultralight_mir.paths import TicketFolder, dataset_file

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    help="Trim music-information-retrieval networks by lottery tickets: how small before it gets worse?",
)
log = logging.getLogger("ultralight_mir")

Settings = Annotated[str, typer.Option(help="Settings as a JSON object, as the workflow passes them.")]
Threads = Annotated[int, typer.Option(min=1, help="Threads that torch may use.")]
OutFolder = Annotated[Path, typer.Argument(help="Folder to write into.")]
Fold = Annotated[int | None, typer.Option(min=0, help="Of a corpus cut into folds: which one.")]
FeaturesFolder = Annotated[Path, typer.Argument(help="Folder that `features` wrote.")]


def _settings(text: str) -> dict[str, Any]:
    try:
        settings = json.loads(text)
    except ValueError as error:
        raise InputError(f"--settings: not valid JSON ({error})") from error
    if not isinstance(settings, dict):
        raise InputError(f"--settings: found {type(settings).__name__}, expected a JSON object")
    return settings


@app.command()
def corpus(
    task: Annotated[
        str,
        typer.Argument(
            help="instrument, singing, pitch, chord, drums or onset; or `check`, to check a FOLDER of yours."
        ),
    ],
    folder: Annotated[Path, typer.Argument(help="Folder to write into; with `check`, one with a manifest.csv.")],
    settings: Settings = '{"kind": "synthetic", "clips": 100, "seed": 0}',
    check_for: Annotated[
        str, typer.Option("--task", help="With `check`: the task that the annotations are for (none are read without).")
    ] = "",
) -> None:
    """Make the clips of a corpus: synthesise them, or list those of a folder with a manifest.

    `corpus check FOLDER` says everything that is wrong with such a folder, and writes nothing.
    """
    from ultralight_mir import corpora
    from ultralight_mir.jobs.timing import Clock

    if task == "check":
        _check(folder, check_for)
        return
    clock, given = Clock(), _settings(settings)
    kind = given.pop("kind", "synthetic")
    with clock.phase("synthesis" if kind == "synthetic" else "other"):
        corpora.build(kind, task, folder, given, Progress(f"clips for {task}"))
    clock.write(folder / "timing.json", "corpus")


def _check(folder: Path, task: str) -> None:
    from ultralight_mir.corpora import manifest_check

    faults, summary = manifest_check.check(folder, task, progress=Progress("clips checked"))
    for fault in faults:
        typer.echo(fault)
    if faults:
        raise InputError(f"{folder}: {len(faults)} fault{'s' if len(faults) > 1 else ''}")
    typer.echo(f"{folder}: nothing is wrong; {summary}")


@app.command()
def download(
    name: Annotated[str, typer.Argument(help="A data set, or module:ATTRIBUTE for one of your own.")],
    home: Annotated[
        str, typer.Argument(metavar="[DATA_HOME]", help="Folder of all data sets (default: MIRDATA_HOME).")
    ] = "",
    out: Annotated[Path, typer.Option(help="Folder for the file that says what was validated.")] = Path(
        "results/datasets"
    ),
    version: Annotated[str, typer.Option(help="Version of the data set, as mirdata names it.")] = "default",
    retries: Annotated[int, typer.Option(min=0, help="Further tries for a file that does not come.")] = 3,
) -> None:
    """Download a real data set, or go on where it stopped, and check every file; what is there is only checked."""
    from dataclasses import asdict

    from ultralight_mir.corpora.datasets import get_dataset
    from ultralight_mir.corpora.datasets.fetching import fetch
    from ultralight_mir.corpora.datasets.home import data_home
    from ultralight_mir.corpora.datasets.opening import open_dataset
    from ultralight_mir.files import write_json

    about = get_dataset(name)
    folder = data_home(home) / about.name
    dataset = open_dataset(about, folder, version)
    found = fetch(dataset, folder, about.bytes, about.by_hand, Progress, retries, about.partial)
    write_json(out / dataset_file(name), asdict(found))
    log.info("%s: %d files, %.1f MB, checked in %s", about.name, found.files, found.bytes / 1e6, folder)


@app.command()
def splits(
    task: Annotated[str, typer.Argument(help="Task that the annotations are for.")],
    folder: Annotated[Path, typer.Argument(help="Folder that `corpus` wrote.")],
    bad_clips: Annotated[
        float, typer.Option(min=0.0, max=1.0, help="Fraction of the clips that may be bad; they are left out.")
    ] = 0.02,
) -> None:
    """Describe every clip, leave out the bad ones, prove that no group and no recording is in two splits."""
    from ultralight_mir.corpora import validation
    from ultralight_mir.tasks import get_task

    validation.validate(folder, get_task(task), bad_clips, Progress(f"clips examined for {task}"))


@app.command()
def features(
    task: Annotated[str, typer.Argument(help="Task whose targets are computed beside the features.")],
    feature: Annotated[str, typer.Argument(help="waveform, log_mel, log_mel_timbre, cqt_pitch or cqt_chord.")],
    source: Annotated[Path, typer.Argument(help="Folder that `corpus` wrote.")],
    folder: OutFolder,
    corpus: Annotated[str, typer.Option(help="The corpus's name, as scores will say it.")] = "synthetic",
    threads: Annotated[int, typer.Option(min=1, help="Processes that compute clips side by side.")] = 1,
) -> None:
    """Compute the features and targets of every clip, once."""
    from ultralight_mir.clips import read_good_clips
    from ultralight_mir.features import get_feature, store
    from ultralight_mir.jobs.timing import Clock
    from ultralight_mir.tasks import get_task

    clock = Clock()
    with clock.phase("features"):
        store.build(
            corpus,
            read_good_clips(source),
            get_task(task),
            get_feature(feature),
            folder,
            Progress(f"{feature} for {task}"),
        )
    clock.write(folder / "timing.json", "features")


@app.command()
def train(
    features: FeaturesFolder,
    folder: OutFolder,
    settings: Settings,
    seed: Annotated[int, typer.Option(min=0, help="Of the initial weights and the order of the clips.")] = 0,
    threads: Threads = 1,
    fold: Fold = None,
) -> None:
    """Train the dense network; keep its weights at the early steps that ladders rewind to."""
    from ultralight_mir import ladder
    from ultralight_mir.features.store import Store
    from ultralight_mir.jobs.timing import Clock
    from ultralight_mir.jobs.torch_setup import prepare

    clock = Clock()
    prepare(threads)
    ladder.train_dense(Store(features, fold), folder, seed, _settings(settings), clock)
    clock.write(folder / "timing.json", "dense")


@app.command()
def rung(
    features: FeaturesFolder,
    dense: Annotated[Path, typer.Argument(help="Folder that `train` wrote.")],
    previous: Annotated[Path, typer.Argument(help="Folder of the rung before this one (the first: the dense one).")],
    folder: OutFolder,
    removed: Annotated[
        float, typer.Option(min=0.0, max=1.0, help="Fraction of the dense network's parameters to remove.")
    ],
    settings: Settings,
    threads: Threads = 1,
    fold: Fold = None,
) -> None:
    """One rung of a ladder: rank, remove, reset, train again."""
    from ultralight_mir import ladder
    from ultralight_mir.features.store import Store
    from ultralight_mir.jobs.timing import Clock
    from ultralight_mir.jobs.torch_setup import prepare

    clock = Clock()
    prepare(threads)
    ladder.train_rung(Store(features, fold), dense, previous, folder, removed, _settings(settings), clock)
    clock.write(folder / "timing.json", "rung")


@app.command()
def evaluate(
    folders: Annotated[list[Path], typer.Argument(help="Folders of tickets; scores and costs are written into them.")],
    features: Annotated[Path, typer.Option(help="store.json of the corpus that they were trained on.")],
    also: Annotated[list[Path] | None, typer.Option(help="store.json of a further test corpus; several times.")] = None,
    threads: Threads = 1,
    fold: Fold = None,
) -> None:
    """Score tickets of one task on the test split and on further test corpora, and measure what they cost."""
    from ultralight_mir import evaluation
    from ultralight_mir.features.store import Store
    from ultralight_mir.jobs.timing import Clock
    from ultralight_mir.jobs.torch_setup import prepare
    from ultralight_mir.ticket import Ticket

    clock = Clock()
    prepare(threads)
    stores = [Store(features.parent, fold), *(Store(path.parent) for path in also or ())]
    for folder in folders:
        evaluation.run(Ticket.read(folder), stores, folder, clock)
        clock.write(TicketFolder(folder).evaluation_timing, "evaluate")


@app.command()
def results(
    root: Annotated[Path, typer.Argument(help="The results folder.")],
    config: Annotated[str, typer.Option(help="The experiment's config as a JSON object.")],
) -> None:
    """Gather the scores and costs of all tickets into results.csv, costs.csv and what stands beside them."""
    from ultralight_mir import results as gather
    from ultralight_mir.experiment import Experiment

    gather.write_all(Experiment(_settings(config)), root)


@app.command()
def report(
    root: Annotated[Path, typer.Argument(help="The results folder.")],
    folder: Annotated[Path, typer.Argument(help="The reports folder.")],
    figure: Annotated[
        list[str] | None, typer.Option(help="A figure of your own beside the others, module:Name; several times.")
    ] = None,
    threads: Annotated[int, typer.Option(min=1, help="Figures drawn at a time.")] = 1,
) -> None:
    """Draw the figures, write the tables and the page, from the gathered results alone."""
    from ultralight_mir.report import page

    page.render(root, folder, threads, figure or ())


@app.command()
def datasets() -> None:
    """Print the table of published data sets (Markdown): tasks, licence, citation, size, split, what to get by hand."""
    from ultralight_mir.corpora.datasets.table import render

    typer.echo(render(), nl=False)


@app.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": True})
def run(context: typer.Context) -> None:
    """Run the workflow (arguments go to snakemake), going on where a killed run stopped."""
    from ultralight_mir.jobs.launch import launch

    raise typer.Exit(launch(context.args))
