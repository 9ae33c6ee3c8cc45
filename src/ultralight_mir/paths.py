"""Every path of a run, built in one place.

results/datasets/<dataset>.json            what was validated
results/corpora/<corpus>/<task>/           `CorpusFolder`: clips, splits, audio/, annotations/
results/features/<corpus>/<task>/<feature>/                           `FeatureFolder`: inputs and targets
results/systems/<task>/<system>/<corpus>/  `SystemFolder`: what a system that is no ticket scores
results/races/<task>/                      `RaceFolder`: how fast tickets and systems are
results/<corpus>/<task>/<network>/seed-<n>/dense/                     `TicketFolder`: the dense network, trained
results/<corpus>/<task>/<network>/seed-<n>/rewind-20it/               `RewindFolder`: its weights at an early step
results/<corpus>/<task>/<network>/seed-<n>/<strategy>/removed-0.85/   `TicketFolder`: a rung
results/<corpus>/…/<strategy>/removed-0.85/onnx-int8/   `ExportFolder`: the ticket in another form
results/<corpus>.fold-<i>/<task>/…          where the corpus is cut into folds, the same for each fold
results/{results,metrics,costs,scores,widths,systems,races,corpora,times}.csv, run.json

The folders' classes name every file in them, for the rules too (then `path` holds wildcards).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

DENSE = "dense"
RUN = "run.json"
"""Of a results folder: the experiment, the machine, the versions; sealed, with the digests of all tables; made last."""
RESERVED = ("corpora", "datasets", "features", "systems", "races", "logs", "benchmarks", "criteria")
"""Folders of results/ that no experiment and no corpus may be called by."""


def named(files: Iterable[Path]) -> dict[str, Path]:
    """A rule's outputs by names, as Snakemake's cache between workflows asks: `ticket.json` is `ticket_json`."""
    return {re.sub(r"\W", "_", file.name): file for file in files}


@dataclass(frozen=True)
class JobFolder:
    """A folder that a job writes; `path` may hold a rule's wildcards."""

    path: Path

    @property
    def timing(self) -> Path:
        """Where the job's time went."""
        return self.path / "timing.json"


@dataclass(frozen=True)
class CorpusFolder(JobFolder):
    """The clips of a corpus for a task. The job that makes them leaves `made`; the one that proves them, `proven`."""

    @property
    def clips(self) -> Path:
        """A row a clip."""
        return self.path / "clips.csv"

    @property
    def audio(self) -> Path:
        """The folder of the recordings that are made; empty where they stay where they are."""
        return self.path / "audio"

    @property
    def annotations(self) -> Path:
        """The folder of the annotations that are made, or made plain."""
        return self.path / "annotations"

    @property
    def folders(self) -> tuple[Path, ...]:
        """What the corpus's job leaves beside `made`."""
        return (self.audio, self.annotations)

    @property
    def splits(self) -> Path:
        """The good clips; no group and no recording is in two splits."""
        return self.path / "splits.tsv"

    @property
    def quality(self) -> Path:
        """What every clip is like, and what is wrong with it."""
        return self.path / "quality.csv"

    @property
    def seal(self) -> Path:
        """The digests of clips, splits and quality."""
        return self.path / "splits.json"

    @property
    def sealed(self) -> tuple[Path, ...]:
        """What the seal is of."""
        return (self.clips, self.splits, self.quality)

    @property
    def made(self) -> tuple[Path, ...]:
        """What the corpus's job leaves."""
        return (self.clips, self.timing)

    @property
    def proven(self) -> tuple[Path, ...]:
        """What the splits' job leaves."""
        return (self.seal, self.splits, self.quality)

    @property
    def gathered(self) -> tuple[Path, ...]:
        """What is read when results are gathered: all of it."""
        return (*self.made, *self.proven)


@dataclass(frozen=True)
class FeatureFolder(JobFolder):
    """Inputs and targets of all clips of a corpus, for one feature."""

    @property
    def store(self) -> Path:
        """What they are of; sealed, with the digests of the others."""
        return self.path / "store.json"

    @property
    def inputs(self) -> Path:
        """Frames of all clips."""
        return self.path / "inputs.npy"

    @property
    def targets(self) -> Path:
        """Targets of all clips."""
        return self.path / "targets.npy"

    @property
    def clips(self) -> Path:
        """Where each clip's frames lie."""
        return self.path / "clips.csv"

    @property
    def sealed(self) -> tuple[Path, ...]:
        """What the store's seal is of."""
        return (self.inputs, self.targets, self.clips)

    @property
    def made(self) -> tuple[Path, ...]:
        """What the job leaves."""
        return (*self.read, self.timing)

    @property
    def read(self) -> tuple[Path, ...]:
        """What later jobs read; whatever else waited for would be one file more to plan for each of them."""
        return (self.store, *self.sealed)


@dataclass(frozen=True)
class RewindFolder(JobFolder):
    """The dense network's weights at an early step."""

    @property
    def moment(self) -> Path:
        """Which step; sealed, with the digest of the weights."""
        return self.path / "rewind.json"

    @property
    def weights(self) -> Path:
        """The state dict."""
        return self.path / "weights.safetensors"

    @property
    def made(self) -> tuple[Path, ...]:
        """What the job leaves."""
        return (*self.read, self.timing)

    @property
    def read(self) -> tuple[Path, ...]:
        """What later jobs read."""
        return (self.moment, self.weights)


@dataclass(frozen=True)
class TicketFolder(JobFolder):
    """The files of one ticket's folder (`path` may hold a rule's wildcards).

    A job of training leaves `trained`; the job that scores the ticket leaves `scored` beside them.
    """

    @property
    def ticket(self) -> Path:
        """Recipe, kept units, thresholds; sealed, with the digest of the weights."""
        return self.path / "ticket.json"

    @property
    def weights(self) -> Path:
        """The state dict."""
        return self.path / "weights.safetensors"

    @property
    def training(self) -> Path:
        """The loss on the way."""
        return self.path / "training.csv"

    @property
    def widths(self) -> Path:
        """What is left of every layer."""
        return self.path / "widths.csv"

    @property
    def scores(self) -> Path:
        """A row a test clip and metric."""
        return self.path / "scores.csv"

    @property
    def evaluation(self) -> Path:
        """Costs, and the classes left out of the score; sealed, with the digest of the scores."""
        return self.path / "evaluation.json"

    @property
    def evaluation_timing(self) -> Path:
        """Where the scoring job's time went."""
        return self.path / "evaluation-timing.json"

    @property
    def trained(self) -> tuple[Path, ...]:
        """What training leaves."""
        return (*self.read, self.training, self.widths, self.timing)

    @property
    def read(self) -> tuple[Path, ...]:
        """What later jobs read, but for the gathering ones."""
        return (self.ticket, self.weights)

    @property
    def scored(self) -> tuple[Path, ...]:
        """What scoring leaves."""
        return (self.evaluation, self.scores, self.evaluation_timing)

    @property
    def gathered(self) -> tuple[Path, ...]:
        """What is read when results are gathered."""
        return (self.ticket, self.widths, self.timing, *self.scored)


@dataclass(frozen=True)
class SystemFolder(JobFolder):
    """What a system that is no ticket scores on the clips of one corpus."""

    @property
    def system(self) -> Path:
        """Which system; sealed, with the digest of the scores."""
        return self.path / "system.json"

    @property
    def scores(self) -> Path:
        """A row a clip and metric."""
        return self.path / "scores.csv"

    @property
    def made(self) -> tuple[Path, ...]:
        """What the job leaves."""
        return (self.system, self.scores, self.timing)


@dataclass(frozen=True)
class RaceFolder(JobFolder):
    """How fast the tickets of a task and the systems beside them are."""

    @property
    def race(self) -> Path:
        """Where they ran; sealed, with the digest of the times."""
        return self.path / "race.json"

    @property
    def times(self) -> Path:
        """A row a ticket or system."""
        return self.path / "times.csv"

    @property
    def made(self) -> tuple[Path, ...]:
        """What the job leaves."""
        return (self.race, self.times, self.timing)


@dataclass(frozen=True)
class ExportFolder(JobFolder):
    """A ticket in another form, and what it scores in that."""

    @property
    def evaluation(self) -> Path:
        """Of which ticket, how large and how fast; sealed, with the digests of the scores and of a graph beside."""
        return self.path / "evaluation.json"

    @property
    def scores(self) -> Path:
        """A row a test clip and metric."""
        return self.path / "scores.csv"

    @property
    def made(self) -> tuple[Path, ...]:
        """What the job leaves."""
        return (self.evaluation, self.scores, self.timing)


def rung_folder(strategy: str, removed: float) -> str:
    """`trim/removed-0.85`: the last two parts of a rung's path; at least two decimals, more where needed."""
    text = f"{removed:.2f}" if round(removed, 2) == removed else f"{removed}"
    return f"{strategy}/removed-{text}"


def rewind_folder(moment: str) -> str:
    """`rewind-20it`: the last part of the path of an early step's weights."""
    return f"rewind-{moment}"


def own_name(name: str) -> str:
    """A name as it stands in paths: somebody's own `module:Name` is shortened to what stands after the colon."""
    return name.rpartition(":")[2]


def dataset_file(dataset: str) -> str:
    """The name of the file that says that a data set is there and whole."""
    return f"{own_name(dataset)}.json"


def trial_folder(root: Path, corpus: str, task: str, network: str, seed: int) -> Path:
    """The folder of one dense training and its ladders; names as in paths."""
    return root / corpus / task / network / seed_folder(seed)


def seed_folder(seed: int) -> str:
    """`seed-0`: the last part of a trial's path."""
    return f"seed-{seed}"


def fold_corpus(corpus: str, fold: int) -> str:
    """What trains on one fold stands under this name in paths and on tickets: `mdb_drums.fold-3`."""
    return f"{corpus}.fold-{fold}"


def split_fold(name: str) -> tuple[str, int | None]:
    """(corpus, fold) of a name as `fold_corpus` makes it; the fold is None for a corpus's own name."""
    corpus, _, fold = name.partition(".fold-")
    return corpus, int(fold) if fold else None
