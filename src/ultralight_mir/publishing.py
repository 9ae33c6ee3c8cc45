"""A ticket made ready to be given away: its two files, and a card with what the results say of it."""

from __future__ import annotations

import logging
import math
from collections.abc import Hashable, Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from ultralight_mir.errors import InputError
from ultralight_mir.export.c import delay_of
from ultralight_mir.files import replacing, write_json
from ultralight_mir.paths import DENSE, TicketFolder
from ultralight_mir.records import CASE, pieces_of
from ultralight_mir.report.analysis import Analysis
from ultralight_mir.report.means import TEST_CASE, alike
from ultralight_mir.tasks import get_task
from ultralight_mir.ticket import Ticket
from ultralight_mir.tickets import CARD
from ultralight_mir.tickets.cards import Card, Score
from ultralight_mir.weights import count_parameters

log = logging.getLogger(__name__)
LICENCE = "MIT; trained on audio that this package synthesised (in part with the sound font TimGM6mb), on no recording"
LICENCE_OF_OTHERS = "MIT for the code; for the weights, that of the recordings they were trained on matters too"


def publish(folder: Path, analysis: Analysis, out: Path) -> Card:
    """Copy a ticket's `ticket.json` and weights to `out`, and write its card there.

    Args:
        analysis: of the results in whose tables the ticket stands.

    Raises:
        InputError: the ticket is damaged, names what is not registered, or is not in these results.
    """
    ticket, source = Ticket.read_folder(folder), TicketFolder(folder)
    card = _card(ticket, source, analysis)
    target = TicketFolder(out)
    for one, other in ((source.weights, target.weights), (source.ticket, target.ticket)):
        with replacing(other) as scratch:
            scratch.write_bytes(one.read_bytes())
    write_json(out / CARD, card.model_dump())
    return card


def _card(ticket: Ticket, source: TicketFolder, analysis: Analysis) -> Card:
    which: dict[Hashable, Any] = {
        "corpus": ticket.corpus,
        "task": ticket.task,
        "network": ticket.recipe.network,
        "seed": ticket.seed,
        "strategy": ticket.strategy_name,
        "removed_target": ticket.removed_target,
    }
    mine = alike(analysis.tickets, which, [*map(str, which)])
    parameters = count_parameters(ticket.network())
    if mine.empty or int(mine["parameters"].iloc[0]) != parameters:
        raise InputError(f"{source.path}: not a ticket of these results, expected one that stands in their tables")
    first = mine.iloc[0]
    dense = alike(analysis.means, {**which, "strategy": DENSE}, [*CASE, "strategy"])
    here: dict[Hashable, Any] = {"corpus": ticket.corpus, "task": ticket.task, "test_corpus": ticket.corpus}
    home = alike(analysis.records.corpora, here, [*map(str, here)]).iloc[0]
    embedded = analysis.records.is_embedded(ticket.corpus)
    return Card(
        task=ticket.task,
        classes=ticket.classes,
        network=ticket.recipe.network,
        strategy=ticket.strategy_name,
        removed=round(ticket.removed, 4),
        seed=ticket.seed,
        parameters=int(first["parameters"]),
        bytes=source.weights.stat().st_size,
        macs_per_second=round(float(first["macs_per_second"])),
        dense_parameters=int(dense["parameters"].iloc[0]),
        dense_macs_per_second=round(float(dense["macs_per_second"].iloc[0])),
        thresholds=ticket.thresholds,
        corpus=ticket.corpus,
        training_clips=int(home["train"]),
        scores=[_score(row, dense, analysis) for _, row in mine.iterrows()],
        delay_ms=_delay(ticket),
        limits=get_task(ticket.task).limits,
        licence=LICENCE if embedded else LICENCE_OF_OTHERS,
        commit=_commit(analysis.records.run, ticket),
    )


def _commit(run: Mapping[str, Any], ticket: Ticket) -> str:
    """That of the run that made a ticket: of joined results, of the first piece with its task and seed in the grid."""
    for piece in pieces_of(run):
        grid = piece.get("config", {}).get("grid", {})
        if all(own in (grid.get(key) or [own]) for key, own in (("tasks", ticket.task), ("seeds", ticket.seed))):
            return str(piece.get("commit", ""))
    return ""


def _delay(ticket: Ticket) -> float | None:
    try:
        return delay_of(ticket)
    except InputError as error:  # there is no C for it, or the generator is not installed
        log.info("no delay on the card: %s", error)
        return None


def _score(row: pd.Series, dense: pd.DataFrame, analysis: Analysis) -> Score:
    """Of one ticket on one test corpus."""
    test = str(row["test_corpus"])
    keys = [*TEST_CASE, "strategy", "removed_target"]
    mean, ends = (alike(frame, row, keys).iloc[0] for frame in (analysis.means, analysis.statistics.scores))
    metric = analysis.records.metrics.headline(str(row["task"]))
    low, high = (float(ends[name]) for name in ("score_low", "score_high"))
    return Score(
        corpus=test,
        recordings=not analysis.records.is_embedded(test),
        metric=metric.label,
        unit=metric.unit,
        score=round(float(row["score"]), 2),
        mean=round(float(mean["score"]), 2),
        low=None if math.isnan(low) else round(low, 2),
        high=None if math.isnan(high) else round(high, 2),
        seeds=int(mean["seeds"]),
        clips=int(row["clips"]),
        dense=round(float(dense[dense["test_corpus"] == test]["score"].iloc[0]), 2),
    )
