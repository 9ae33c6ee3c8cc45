"""Gathering: the per-ticket files of a finished grid become the tables that figures and report are drawn from."""

from __future__ import annotations

import os
import platform
import subprocess
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pandas as pd

from ultralight_mir.corpora.clips import read_good_clips
from ultralight_mir.experiment import Experiment
from ultralight_mir.files import read_json, replacing, write_json
from ultralight_mir.machine import cpu_name, memory_gib
from ultralight_mir.metrics import SET_LEVEL
from ultralight_mir.records import COLUMNS

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
    scores = {folder: pd.read_csv(folder / "scores.csv", dtype={"track_id": str, "group": str}) for folder in about}
    _write(pd.concat([_means(about[f], table) for f, table in scores.items()]), root / "results.csv")
    _write(pd.concat([_short(about[f], table, "scores") for f, table in scores.items()]), root / "scores.csv")
    widths = [pd.read_csv(f / "widths.csv", dtype={"layer": str}, keep_default_na=False) for f in about]
    _write(
        pd.concat([_short(about[f], table, "widths") for f, table in zip(about, widths, strict=True)]),
        root / "widths.csv",
    )
    costs = [{**about[f], **read_json(f / "cost.json")} for f in about]
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
        "corpus": ticket["corpus"],
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
            counts = {split: sum(c.split == split for c in clips) for split in ("train", "valid", "test")}
            if name != home:
                counts = {"train": 0, "valid": 0, "test": len(clips)}
            yield {
                "corpus": home,
                "task": task,
                "test_corpus": name,
                "embedded": experiment.config["corpora"][name]["kind"] == "synthetic",
                **counts,
                "groups": len({c.group for c in clips}),
                "hours": round(sum(c.duration for c in clips) / 3600, 4),
                "unscored": _unscored(experiment, task, name),
            }


def _unscored(experiment: Experiment, task: str, corpus: str) -> str:
    """What the evaluation of any ticket of this task left out of `corpus`."""
    for folder in experiment.tickets():
        if folder.parts[len(experiment.root.parts) + 1] == task:
            left: str = read_json(folder / "thresholds.json")["unscored"].get(corpus, "")
            return left
    return ""


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
