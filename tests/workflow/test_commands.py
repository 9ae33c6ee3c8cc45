"""Snakemake's commands of README and the pages, as they stand there, where the default experiment is a tiny one."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from checkout import TINY, checkout
from fake_results import Grid, write_results
from snakemake.utils import update_config
from test_docs import _commands

NOT_HERE = ("experiments/", "--profile", "mine.yaml")
"""Minutes to hours, or recordings; a cluster (`test_slurm`); a page's own file."""


def _lines() -> list[str]:
    """Each once, the run first."""
    split = [shlex.split(line, comments=True) for _, line in _commands()]
    found = [shlex.join(words) for words in split if words[0] == "snakemake"]
    return [line for line in dict.fromkeys(found) if not any(part in line for part in NOT_HERE)]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = checkout(tmp_path_factory.mktemp("commands") / "run")
    config = yaml.safe_load((folder / "config.yaml").read_text(encoding="utf-8"))
    update_config(config, {key: value for key, value in TINY.items() if key != "experiment"})
    (folder / "config.yaml").write_text(yaml.safe_dump(config), encoding="utf-8")
    write_results(folder / "reports" / "reference", Grid(tasks=("onset", "chord"), seeds=3))
    return folder


def test_snakemake_s_commands_run_as_they_stand_there(home: Path) -> None:
    lines = _lines()
    assert [line.split()[-1] for line in lines] == ["8", "figures", "docs", "provenance.html"]
    env = {**os.environ, "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}
    for line in lines:
        done = subprocess.run(line.split(), cwd=home, env=env, capture_output=True, text=True, timeout=600, check=False)
        assert done.returncode == 0, (line, done.stderr)
    assert (home / "reports/index.html").stat().st_size > 10_000
    assert (home / "docs/score_vs_cost.png").exists() and (home / "provenance.html").stat().st_size > 10_000
