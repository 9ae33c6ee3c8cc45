"""Every path of a run, built in one place.

results/datasets/<dataset>.json            what was validated
results/corpora/<corpus>/<task>/           clips.csv, splits.tsv, quality.csv, audio/, annotations/
results/features/<corpus>/<task>/<feature>/ inputs.npy, targets.npy, clips.csv, store.json
results/<corpus>/<task>/<network>/seed-<n>/dense/                  ticket.json, weights.safetensors, …
results/<corpus>/<task>/<network>/seed-<n>/<strategy>/removed-0.85/   the same for a rung
results/<corpus>.fold-<i>/<task>/…          where the corpus is cut into folds, the same for each fold
results/{results,costs,scores,widths,corpora,times,metrics}.csv, run.json
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

DENSE = "dense"


@dataclass(frozen=True)
class TicketFolder:
    """The files of one ticket's folder (`path` may hold a rule's wildcards).

    A job of training leaves `trained`; the job that scores the ticket leaves `scored` beside them.
    """

    path: Path

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
    def timing(self) -> Path:
        """Where the training job's time went."""
        return self.path / "timing.json"

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
        return (self.ticket, self.weights, self.training, self.widths, self.timing)

    @property
    def scored(self) -> tuple[Path, ...]:
        """What scoring leaves."""
        return (self.evaluation, self.scores, self.evaluation_timing)

    @property
    def gathered(self) -> tuple[Path, ...]:
        """What is read when results are gathered."""
        return (self.ticket, self.widths, self.timing, *self.scored)


@dataclass(frozen=True)
class CorpusFolder:
    """The files of one corpus of one task that are read when results are gathered."""

    path: Path

    @property
    def gathered(self) -> tuple[Path, ...]:
        """The clips, which of them are good, and where the job's time went."""
        return (self.path / "clips.csv", self.path / "splits.tsv", self.timing)

    @property
    def timing(self) -> Path:
        """Where the time of the job that made the clips went."""
        return self.path / "timing.json"


def rung_folder(strategy: str, removed: float) -> str:
    """`trim/removed-0.85`: the last two parts of a rung's path; at least two decimals, more where needed."""
    text = f"{removed:.2f}" if round(removed, 2) == removed else f"{removed}"
    return f"{strategy}/removed-{text}"


def network_folder(network: str) -> str:
    """A network's name as it stands in paths: `module:Class` is shortened to its class."""
    return network.rpartition(":")[2]


def dataset_file(dataset: str) -> str:
    """The name of the file that says that a data set is there and whole (`module:ATTRIBUTE`: its attribute's name)."""
    return f"{dataset.rpartition(':')[2]}.json"


def ticket_folder(root: Path, corpus: str, task: str, network: str, seed: int, ticket: str) -> Path:
    """The folder of one ticket; `ticket` is `dense` or a `rung_folder`."""
    return root / corpus / task / network_folder(network) / f"seed-{seed}" / ticket


def fold_corpus(corpus: str, fold: int) -> str:
    """What trains on one fold stands under this name in paths and on tickets: `mdb_drums.fold-3`."""
    return f"{corpus}.fold-{fold}"


def split_fold(name: str) -> tuple[str, int | None]:
    """(corpus, fold) of a name as `fold_corpus` makes it; the fold is None for a corpus's own name."""
    corpus, _, fold = name.partition(".fold-")
    return corpus, int(fold) if fold else None


def rewind_file(step: str) -> str:
    """Where the dense folder keeps the weights of an early step ("20it")."""
    return f"rewind-{step}.safetensors"
