"""A copy of what a run needs, with a tiny experiment, and running it as a user does."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pandas as pd
import yaml

ROOT = Path(__file__).parents[1]
TINY: dict[str, Any] = {
    "experiment": "tiny",
    "smoke": True,
    "grid": {"tasks": ["onset"], "strategies": ["trim", "mask"], "removed": [0.5, 0.8]},
    "corpora": {"synthetic": {"clips": {"onset": 20}}},
    "tasks": {"onset": {"training": {"steps": 25, "batch": 2, "frames": 50}}},
}
SHARED = ("corpus", "features", "dense", "rewind")
"""Rules whose outputs `--cache` keeps."""

TABLES = ("--nocolor", "results/tiny/results.csv")
"""What to ask `run` for where the page is not looked at: it takes a third of a tiny run."""


def checkout(folder: Path, **changes: object) -> Path:
    """Copy the workflow into `folder`, and write the tiny experiment, with these keys changed, as `tiny.yaml`."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("Snakefile", "config.yaml"):
        shutil.copy(ROOT / name, folder)
    for name in ("workflow", "envs"):
        shutil.copytree(ROOT / name, folder / name, dirs_exist_ok=True)
    shutil.copytree(ROOT / "workflow" / "profiles", folder / "profiles", dirs_exist_ok=True)
    (folder / "tiny.yaml").write_text(yaml.safe_dump({**TINY, **changes}))
    return folder


def command(*arguments: str) -> list[str]:
    """The command line of a run on `tiny.yaml`."""
    return [sys.executable, "-m", "ultralight_mir", "run", "--cores", "2", "--configfile", "tiny.yaml", *arguments]


def activated() -> dict[str, str]:
    """The environment variables of a shell in which this Python's environment is activated."""
    return {**os.environ, "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}


def run(folder: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run the tiny experiment in `folder` to its end, with these environment variables set."""
    variables = {**os.environ, **environment}
    return subprocess.run(
        command(*arguments), cwd=folder, env=variables, capture_output=True, text=True, timeout=600, check=False
    )


def assert_same_tables(folder: Path, other: Path) -> None:
    """That two runs gathered the same, row by row: all but what was measured with a clock."""
    for table in ("results", "costs", "scores", "widths", "metrics", "corpora"):
        found, expected = (pd.read_csv(run / "results" / "tiny" / f"{table}.csv") for run in (folder, other))
        timed = [column for column in expected if column.startswith("cpu_")]
        pd.testing.assert_frame_equal(found.drop(columns=timed), expected.drop(columns=timed))
