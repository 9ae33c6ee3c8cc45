"""The command line. Each subcommand is one arrow of the workflow and can be called by hand.

Heavy imports stand inside the commands: a job imports only what it needs.
"""

from __future__ import annotations

import logging
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ultralight_mir.errors import InputError
from ultralight_mir.features import FEATURES
from ultralight_mir.jobs.machine import DEVICE
from ultralight_mir.jobs.progress import Progress
from ultralight_mir.jobs.timing import Clock
from ultralight_mir.paths import CorpusFolder, FeatureFolder, RewindFolder, TicketFolder, dataset_file
from ultralight_mir.tasks import TASKS

if TYPE_CHECKING:
    import torch

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
TaskName = Annotated[str, typer.Argument(help=f"{', '.join(TASKS)}, or module:Class for one of your own.")]
OutFolder = Annotated[Path, typer.Argument(help="Folder to write into.")]
Fold = Annotated[int | None, typer.Option(min=0, help="Of a corpus cut into folds: which one.")]
Device = Annotated[
    str, typer.Option(envvar="ULTRALIGHT_MIR_DEVICE", help="Where torch computes: cpu, cuda, cuda:1, mps.")
]
Trusted = Annotated[
    list[str] | None,
    typer.Option("--trust", help="Somebody's own module:Name that a ticket may name; its code is run. Several times."),
]
DenseFolder = Annotated[Path, typer.Argument(help="Folder that `train` wrote.")]
FeaturesFolder = Annotated[Path, typer.Argument(help="Folder that `features` wrote.")]


def _begin(threads: int, device: str) -> tuple[Clock, torch.device]:
    """The clock of a job that trains or scores, and the device that it works on."""
    from ultralight_mir.jobs.torch_setup import prepare

    return Clock(), prepare(threads, device)


@app.command()
def corpus(
    task: TaskName,
    folder: OutFolder,
    settings: Annotated[
        str, typer.Option(help="The corpus's entry of a config as a JSON object; default 100 synthesised clips.")
    ] = "",
) -> None:
    """Make the clips of a corpus: synthesise them, or list those of a folder with a manifest or of a data set."""
    from ultralight_mir import corpora
    from ultralight_mir.corpora.settings import Synthetic, read_entry

    clock = Clock()
    entry = read_entry(settings, "--settings") if settings else Synthetic(kind="synthetic", clips={task: 100})
    with clock.phase("synthesis" if entry.kind == "synthetic" else "other"):
        corpora.build(task, folder, entry, Progress(f"clips for {task}"))
    clock.write(CorpusFolder(folder).timing, "corpus")


@app.command()
def check_corpus(
    folder: Annotated[Path, typer.Argument(help="A folder of yours, with a manifest.csv.")],
    task: Annotated[str, typer.Option(help="The task that the annotations are for (none are read without).")] = "",
) -> None:
    """Say everything that is wrong with a folder and its manifest, and write nothing."""
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
    task: TaskName,
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
    task: TaskName,
    feature: Annotated[str, typer.Argument(help=f"{', '.join(FEATURES)}, or module:ATTRIBUTE for one of your own.")],
    source: Annotated[Path, typer.Argument(help="Folder that `corpus` wrote.")],
    folder: OutFolder,
    corpus: Annotated[str, typer.Option(help="The corpus's name, as scores will say it.")] = "synthetic",
    threads: Annotated[int, typer.Option(min=1, help="Processes that compute clips side by side.")] = 1,
) -> None:
    """Compute the features and targets of every clip, once."""
    from ultralight_mir.clips import read_good_clips, recordings
    from ultralight_mir.features import get_feature, store
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
            threads,
            recordings(source),
        )
    clock.write(FeatureFolder(folder).timing, "features")


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

    clock, place = _begin(threads, device)
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

    clock, place = _begin(threads, device)
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

    clock, place = _begin(threads, device)
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
    device: Device = DEVICE,
    fold: Fold = None,
    trust: Trusted = None,
) -> None:
    """Score a ticket on the test split and on further test corpora, and measure what it costs."""
    from ultralight_mir import evaluation
    from ultralight_mir.features.store import Store
    from ultralight_mir.ticket import Ticket

    clock, place = _begin(threads, device)
    stores = [Store(features, fold), *map(Store, also or ())]
    whole = None if dense is None else Ticket.read_folder(dense, trust or ())
    evaluation.run(Ticket.read_folder(folder, trust or ()), stores, folder, clock, place, whole)
    clock.write(TicketFolder(folder).evaluation_timing, "evaluate")


@app.command()
def results(
    root: Annotated[Path, typer.Argument(help="The results folder.")],
    config: Annotated[str, typer.Option(help="The experiment's config as a JSON object.")],
) -> None:
    """Gather the scores and costs of all tickets into results.csv, costs.csv and what stands beside them."""
    from ultralight_mir import results as gather
    from ultralight_mir.config import Config
    from ultralight_mir.experiment import Experiment

    gather.write_all(Experiment(Config.read_json(config, "--config")), root)


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
def join(
    pieces: Annotated[list[Path], typer.Argument(help="Results folders of one experiment.")],
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder to write.")],
    compact: Annotated[
        bool, typer.Option(help="Keep of clip scores only what intervals are computed from, compressed.")
    ] = False,
) -> None:
    """Join results folders that are pieces of one experiment: other tasks, other seeds or other strategies."""
    from ultralight_mir import join as joining

    joining.join(pieces, out, compact)


@app.command()
def figures(
    root: Annotated[Path, typer.Argument(help="The results folder.")],
    folder: OutFolder,
    only: Annotated[list[str] | None, typer.Option(help="A figure to draw, without the others; several times.")] = None,
    form: Annotated[list[str] | None, typer.Option(help="svg, pdf or png; several times (default: all).")] = None,
) -> None:
    """Draw the figures alone, from the gathered results."""
    from ultralight_mir.report import figures as drawing
    from ultralight_mir.report.analysis import Analysis

    drawing.draw(Analysis.read(root), folder, only=only or (), forms=form or ())


@app.command()
def verdicts(
    root: Annotated[Path, typer.Argument(help="The results folder.")],
    into: Annotated[
        Path | None, typer.Option(help="A Markdown file to write them into, between its two comments.")
    ] = None,
) -> None:
    """Print what the results show of the paper's claims, task by task (Markdown)."""
    from ultralight_mir.report import verdicts as telling
    from ultralight_mir.report.analysis import Analysis

    text = telling.markdown(Analysis.read(root))
    if into is None:
        typer.echo(text, nl=False)
    else:
        telling.put(into, text)


@app.command()
def datasets() -> None:
    """Print the table of published data sets (Markdown): tasks, licence, citation, size, split, what to get by hand."""
    from ultralight_mir.corpora.datasets.table import render

    typer.echo(render(), nl=False)


@app.command()
def schema() -> None:
    """Print the JSON Schema of a config (YAML)."""
    from ultralight_mir.config import schema as render

    typer.echo(render(), nl=False)


@app.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": True})
def run(context: typer.Context) -> None:
    """Run the workflow (arguments go to snakemake), going on where a killed run stopped."""
    from ultralight_mir.jobs.launch import launch

    raise typer.Exit(launch(context.args, "ultralight_mir.__main__"))
