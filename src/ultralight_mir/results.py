"""Gathering: the per-ticket files of a finished grid become the tables that figures and report are drawn from.

The folds of a corpus are one ticket in all tables but times.csv. Its scores are those of all folds' test clips together
(a further test corpus, which every fold scores whole: each clip's mean over the folds); metrics of a whole set of clips
do not add up over folds and are left out. What a constant answer scores is computed here, as it is chosen for all
clips of a test corpus together, and stands with the dense network's scores. What was removed, what is left of every
layer and what it costs are means over the folds.
"""

from __future__ import annotations

import json
import os
import platform
import subprocess
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from statistics import fmean
from typing import Any

import pandas as pd

from ultralight_mir import beside, folds
from ultralight_mir.clips import SPLITS, UNLABELLED, Clip, read_good_clips
from ultralight_mir.digests import remedy, write_sealed
from ultralight_mir.entry import Entry, read_all
from ultralight_mir.errors import InputError
from ultralight_mir.experiment import Experiment
from ultralight_mir.files import read_json
from ultralight_mir.jobs.machine import cpu_name, memory_gib
from ultralight_mir.metric_table import Metrics
from ultralight_mir.networks import NETWORKS
from ultralight_mir.paths import DENSE, RUN, split_fold
from ultralight_mir.records import (
    CLIP,
    COSTS,
    DEVICES,
    FORMAT,
    MISSING,
    SCORES,
    TABLES,
    TICKET,
    VALID,
    WIDTHS,
    table_file,
)
from ultralight_mir.scoring import DIGITS, mean_scores
from ultralight_mir.tasks import get_task
from ultralight_mir.tasks.base import describe

OWN = "A network of the user's own."
PACKAGES = (
    "ultralight-mir",
    "torch",
    "librosa",
    "mir_eval",
    "snakemake",
    "numpy",
    "pandas",
    "matplotlib",
    "tinysoundfont",
)


def write_all(experiment: Experiment) -> None:
    """Write all of `TABLES` as CSV into the results folder, and last run.json, which proves them.

    Raises:
        InputError: a file of a ticket is missing, cut, edited or damaged, or of another ticket than its folder's.
    """
    entries, missing = read_all(experiment)
    pools = _pools(entries)
    metrics = Metrics({task: get_task(experiment.task_key(task)).metrics for task in experiment.tasks})
    scores = [(identity, _scores(experiment, identity, pool, metrics)) for identity, pool in pools]
    races = {task: beside.race(folder) for folder, task in experiment.race_folders().items()}
    rows: dict[str, Iterable[Mapping[str, Any]]] = {
        "results": [
            identity | row
            for (identity, table), (_, pool) in zip(scores, pools, strict=True)
            for row in (*mean_scores(table, metrics.of_task(identity["task"])), *_validation(pool))
        ],
        "costs": (identity | _mean([entry.costs for entry in pool], COSTS) for identity, pool in pools),
        "exports": list(beside.exports(experiment, entries, metrics)),
        "systems": list(beside.systems(experiment, races)),
        "races": list(beside.raced(entries, races)),
        "corpora": list(_corpora(experiment, entries)),
        "times": list(_times(experiment, entries)),  # read whole before anything is written
        "metrics": metrics.rows(),
    }
    frames = {
        "scores": pd.concat([_short(identity, table) for identity, table in scores]),
        "widths": pd.concat([_short(identity, _widths(pool)) for identity, pool in pools]),
        "system_scores": beside.system_scores(experiment, metrics),
    }
    for name, table in rows.items():
        TABLES[name].write(_path(experiment.root, name), table)
    for name, frame in frames.items():
        TABLES[name].write_columns(_path(experiment.root, name), frame.to_dict("list"))
    networks = dict.fromkeys(entry.identity["network"] for entry in entries)
    devices = Counter(entry.device for entry in entries)
    run = {"format": FORMAT, **_run(experiment, list(networks)), DEVICES: dict(devices), MISSING: missing}
    write_sealed(experiment.root / RUN, run, files=[_path(experiment.root, name) for name in TABLES])


def _path(root: Path, table: str) -> Path:
    return root / table_file(table)


def _pools(entries: Sequence[Entry]) -> list[tuple[dict[str, Any], list[Entry]]]:
    """What tells a ticket, and its entries: one, or one a fold."""
    pools: dict[tuple[Any, ...], list[Entry]] = {}
    for entry in entries:
        pools.setdefault(tuple(entry.identity[key] for key in TICKET), []).append(entry)
    averaged = ("removed", "channels_removed", "overshoot")
    return [(_mean([entry.identity for entry in pool], averaged), pool) for pool in pools.values()]


def _mean(rows: Sequence[Mapping[str, Any]], columns: Sequence[str]) -> dict[str, Any]:
    """The first row, with the rows' means in some columns; whole numbers stay whole."""
    averaged = {name: fmean(row[name] for row in rows) for name in columns}
    return {**rows[0], **{n: round(mean) if isinstance(rows[0][n], int) else mean for n, mean in averaged.items()}}


def _scores(
    experiment: Experiment, identity: Mapping[str, Any], pool: Sequence[Entry], metrics: Metrics
) -> pd.DataFrame:
    """The scores of a ticket, of all its folds; a dense network's with the constant answer's, if there is one."""
    tables = [SCORES.read(entry.folder.scores) for entry in pool]
    for entry, table in zip(pool, tables, strict=True):
        if table.empty:
            raise InputError(f"{entry.folder.scores}: no rows, expected at least one clip's scores")
        metrics.check(entry.folder.scores, table.assign(task=identity["task"]))
    scores = tables[0] if len(tables) == 1 else _over_folds(pd.concat(tables))
    return scores if identity["strategy"] != DENSE else _with_constant(experiment, identity["task"], scores)


def _over_folds(scores: pd.DataFrame) -> pd.DataFrame:
    """One row a clip: what several folds say of it is weighed as clips are, so that counts stay added up."""
    clips = scores[scores["level"] == CLIP].assign(total=lambda rows: rows["value"] * rows["weight"])
    by = clips.groupby(["test_corpus", "level", "track_id", "group", "metric"], sort=False)
    means = by[["value", "weight", "total"]].mean().reset_index()
    weighed = means["weight"] > 0
    means.loc[weighed, "value"] = (means["total"] / means["weight"])[weighed]
    return means.drop(columns="total")


def _with_constant(experiment: Experiment, name: str, scores: pd.DataFrame) -> pd.DataFrame:
    task, tables = get_task(experiment.task_key(name)), [scores]
    if not task.metrics[0].constant:
        return scores
    for corpus, rows in scores[scores["level"] == CLIP].groupby("test_corpus", sort=False):
        tracks = rows.drop_duplicates("track_id")
        folder = experiment.corpus_folders()[str(corpus), name].path
        clips = {clip.track_id: clip for clip in read_good_clips(folder)}
        strange = [track for track in tracks["track_id"] if track not in clips]
        if strange:
            wanted = f"'{strange[0]}', which was scored on {corpus}; score the tickets again"
            raise InputError(f"{folder / 'splits.tsv'}: no clip {wanted}")
        constant = task.constant_answer([clips[track] for track in tracks["track_id"]])
        values, weights = [score.value for score in constant], [score.weight for score in constant]
        tables.append(tracks.assign(metric=constant[0].metric, value=values, weight=weights))
    return pd.concat(tables)


def _widths(pool: Sequence[Entry]) -> pd.DataFrame:
    """What is left of each layer of a ticket; the mean over its folds."""
    tables = [WIDTHS.read(entry.folder.widths) for entry in pool]
    return tables[0] if len(tables) == 1 else pd.concat(tables).groupby("layer", sort=False).mean().reset_index()


def _validation(pool: Sequence[Entry]) -> Iterator[dict[str, Any]]:
    """What a ticket's validation clips scored, the mean over its folds; of metrics that all of them have."""
    home, *_ = pool
    for name in home.validation:
        if all(name in entry.validation for entry in pool):
            mean = round(fmean(entry.validation[name] for entry in pool), DIGITS)
            yield {"test_corpus": home.identity["corpus"], "split": VALID, "metric": name, "value": mean}


def _short(identity: Mapping[str, Any], rows: pd.DataFrame) -> pd.DataFrame:
    """A ticket's own rows, each with the columns that say which ticket it is."""
    return rows.assign(**{key: identity[key] for key in TICKET})


def _corpora(experiment: Experiment, entries: Sequence[Entry]) -> Iterator[dict[str, Any]]:
    folders = experiment.corpus_folders()
    for task in experiment.tasks:
        home, *others = experiment.test_corpora(task)
        for name in (home, *others):
            clips = [c for c in read_good_clips(folders[name, task].path) if c.split != UNLABELLED]
            count = folds.count(clips) if name == home else 0
            sizes = {"train": 0, "valid": 0, "test": len(clips)} if name != home else _split_sizes(clips, count)
            yield {
                "corpus": home,
                "task": task,
                "test_corpus": name,
                "embedded": experiment.config.corpora[name].kind == "synthetic",
                **sizes,
                "folds": count or 1,
                "groups": len({c.group for c in clips}),
                "hours": round(sum(c.duration for c in clips) / 3600, 4),
                "unscored": _unscored([e for e in entries if e.identity["task"] == task], name, name == home),
            }


def _split_sizes(clips: list[Clip], count: int) -> dict[str, int]:
    """Clips in each split; of a corpus in folds, the mean over the folds, and every clip as a test clip."""
    parts = [folds.take(clips, fold) for fold in range(count)] or [clips]
    sizes = {split: sum(c.split == split for part in parts for c in part) for split in SPLITS}
    return {split: size if split == "test" else round(size / len(parts)) for split, size in sizes.items()}


def _unscored(entries: Sequence[Entry], corpus: str, home: bool) -> str:
    """What the evaluation left out of `corpus`: by the first dense network of a task, in all of its folds."""
    first = entries[0].identity
    total: Counter[str] = Counter()
    for entry in entries:
        if all(entry.identity[key] == first[key] for key in TICKET):
            classes = Counter(entry.unscored.get(corpus, {}))
            total = total + classes if home else total | classes
    return describe(total)


def _times(experiment: Experiment, entries: Sequence[Entry]) -> Iterator[dict[str, Any]]:
    for entry in entries:
        for path in (entry.folder.timing, entry.folder.evaluation_timing):
            yield from _phases(path, entry.identity)
    for (corpus, task), files in experiment.corpus_folders().items():
        yield from _phases(files.timing, {"corpus": corpus, "task": task})
    for folder, (corpus, task) in experiment.feature_folders().items():
        yield from _phases(folder.timing, {"corpus": corpus, "task": task})
    for system_folder, (_, corpus, task) in experiment.system_folders().items():
        yield from _phases(system_folder.timing, {"corpus": corpus, "task": task})
    shipped = {entry.folder.path: entry.identity for entry in entries}
    for exported, ticket in experiment.export_folders().items():
        if ticket.path not in shipped:  # it was given up
            continue
        yield from _phases(exported.timing, shipped[ticket.path])
    for race, task in experiment.race_folders().items():
        yield from _phases(race.timing, {"corpus": experiment.test_corpora(task)[0], "task": task})
    for early, trial in experiment.rewind_folders().items():
        identity = {"corpus": split_fold(trial.corpus)[0], "task": trial.task, "network": trial.network}
        yield from _phases(early.timing, {**identity, "seed": trial.seed})


def _phases(path: Path, identity: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    timing = read_json(path)
    try:
        for phase, (cores, wall) in timing["phases"].items():
            yield {**identity, "rule": timing["rule"], "phase": phase, "core_seconds": cores, "wall_seconds": wall}
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise InputError(f"{path}: not a whole timing ({error}); {remedy(path)}") from error


def _run(experiment: Experiment, networks: Sequence[str]) -> dict[str, Any]:
    machine = {
        "cpu": cpu_name(),
        "cores": os.cpu_count(),
        "memory_gib": memory_gib(),
        "system": platform.platform(),
        "python": platform.python_version(),
    }
    return {
        "experiment": experiment.config.experiment,
        "smoke": experiment.config.smoke,
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "commit": _commit(),
        "machine": machine,
        "versions": {name: version(name) for name in PACKAGES},
        "networks": {name: NETWORKS[name].note if name in NETWORKS else OWN for name in (*networks, *NETWORKS)},
        "config": json.loads(experiment.as_json()),
    }


def _commit() -> str:
    """The checkout's commit, "" outside one."""
    try:
        command = ["git", "describe", "--always", "--dirty"]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return ""
