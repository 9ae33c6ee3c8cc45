"""From a corpus to features."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Annotated

import typer

from ultralight_mir.cli.options import OutFolder, TaskName, app
from ultralight_mir.errors import InputError
from ultralight_mir.features import FEATURES
from ultralight_mir.jobs.progress import Progress
from ultralight_mir.jobs.timing import Clock
from ultralight_mir.paths import CorpusFolder, FeatureFolder, dataset_file

log = logging.getLogger("ultralight_mir")


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
def datasets() -> None:
    """Print the table of published data sets (Markdown): tasks, licence, citation, size, split, what to get by hand."""
    from ultralight_mir.corpora.datasets.table import render

    typer.echo(render(), nl=False)
