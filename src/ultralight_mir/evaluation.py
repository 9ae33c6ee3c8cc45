"""Scoring a ticket: thresholds on the validation split, then every clip of every test corpus."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from importlib import import_module
from pathlib import Path

from torch import nn

from ultralight_mir import cost
from ultralight_mir.digests import write_sealed
from ultralight_mir.errors import InputError
from ultralight_mir.features.store import Store
from ultralight_mir.files import write_json
from ultralight_mir.inference import outputs
from ultralight_mir.jobs.timing import Clock
from ultralight_mir.paths import TicketFolder
from ultralight_mir.records import CLIP, SCORES, SET
from ultralight_mir.tasks import get_task
from ultralight_mir.tasks.base import Score, Task, Thresholds, describe
from ultralight_mir.ticket import Ticket

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class TestCorpus:
    """A corpus to score on: a name, its feature store, and the clips of it that are scored."""

    name: str
    store: Store
    indices: Sequence[int]


@dataclass(frozen=True)
class Scored:
    """The rows of `scores.csv` for one test corpus, and the classes left out with their numbers of clips."""

    rows: list[dict[str, object]]
    unscored: dict[str, int]


def fit_thresholds(network: nn.Module, task: Task, store: Store) -> Thresholds:
    """Decision thresholds from the validation split of the training corpus, and from nothing else.

    Raises:
        InputError: the task has thresholds, and the corpus no validation clips.
    """
    indices = store.split("valid")
    if not indices and type(task).thresholds is not Task.thresholds:
        raise InputError(f"{store.folder}: no validation clips, which the thresholds of task {task.name} are chosen on")
    annotations = [task.read(store.entries[i].clip) for i in indices]
    return task.thresholds(outputs(network, store, indices, task), annotations)


def score_corpus(network: nn.Module, task: Task, corpus: TestCorpus, thresholds: Thresholds) -> Scored:
    """One row a clip and metric, then the set-level metrics, which have no track.

    Clips of classes that the network cannot know are left out and logged.
    """
    annotations = {i: task.read(corpus.store.entries[i].clip) for i in corpus.indices}
    unknown = Counter(filter(None, (task.unscored(a) for a in annotations.values())))
    if unknown:
        log.info("%s: not scored, classes that the training corpus lacks: %s", corpus.name, describe(unknown))
    scored = [i for i in corpus.indices if not task.unscored(annotations[i])]
    made = outputs(network, corpus.store, scored, task)
    estimates = [task.decode(output, thresholds) for output in made]
    references = [annotations[i] for i in scored]
    rows = []
    for index, estimate, reference in zip(scored, estimates, references, strict=True):
        clip = corpus.store.entries[index].clip
        rows += [_row(corpus.name, CLIP, clip.track_id, clip.group, s) for s in task.score(estimate, reference)]
    whole = task.score_set(estimates, references) if scored else []
    return Scored(rows + [_row(corpus.name, SET, "", "", s) for s in whole], dict(unknown))


def _row(corpus: str, level: str, track_id: str, group: str, score: Score) -> dict[str, object]:
    where = {"test_corpus": corpus, "level": level, "track_id": track_id, "group": group}
    return {**where, "metric": score.metric, "value": score.value, "weight": score.weight}


def run(ticket: Ticket, stores: Sequence[Store], folder: Path, clock: Clock) -> None:
    """Write `scores.csv` and `evaluation.json` (and `thresholds.json`) into `folder`.

    `stores`: of the training corpus (its test split is scored), then of further test corpora (all clips are).

    Raises:
        InputError: a store is of another task, feature or fold than the ticket; the weights are of another network;
            there is no test clip, or none to choose thresholds on.
    """
    for store in stores:
        if (store.task, store.feature) != (ticket.task, ticket.feature):
            wanted = f"{ticket.feature} for {ticket.task}"
            raise InputError(f"{store.folder}: features {store.feature} for {store.task}, expected {wanted}")
    task, network, home = get_task(ticket.task), ticket.network(), stores[0]
    home.check_fold(ticket.corpus)
    if not home.split("test"):
        raise InputError(f"{home.folder}: no test clips, expected at least one to score")
    import_module(task.scorer)  # seconds of importing are start-up, not evaluation
    corpora = [TestCorpus(home.corpus, home, home.split("test"))]
    corpora += [TestCorpus(store.corpus, store, range(len(store.entries))) for store in stores[1:]]
    with clock.phase("evaluation"):
        thresholds = fit_thresholds(network, task, home)
        scored = [score_corpus(network, task, corpus, thresholds) for corpus in corpora]
    with clock.phase("cost"):
        costs = cost.measure(network, *cost.example(home), folder / "weights.safetensors")
    unscored = {corpus.name: found.unscored for corpus, found in zip(corpora, scored, strict=True) if found.unscored}
    files = TicketFolder(folder)
    write_json(folder / "thresholds.json", {"thresholds": thresholds})
    SCORES.write(files.scores, [row for found in scored for row in found.rows])
    write_sealed(files.evaluation, {"costs": asdict(costs), "unscored": unscored}, files=[files.scores])
