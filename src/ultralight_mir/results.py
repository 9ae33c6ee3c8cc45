"""Gathering: the per-ticket files of a finished grid become the tables that figures and report are drawn from.

The folds of a corpus are one ticket in all tables but times.csv. Its scores are those of all folds' test clips together
(a further test corpus, which every fold scores whole: each clip's mean over the folds); metrics of a whole set of clips
do not add up over folds and are left out. What a constant answer scores is found here, as it is chosen for all
clips of a test corpus together, and stands with the dense network's scores. What was removed, what is left of every
layer and what it costs are means over the folds.
"""

from __future__ import annotations

import os
import platform
import subprocess
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from statistics import fmean
from typing import Any

import pandas as pd

from ultralight_mir.clips import SPLITS, Clip, read_good_clips
from ultralight_mir.corpora import folds
from ultralight_mir.experiment import Experiment
from ultralight_mir.files import read_json, replacing, write_json
from ultralight_mir.jobs.machine import cpu_name, memory_gib
from ultralight_mir.metrics import SET_LEVEL, headline
from ultralight_mir.paths import DENSE, split_fold, ticket_folder
from ultralight_mir.records import COLUMNS, COSTS
from ultralight_mir.tasks import get_task
from ultralight_mir.tasks.base import describe

STRATEGY = ["method", "criterion", "scope", "scale", "reset"]
RUNG = ["rung", "removed_target", "removed", "channels_removed"]
SHORT = ["corpus", "task", "network", "seed", "strategy", "removed_target"]
"""The columns that tell tickets apart, where the whole strategy need not be told again."""
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


def write_all(experiment: Experiment, root: Path) -> None:
    """Write results, costs, scores, widths, corpora and times as CSV into `root`, and run.json."""
    about = {folder: _identity(folder) for folder in experiment.tickets()}
    pools = _pools(about)
    scores = [(identity, _with_constant(experiment, identity, _scores(folders))) for identity, folders in pools]
    _write(pd.concat([_means(identity, table) for identity, table in scores]), root / "results.csv")
    _write(pd.concat([_short(identity, table, "scores") for identity, table in scores]), root / "scores.csv")
    widths = [_short(identity, _widths(folders), "widths") for identity, folders in pools]
    _write(pd.concat(widths), root / "widths.csv")
    costs = [identity | _mean([read_json(f / "cost.json") for f in folders], COSTS) for identity, folders in pools]
    _write(pd.DataFrame(costs)[COLUMNS["costs"]], root / "costs.csv")
    _write(pd.DataFrame(_corpora(experiment)), root / "corpora.csv")
    _write(pd.DataFrame(_times(experiment, about)), root / "times.csv")
    write_json(root / "run.json", _run(experiment))


def _write(table: pd.DataFrame, path: Path) -> None:
    with replacing(path) as scratch:
        table.to_csv(scratch, index=False, lineterminator="\n")


def _identity(folder: Path) -> dict[str, Any]:
    """The columns that say which ticket a row is about."""
    ticket = read_json(folder / "ticket.json")
    strategy = ticket["strategy"]
    named = {
        "corpus": split_fold(ticket["corpus"])[0],
        "task": ticket["task"],
        "network": ticket["recipe"]["network"],
        "seed": ticket["seed"],
    }
    return {
        **named,
        "strategy": strategy["name"],
        **{key: strategy[key] for key in STRATEGY},
        **{key: ticket[key] for key in RUNG},
        "measure": strategy["measure"],
        "overshoot": ticket["overshoot"],
    }


def _pools(about: Mapping[Path, Mapping[str, Any]]) -> list[tuple[dict[str, Any], list[Path]]]:
    """What tells a ticket, and its folders: one, or one a fold."""
    pools: dict[tuple[Any, ...], list[Path]] = {}
    for folder, identity in about.items():
        pools.setdefault(tuple(identity[key] for key in SHORT), []).append(folder)
    means = ["removed", "channels_removed", "overshoot"]
    return [(_mean([about[folder] for folder in folders], means), folders) for folders in pools.values()]


def _mean(rows: Sequence[Mapping[str, Any]], columns: Sequence[str]) -> dict[str, Any]:
    """The first row, with the rows' means in some columns; whole numbers stay whole."""
    means = {name: fmean(row[name] for row in rows) for name in columns}
    return {**rows[0], **{n: round(mean) if isinstance(rows[0][n], int) else mean for n, mean in means.items()}}


def _scores(folders: Sequence[Path]) -> pd.DataFrame:
    """The scores of a ticket; of all its folds."""
    tables = [pd.read_csv(folder / "scores.csv", dtype={"track_id": str, "group": str}) for folder in folders]
    if len(tables) == 1:
        return tables[0]
    whole = pd.concat(tables)
    by = whole[whole["track_id"] != SET_LEVEL].groupby(["test_corpus", "track_id", "group", "metric"], sort=False)
    return by[["value", "weight"]].mean().reset_index()


def _with_constant(experiment: Experiment, identity: Mapping[str, Any], scores: pd.DataFrame) -> pd.DataFrame:
    """The scores; those of the dense network with the constant answer's beside them, where the task has one."""
    if identity["strategy"] != DENSE or not headline(identity["task"]).constant:
        return scores
    task, tables = get_task(identity["task"]), [scores]
    for corpus, rows in scores[scores["track_id"] != SET_LEVEL].groupby("test_corpus", sort=False):
        scored = rows.drop_duplicates("track_id")
        clips = {c.track_id: c for c in read_good_clips(experiment.root / "corpora" / str(corpus) / task.name)}
        constant = task.constant_answer([clips[track] for track in scored["track_id"]])
        values, weights = [score.value for score in constant], [score.weight for score in constant]
        tables.append(scored.assign(metric=constant[0].metric, value=values, weight=weights))
    return pd.concat(tables)


def _widths(folders: Sequence[Path]) -> pd.DataFrame:
    """What is left of each layer of a ticket; the mean over its folds."""
    tables = [pd.read_csv(folder / "widths.csv", dtype={"layer": str}, keep_default_na=False) for folder in folders]
    return tables[0] if len(tables) == 1 else pd.concat(tables).groupby("layer", sort=False).mean().reset_index()


def _means(identity: Mapping[str, Any], scores: pd.DataFrame) -> pd.DataFrame:
    """One row a test corpus and metric: the weighted mean over its clips."""
    weighted = scores.assign(total=scores["value"] * scores["weight"])
    grouped = weighted.groupby(["test_corpus", "metric"], sort=False)
    means = grouped["total"].sum() / grouped["weight"].sum()
    table = means.rename("value").round(6).reset_index()
    clips = scores[scores["track_id"] != SET_LEVEL].groupby("test_corpus")["track_id"].nunique()
    table["clips"] = table["test_corpus"].map(clips).astype(int)
    return table.assign(**identity)[COLUMNS["results"]]


def _short(identity: Mapping[str, Any], rows: pd.DataFrame, table: str) -> pd.DataFrame:
    """A ticket's own rows, each with the columns that say which ticket it is."""
    return rows.assign(**{key: identity[key] for key in SHORT})[COLUMNS[table]]


def _corpora(experiment: Experiment) -> Iterator[dict[str, Any]]:
    for task in experiment.tasks:
        home, *others = experiment.test_corpora(task)
        for name in (home, *others):
            clips = read_good_clips(experiment.root / "corpora" / name / task)
            cut = folds.count(clips) if name == home else 0
            counts = {"train": 0, "valid": 0, "test": len(clips)} if name != home else _split_sizes(clips, cut)
            yield {
                "corpus": home,
                "task": task,
                "test_corpus": name,
                "embedded": experiment.config["corpora"][name]["kind"] == "synthetic",
                **counts,
                "folds": cut or 1,
                "groups": len({c.group for c in clips}),
                "hours": round(sum(c.duration for c in clips) / 3600, 4),
                "unscored": _unscored(experiment, task, name),
            }


def _split_sizes(clips: list[Clip], cut: int) -> dict[str, int]:
    """Clips in each split; of a corpus in folds, the mean over the folds, and every clip as a test clip."""
    taken = [folds.take(clips, fold) for fold in range(cut)] or [clips]
    sizes = {split: sum(c.split == split for made in taken for c in made) for split in SPLITS}
    return {split: size if split == "test" else round(size / len(taken)) for split, size in sizes.items()}


def _unscored(experiment: Experiment, task: str, corpus: str) -> str:
    """What the evaluation left out of `corpus`: by the first dense network of this task, in all of its folds."""
    first, *rest = [trial for trial in experiment.trials() if trial.task == task]
    left: Counter[str] = Counter()
    for trial in (first, *(t for t in rest if (t.network, t.seed) == (first.network, first.seed))):
        folder = ticket_folder(experiment.root, trial.corpus, task, trial.network, trial.seed, DENSE)
        found: Counter[str] = Counter(read_json(folder / "thresholds.json")["unscored"].get(corpus, {}))
        left = left + found if corpus == experiment.test_corpora(task)[0] else left | found
    return describe(left)


def _times(experiment: Experiment, about: Mapping[Path, Mapping[str, Any]]) -> Iterator[dict[str, Any]]:
    for folder, identity in about.items():
        for name in ("timing.json", "timing-evaluate.json"):
            yield from _phases(folder / name, {key: identity[key] for key in SHORT})
    for kind in ("corpora", "features"):
        for path in sorted((experiment.root / kind).glob("*/*/**/timing.json")):
            corpus, task = path.relative_to(experiment.root / kind).parts[:2]
            yield from _phases(path, {**dict.fromkeys(SHORT, ""), "corpus": corpus, "task": task})


def _phases(path: Path, identity: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    timing = read_json(path)
    for phase, (cores, wall) in timing["phases"].items():
        yield {"rule": timing["rule"], **identity, "phase": phase, "core_seconds": cores, "wall_seconds": wall}


def _run(experiment: Experiment) -> dict[str, Any]:
    machine = {
        "cpu": cpu_name(),
        "cores": os.cpu_count(),
        "memory_gib": memory_gib(),
        "system": platform.platform(),
        "python": platform.python_version(),
    }
    return {
        "experiment": experiment.config["experiment"],
        "smoke": experiment.config["smoke"],
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "commit": _commit(),
        "machine": machine,
        "versions": {name: version(name) for name in PACKAGES},
        "config": experiment.config,
    }


def _commit() -> str:
    """The checkout's commit, "" outside one."""
    try:
        command = ["git", "describe", "--always", "--dirty"]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return ""
