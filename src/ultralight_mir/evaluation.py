"""Scoring a ticket on every clip of every test corpus, and what it costs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from functools import partial
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory

import torch

from ultralight_mir import cost
from ultralight_mir.digests import digest, write_sealed
from ultralight_mir.errors import InputError
from ultralight_mir.export import calibration, engine, export, runtime
from ultralight_mir.features.store import Store
from ultralight_mir.forms import FORMS
from ultralight_mir.inference import outputs
from ultralight_mir.jobs.machine import cpu_name
from ultralight_mir.jobs.timing import Clock
from ultralight_mir.jobs.torch_setup import CPU
from ultralight_mir.paths import DENSE, ExportFolder, TicketFolder
from ultralight_mir.records import SCORES
from ultralight_mir.scoring import score_set, scored
from ultralight_mir.tasks import get_task
from ultralight_mir.tasks.base import Array, Output, Task, Thresholds
from ultralight_mir.ticket import Ticket

Hear = Callable[[Iterable[tuple[Array, Array]]], Iterator[Output]]
"""What says something of clips, each with its input and the centres of its frames."""
SPLIT = "test"


@dataclass(frozen=True)
class TestCorpus:
    """A corpus to score on: a name, its feature store, and the clips of it that are scored."""

    name: str
    store: Store
    indices: Sequence[int]


@dataclass(frozen=True)
class CorpusScores:
    """The rows of `scores.csv` for one test corpus, and the classes left out with their numbers of clips."""

    rows: list[dict[str, object]]
    unscored: dict[str, int]


def score_corpus(hear: Hear, task: Task, corpus: TestCorpus, thresholds: Thresholds) -> CorpusScores:
    """One row a clip and metric, then those of the metrics that exist for the whole set only.

    Clips of classes that the network cannot know are left out and logged.
    """
    every = {i: task.read(corpus.store.entries[i].clip) for i in corpus.indices}
    annotations, unscored = scored(task, every, corpus.name)
    known = list(annotations)
    known.sort(key=lambda i: corpus.store.entries[i].frames)  # those of one length go through the network together
    given = hear(corpus.store.whole(known))
    scores = score_set(task, given, [annotations[i] for i in known], thresholds)
    order = sorted(range(len(known)), key=known.__getitem__)
    scores = replace(scores, clips=[scores.clips[place] for place in order])
    clips = [corpus.store.entries[known[place]].clip for place in order]
    return CorpusScores(scores.rows(corpus.name, clips), unscored)


def run(
    ticket: Ticket,
    stores: Sequence[Store],
    folder: Path,
    clock: Clock,
    device: torch.device = CPU,
    dense: Ticket | None = None,
) -> None:
    """Write `scores.csv` and `evaluation.json` into a ticket's folder.

    Args:
        stores: of the training corpus (its test split is scored), then of further test corpora (all clips are).
        dense: the ticket of the dense network whose time this one's is set against; None where it is that itself.

    Raises:
        InputError: a store is of another task, feature or fold than the ticket; there is no test clip; the dense
            network is missing, or of another training.
    """
    corpora, where = _corpora(ticket, stores, folder), TicketFolder(folder)
    _check_dense(ticket, dense, folder)
    task = get_task(ticket.task)
    import_module(task.scorer)  # seconds of importing are start-up, not evaluation
    with clock.phase("evaluation"):
        network = ticket.network().to(device)
        hear = partial(outputs, network, task)
        scores = [score_corpus(hear, task, corpus, ticket.thresholds) for corpus in corpora]
    with clock.phase("cost"):
        whole = None if dense is None else dense.network()
        costs = cost.measure(network.to(CPU), *cost.example(stores[0]), where.weights, whole)
    unscored = {corpus.name: part.unscored for corpus, part in zip(corpora, scores, strict=True) if part.unscored}
    SCORES.write(where.scores, [row for part in scores for row in part.rows])
    content = {"ticket": digest(where.ticket), "costs": asdict(costs), "unscored": unscored}
    write_sealed(where.evaluation, content, [where.scores])


def run_export(
    ticket: Ticket, stores: Sequence[Store], folder: Path, exported: ExportFolder, form: str, clock: Clock
) -> None:
    """Write a ticket in another form, score that on the same clips, and measure it: all into `exported`.

    Raises:
        InputError: as `run`, as `export` and as `engine`.
    """
    corpora, task = _corpora(ticket, stores, folder), get_task(ticket.task)
    import_module(task.scorer)
    kept = [exported.path / FORMS[form].file] if FORMS[form].file else []
    with TemporaryDirectory() as scratch:
        written = kept[0] if kept else Path(scratch)
        with clock.phase("export"):
            clips = calibration.of_store(ticket, stores[0], folder)
            export(form, ticket, written, with_front_end=False, calibration=clips)
            heard = engine(form, written)
        with clock.phase("evaluation"):
            listen = partial(runtime.outputs, heard.hear, task)
            scores = [score_corpus(listen, task, corpus, ticket.thresholds) for corpus in corpora]
        with clock.phase("cost"):
            rtf = cost.export_rtf(heard.hear, *cost.example(stores[0]))
    SCORES.write(exported.scores, [row for part in scores for row in part.rows])
    told = {"form": form, "precision": heard.precision, "bytes": heard.bytes}
    told |= {"cpu_rtf": rtf, "threads": 1, "machine": cpu_name()}
    content = {"ticket": digest(TicketFolder(folder).ticket), "exported": told}
    write_sealed(exported.evaluation, content, [*kept, exported.scores])


def _corpora(ticket: Ticket, stores: Sequence[Store], folder: Path) -> list[TestCorpus]:
    """What a ticket is scored on: the test split of its training corpus, and all clips of the further ones."""
    home, *others = stores
    ticket.check_store(home, folder)
    for store in others:
        if (store.task, store.description) != (home.task, home.description):
            wanted = f"{home.description['name']} for {home.task}, with the same settings"
            raise InputError(f"{store.folder}: {store.description['name']} for {store.task}, expected {wanted}")
    if not home.split(SPLIT):
        raise InputError(f"{home.folder}: no test clips, expected at least one to score")
    return [
        TestCorpus(home.corpus, home, home.split(SPLIT)),
        *(TestCorpus(store.corpus, store, store.labelled) for store in others),
    ]


def _check_dense(ticket: Ticket, dense: Ticket | None, folder: Path) -> None:
    if dense is None:
        if ticket.strategy is not None:
            raise InputError(f"{folder}: a ticket of {ticket.strategy_name}, expected --dense, the dense one's folder")
        return
    found, wanted = ((t.task, t.corpus, t.seed, s) for t, s in ((dense, dense.strategy_name), (ticket, DENSE)))
    if found != wanted:
        (one, other) = (" ".join(map(str, names)) for names in (found, wanted))
        raise InputError(f"{folder}: set against the ticket of {one}, expected that of {other}")
