"""The tables of the reference experiment, read and analysed once a build."""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd
import yaml

from ultralight_mir.report import findings, meaning, tables
from ultralight_mir.report.analysis import Analysis
from ultralight_mir.report.findings import Row
from ultralight_mir.report.formats import Table, bullets, percent
from ultralight_mir.report.headlines import PAPER_BETTER, PAPER_NO_LOSS

ROOT = Path(__file__).parents[2]
FOLDER = "ULTRALIGHT_MIR_REFERENCE"
"""The variable that names another results folder than the committed one."""


def folder() -> Path:
    """The results folder that the site is written from."""
    return Path(os.environ.get(FOLDER) or ROOT / "reports" / "reference")


@cache
def analysis() -> Analysis:
    """The analysis of the reference experiment; takes some seconds."""
    return Analysis.read(folder())


@cache
def built() -> dict[str, Table]:
    """All tables of its report, by name."""
    return {table.name: table for table in tables.build(analysis())}


@cache
def verdicts() -> tuple[Row, ...]:
    """A row a task that was run (`findings.rows`)."""
    return tuple(findings.rows(analysis()).to_dict("records"))


def networks(name: str, task: str) -> list[str]:
    """The networks that an experiment runs a task with; it changes the default one."""
    configs = [experiment(""), experiment(name)] if name else [experiment("")]
    found = [n for config in configs for n in config.get("tasks", {}).get(task, {}).get("networks", {})]
    chosen = configs[-1].get("grid", {}).get("networks") or found
    return [network for network in dict.fromkeys(found) if network in chosen]


def experiment(name: str) -> dict[str, Any]:
    """A config of `experiments/` ("" for the default one) as it is written."""
    path = ROOT / "experiments" / f"{name}.yaml" if name else ROOT / "config.yaml"
    config: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return config


def meant() -> str:
    """What the data mean: where the ticket matters, where only its widths, and what choosing its training gives."""
    return bullets(meaning.meant(analysis()))


def compared() -> str:
    """Which strategies and controls which tasks have, in one sentence."""
    tickets = pd.read_csv(folder() / "results.csv", usecols=["task", "strategy"])
    have: dict[tuple[str, ...], list[str]] = {}
    for task, strategies in tickets[tickets["strategy"] != "dense"].groupby("task", sort=False)["strategy"]:
        have.setdefault(tuple(sorted(strategies.unique())), []).append(str(task))
    most_first = sorted(have.items(), key=lambda item: -len(item[0]))
    told = [f"{', '.join(f'`{name}`' for name in names)} on {', '.join(tasks)}" for names, tasks in most_first]
    return f"Strategies and controls: {'; '.join(told)}."


def sentence() -> str:
    """The verdict of the reference experiment in one sentence."""
    rows = verdicts()
    if not rows:
        return "Nothing was trimmed in these results."
    kept = [row for row in rows if row["shown"] and row["removed_target"] >= PAPER_NO_LOSS - 1e-9]
    better = sum(bool(row["better_shown"]) for row in rows if row["better_shown"] == row["better_shown"])
    reached = ", ".join(f"{row['task']} {percent(row['removed_target'])}" for row in kept)
    return (
        f"Of the {len(rows)} tasks of the reference experiment, {len(kept) or 'none'} can be shown to"
        f" lose {percent(PAPER_NO_LOSS)} of the parameters or more without losing a point of score"
        f"{f' ({reached})' * bool(kept)}; a network better than the dense one, at {percent(PAPER_BETTER)} removed or"
        f" less, is shown on {better or 'none'}."
    )
