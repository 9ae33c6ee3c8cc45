"""A made-up results folder in the shape of a real one: plausible scores with noise.

`write_results(folder, Grid(...))` makes one, `analysis(folder, Grid(...))` reads it, too. Whoever changes a table does
it between the `with edited(folder, "results") as rows:` lines, so that run.json proves the table again.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from ultralight_mir.digests import FILES, SEAL, write_sealed
from ultralight_mir.embedded.table import TABLE, Measured, write
from ultralight_mir.files import read_json
from ultralight_mir.metric_table import Metrics
from ultralight_mir.networks import NETWORKS
from ultralight_mir.records import FORMAT, RUN, TABLES
from ultralight_mir.report.analysis import Analysis
from ultralight_mir.strategy import SETTINGS
from ultralight_mir.tasks import get_task

STRATEGIES = {
    "trim": ("trim", "magnitude", "global", "maximum", "rewind"),
    "mask": ("mask", "magnitude", "global", "none", "rewind"),
    "reinit": ("trim", "magnitude", "global", "maximum", "reinit"),
    "random": ("trim", "random", "global", "none", "rewind"),
    "taught": ("trim", "magnitude", "global", "maximum", "rewind"),
    "shuffled": ("trim", "magnitude", "global", "maximum", "rewind"),
    "shuffled_taught": ("trim", "magnitude", "global", "maximum", "rewind"),
    "random_taught": ("trim", "random", "global", "none", "rewind"),
    "small": ("small", "magnitude", "global", "none", "rewind"),
    "small_taught": ("small", "magnitude", "global", "none", "rewind"),
    "hybrid": ("hybrid", "magnitude", "global", "maximum", "rewind"),
    "even": ("trim", "magnitude", "local", "none", "rewind"),
}
LIKE = {"reinit": "trim", "taught": "trim", "shuffled": "trim", "shuffled_taught": "taught"}
LOSS = {"trim": 1.2, "mask": 0.8, "reinit": 2.2, "random": 5.0, "taught": 0.02, "shuffled": 1.6, "even": 1.3}
LOSS |= {"shuffled_taught": 0.6, "random_taught": 2.0, "small": 1.5, "small_taught": 0.5, "hybrid": 1.0}
FEW = ("trim", "mask", "reinit", "random")
METRICS = {
    "instrument": ("accuracy",),
    "singing": ("accuracy",),
    "pitch": ("rpa", "rca", "oa", "vr", "vfa"),
    "chord": ("majmin", "root", "thirds", "mirex"),
    "drums": ("f_mean", "f_kd", "f_sd", "f_hh", "f_pooled", "f_mean_30ms"),
    "onset": ("f", "precision", "recall", "f_25ms"),
}
NETWORK = {
    "instrument": "timbre_cnn", "singing": "timbre_cnn", "pitch": "harmonic_cnn",
    "chord": "harmonic_cnn", "drums": "spectral_cnn", "onset": "spectral_cnn",
}  # fmt: skip
DENSE = {"instrument": 0.87, "singing": 0.82, "pitch": 0.93, "chord": 0.79, "drums": 0.86, "onset": 0.92}
MACHINE = "Some CPU, 2 cores"


@dataclass
class Grid:
    """What the made-up run ran."""

    tasks: Sequence[str] = tuple(METRICS)
    strategies: Sequence[str] = FEW
    removed: Sequence[float] = (0.5, 0.75, 0.85, 0.9, 0.95)
    seeds: int = 1
    networks: Sequence[str] = ()
    real: Sequence[str] = ()
    folds: int = 1  # with more than one, the training corpus is of recordings
    clips: int = 60
    constant: float = 0.3  # share of a classifier's test clips that are of the most frequent class
    smoke: bool = False
    times: bool = True
    validation: bool = True
    systems: Sequence[str] = ()  # beside every task's tickets
    exports: Sequence[str] = ()  # forms of the first seed's tickets
    boards: Sequence[Measured] = ()  # what tickets take on microcontrollers
    noise: float = 0.004  # from one training to another
    rows: dict[str, list[dict[str, Any]]] = field(default_factory=lambda: {name: [] for name in TABLES})


def write_results(folder: Path, grid: Grid, seed: int = 0) -> None:
    """Write all tables (CSV) and run.json into `folder`."""
    grid = replace(grid, rows={name: [] for name in TABLES})  # the same grid may be written twice
    random = np.random.default_rng(seed)
    for task in grid.tasks:
        _corpora(grid, task)
        for network in grid.networks or (NETWORK[task],):
            for number in range(1, grid.seeds + 1):
                _network(grid, random, {"corpus": "synthetic", "task": task, "network": network, "seed": number})
        _beside(grid, random, task)
    grid.rows["metrics"] = [dict(row) for row in Metrics({t: get_task(t).metrics for t in grid.tasks}).rows()]
    for name, rows in grid.rows.items():
        TABLES[name].write(folder / f"{name}.csv", rows)
    if grid.boards:
        write(folder / TABLE, grid.boards)
    run = {
        "format": FORMAT, "experiment": "default", "date": "2026-11-23T05:30:00+00:00", "commit": "0123456789abcdef",
        "machine": {"cpu": "Some CPU", "cores": 2, "memory_gib": 8.0, "system": "Linux 6.1", "python": "3.11.7"},
        "versions": {"torch": "2.13.0", "mir_eval": "0.8.2", "numpy": "2.4.6"},
        "config": {"seeds": list(range(1, grid.seeds + 1)), "removed": list(grid.removed), "tasks": list(grid.tasks)},
        "smoke": grid.smoke,
        "networks": _notes(grid),
    }  # fmt: skip
    write_sealed(folder / RUN, run, files=_tables(folder))


def analysis(folder: Path, grid: Grid, seed: int = 0) -> Analysis:
    """Write a results folder and analyse it."""
    write_results(folder, grid, seed)
    return Analysis.read(folder)


def board(task: str, core: str = "cortex-m4", **changes: Any) -> Measured:
    """What a ticket of a task takes on a core."""
    sizes = {"parameters": 2_000, "flash": 100_000, "ram": 20_000, "stack": 1_000, "delay": 120.0}
    work = {"macs": 4_000_000, "network_instructions": 20_000_000, "instructions": 30_000_000}
    named = {"task": task, "ticket": "small", "metric": f"{task} score, %", "core": core, "score": 90.0, "dense": 91.0}
    return Measured(**{**named, **sizes, **work, "network_difference": 1e-7, "difference": 1e-6, **changes})


def _notes(grid: Grid) -> dict[str, str]:
    notes = {name: known.note for name, known in NETWORKS.items()}
    return {**{name: notes.get(name, "A network of the user's own.") for name in grid.networks}, **notes}


def seal(folder: Path) -> None:
    """Write run.json again, for tables that a test changed."""
    rewritten(folder, dict)


def rewritten(folder: Path, change: Callable[[dict[str, Any]], dict[str, Any]]) -> None:
    """Change what run.json says; sealed."""
    run = {key: value for key, value in read_json(folder / RUN).items() if key not in (SEAL, FILES)}
    write_sealed(folder / RUN, change(run), files=_tables(folder))


@contextmanager
def edited(folder: Path, table: str) -> Iterator[list[dict[str, str]]]:
    """The cells of a table as they stand in the file, to be changed in place; written unchecked and sealed."""
    path = folder / f"{table}.csv"
    with path.open(newline="", encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    yield rows
    with path.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.DictWriter(stream, TABLES[table].names, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    seal(folder)


def _tables(folder: Path) -> list[Path]:
    return [folder / f"{name}.csv" for name in TABLES]


def _corpora(grid: Grid, task: str) -> None:
    own = {"corpus": "synthetic", "task": task, "test_corpus": "synthetic", "embedded": grid.folds == 1}
    grid.rows["corpora"].append(
        own
        | {
            "train": 420,
            "valid": 60,
            "test": grid.clips,
            "folds": grid.folds,
            "groups": 40,
            "hours": 0.9,
            "unscored": "",
        }
    )
    for corpus in grid.real:
        unscored = "lip_trill×3; spoken×2" if task == "singing" else ""
        row = own | {
            "test_corpus": corpus,
            "embedded": False,
            "train": 0,
            "valid": 0,
            "test": 7,
            "folds": 1,
            "groups": 7,
        }
        grid.rows["corpora"].append(row | {"hours": 0.05, "unscored": unscored})


def _network(grid: Grid, random: np.random.Generator, key: dict[str, Any]) -> None:
    skill = {
        test: random.normal(0, 0.08, grid.clips if test == "synthetic" else 7) for test in ("synthetic", *grid.real)
    }
    dense = {**dict.fromkeys(SETTINGS, ""), "strategy": "dense", "method": "dense", "control": False}
    dense |= {"rung": 0, "removed_target": 0.0, "removed": 0.0}
    _ticket(grid, random, key | dense | {"channels_removed": 0.0}, skill, 0.0)
    for name in grid.strategies:
        method, criterion, scope, scale, reset = STRATEGIES.get(name, STRATEGIES["trim"])
        for rung, target in enumerate(grid.removed, start=1):
            removed = target + float(random.uniform(0, 0.01)) * (1 - target)
            loss = min(LOSS.get(name, 1.0) * (target / (1.02 - target)) / 100, 0.5)
            row = {"strategy": name, "method": method, "criterion": criterion, "scope": scope, "scale": scale}
            row |= {"measure": "parameters", "round_to": 1, "floor": 1, "floor_fraction": 0.0, "reset": reset}
            row |= {"like": LIKE.get(name, ""), "units": "shuffled" if name.startswith("shuffled") else "same"}
            control = reset == "reinit" or "random" in criterion or row["units"] == "shuffled" or method == "small"
            row |= {"rewind": "20it", "objective": "distil" if "taught" in name else "supervised", "control": control}
            row |= {"rung": rung, "removed_target": target, "removed": removed}
            _ticket(grid, random, key | row | {"channels_removed": 1 - (1 - removed) ** 0.5}, skill, loss)


def _ticket(grid: Grid, random: np.random.Generator, key: dict[str, Any], skill: dict[str, Any], loss: float) -> None:
    task, trimmed = key["task"], key["method"] in ("trim", "small")
    level = DENSE[task] - loss + random.normal(0, grid.noise)
    for test, clips in skill.items():
        base = level if test == "synthetic" else level - 0.18
        for shift, metric in enumerate(METRICS[task]):
            values = np.clip(base - 0.02 * shift + clips + random.normal(0, 0.02, clips.size), 0, 1)
            if task in ("instrument", "singing"):
                values = (np.argsort(np.argsort(clips)) / clips.size < base + random.normal(0, 0.01)).astype(float)
            score = {"test_corpus": test, "level": "clip", "metric": metric}
            for number, value in enumerate(values):
                where = {
                    "track_id": f"clip_{number:03d}",
                    "group": f"group_{number // 4}",
                    "value": value,
                    "weight": 1.0,
                }
                grid.rows["scores"].append(_only(key) | score | where)
            mean = key | score | {"split": "test", "value": values.mean(), "clips": clips.size}
            grid.rows["results"].append(mean)
            if grid.validation and test == "synthetic":
                valid = {"split": "valid", "value": float(np.clip(base - 0.02 * shift, 0, 1)), "clips": None}
                grid.rows["results"].append(mean | valid)
        if task in ("instrument", "singing"):
            if key["strategy"] == "dense":
                _constant(grid, key | {"test_corpus": test, "metric": "constant_accuracy"}, clips.size)
            for metric in ("macro_f1", "balanced_accuracy"):
                score = {"test_corpus": test, "level": "set", "metric": metric}
                whole = {"track_id": "", "group": "", "value": base - 0.01, "weight": 1.0}
                grid.rows["scores"].append(_only(key) | score | whole)
                grid.rows["results"].append(key | score | {"split": "test", "value": base - 0.01, "clips": clips.size})
    kept = 1 - key["removed"] if trimmed else 1.0
    cost = {"parameters": int(182_000 * kept), "nonzero_parameters": int(182_000 * (1 - key["removed"]))}
    cost |= {"bytes": int(182_000 * 4 * kept) + 3000, "macs_per_second": 14e6 * kept**0.8}
    cost |= {"memory_traffic_bytes": 9e6 * kept**0.6, "peak_activation_bytes": 2e6 * kept**0.5}
    cost |= {"cpu_rtf": 0.004 * kept**0.4 * float(random.uniform(0.95, 1.05)), "threads": 1, "machine": MACHINE}
    ratio = kept**0.4
    cost |= {"cpu_ratio": ratio, "cpu_ratio_low": 0.95 * ratio, "cpu_ratio_high": 1.05 * ratio}
    grid.rows["costs"].append(key | cost | {"overshoot": 0.001})
    _widths(grid, key)
    _times(grid, key)


def _beside(grid: Grid, random: np.random.Generator, task: str) -> None:
    """Systems, each slower and worse than the one before and than the tickets; races with these; tickets' exports."""
    place = {"threads": 1, "machine": MACHINE}
    for number, name in enumerate(grid.systems, start=1):
        about = {"task": task, "system": name, "about": f"{name} (Somebody, 1999)", "parameters": 0, "bytes": 0}
        speed = {"rtf": 0.01 * number, "rtf_low": 0.009 * number, "rtf_high": 0.012 * number}
        grid.rows["systems"].append(about | speed | place)
        for test, count in {"synthetic": grid.clips, **dict.fromkeys(grid.real, 7)}.items():
            for shift, metric in enumerate(METRICS[task]):
                score = {"task": task, "system": name, "test_corpus": test, "level": "clip", "metric": metric}
                level = DENSE[task] - 0.1 * number - 0.02 * shift - 0.18 * (test != "synthetic")
                values = np.clip(level + random.normal(0, 0.05, count), 0, 1)
                for clip, value in enumerate(values):
                    where = {"track_id": f"clip_{clip:03d}", "group": f"group_{clip // 4}"}
                    grid.rows["system_scores"].append(score | where | {"value": value, "weight": 1.0})
    for row in grid.rows["results"]:
        shipped = row["task"] == task and row["split"] == "test" and row["seed"] == 1 and row["method"] != "mask"
        for form in grid.exports if shipped and not row["control"] else ():
            told = {"form": form, "precision": "int8", "bytes": 900, "cpu_rtf": 0.001 * (1.1 - row["removed"])}
            grid.rows["exports"].append(_only(row) | told | place | {**row, "value": max(row["value"] - 0.01, 0)})
    for row in grid.rows["costs"]:
        slow = row["control"] or row["method"] == "mask" or row["seed"] != 1
        if grid.systems and row["task"] == task and not slow:
            speed = {"rtf": 2 * row["cpu_rtf"], "rtf_low": 1.9 * row["cpu_rtf"], "rtf_high": 2.2 * row["cpu_rtf"]}
            grid.rows["races"].append(_only(row) | speed | place)


def _constant(grid: Grid, key: dict[str, Any], clips: int) -> None:
    values = (np.arange(clips) < round(grid.constant * clips)).astype(float)
    for number, value in enumerate(values):
        where = {"track_id": f"clip_{number:03d}", "group": f"group_{number // 4}", "value": value, "weight": 1.0}
        score = {"test_corpus": key["test_corpus"], "level": "clip", "metric": key["metric"]}
        grid.rows["scores"].append(_only(key) | score | where)
    grid.rows["results"].append(key | {"split": "test", "value": values.mean(), "clips": clips})


def _widths(grid: Grid, key: dict[str, Any]) -> None:
    trimmed = key["method"] in ("trim", "small")
    for name, dense in (("first.0", 16), ("blocks.0.convolution", 32), ("blocks.1.convolution", 32), ("last", 3)):
        share = 1.0 if name == "last" else 1 - key["channels_removed"]
        left = max(1, round(dense * share)) if trimmed else dense
        row = {"layer": name, "outputs": left, "dense_outputs": dense, "weights": int(dense * 90 * share)}
        grid.rows["widths"].append(_only(key) | row | {"dense_weights": dense * 90, "floored": int(left == 1)})


def _only(key: dict[str, Any]) -> dict[str, Any]:
    return {name: key[name] for name in ("corpus", "task", "network", "seed", "strategy", "removed_target")}


def _times(grid: Grid, key: dict[str, Any]) -> None:
    if not grid.times:
        return
    training = {"start-up": 1.7, "optimizer": 14.0, "other": 0.4}
    phases = {("dense" if key["strategy"] == "dense" else "ticket", name): spent for name, spent in training.items()}
    phases |= {("evaluate", "start-up"): 2.1, ("evaluate", "evaluation"): 2.4, ("evaluate", "cost"): 0.8}
    if key["strategy"] == "dense":
        phases |= {("corpus", "synthesis"): 21.0, ("corpus", "start-up"): 1.0, ("features", "features"): 24.0}
    for (rule, phase), spent in phases.items():
        row = _only(key) | {"rule": rule, "phase": phase, "core_seconds": spent, "wall_seconds": spent * 1.1}
        grid.rows["times"].append(row)
