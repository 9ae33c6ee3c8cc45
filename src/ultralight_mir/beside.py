"""Gathering what stands beside the tickets: systems, their races with tickets, and tickets in other forms."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pandas as pd

from ultralight_mir.digests import digest, read_sealed, remedy
from ultralight_mir.entry import Entry
from ultralight_mir.errors import InputError
from ultralight_mir.experiment import Experiment
from ultralight_mir.metric_table import Metrics
from ultralight_mir.paths import RaceFolder
from ultralight_mir.records import RACE, SCORES, TABLES, TICKET
from ultralight_mir.scoring import mean_scores


def exports(experiment: Experiment, entries: Sequence[Entry], metrics: Metrics) -> Iterator[dict[str, Any]]:
    """What tickets score in other forms, a row a form, test corpus and metric."""
    known = {entry.folder.path: entry for entry in entries}
    for folder, ticket in experiment.export_folders().items():
        if ticket.path not in known:  # it was given up
            continue
        found = read_sealed(folder.evaluation, folder.scores.name)
        if found["ticket"] != digest(ticket.ticket):
            raise InputError(
                f"{folder.evaluation}: of another ticket than {ticket.ticket}; {remedy(folder.evaluation)}"
            )
        identity, scores = known[ticket.path].identity, SCORES.read(folder.scores)
        metrics.check(folder.scores, scores.assign(task=identity["task"]))
        for row in mean_scores(scores, metrics.of_task(identity["task"])):
            yield {key: identity[key] for key in TICKET} | found["exported"] | row


def race(folder: RaceFolder) -> pd.DataFrame:
    """The times of a race, proven."""
    read_sealed(folder.race, folder.times.name)
    return RACE.read(folder.times)


def raced(entries: Sequence[Entry], races: Mapping[str, pd.DataFrame]) -> Iterator[dict[str, Any]]:
    """The rows of a race that are of tickets."""
    corpora = {entry.identity["task"]: entry.identity["corpus"] for entry in entries}
    for task, rows in races.items():
        for row in rows[rows["system"] == ""].to_dict("records"):
            own = {"task": task, "corpus": corpora[task], "seed": int(row["seed"])}
            yield {str(name): cell for name, cell in row.items()} | own


def systems(experiment: Experiment, races: Mapping[str, pd.DataFrame]) -> Iterator[dict[str, Any]]:
    """A row a system: what it is, and how fast."""
    folders = {(task, system): folder for folder, (system, _, task) in experiment.system_folders().items()}
    for (task, system), folder in folders.items():
        times = races[task][races[task]["system"] == system].iloc[0].to_dict()
        yield {**{str(name): cell for name, cell in times.items()}, **read_sealed(folder.system, folder.scores.name)}


def system_scores(experiment: Experiment, metrics: Metrics) -> pd.DataFrame:
    """The scores of all systems."""
    tables = [pd.DataFrame(columns=TABLES["system_scores"].names)]
    for folder, (system, _, task) in experiment.system_folders().items():
        read_sealed(folder.system, folder.scores.name)
        scores = SCORES.read(folder.scores).assign(task=task, system=system)
        metrics.check(folder.scores, scores)
        tables.append(scores)
    return pd.concat(tables) if len(tables) > 1 else tables[0]
