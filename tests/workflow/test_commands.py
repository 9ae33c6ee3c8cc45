"""The commands of README and the pages that run the workflow, as they stand there, in a copy of this project.

The experiments there are the project's own, as far as settings go; what is small is how much they do: one task, a few
clips and steps. Recordings are made, and lie where the experiments look for them. What needs a cluster or a GPU is
marked so on its page, and tested in `test_slurm`, `test_gpu`.
"""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from checkout import ROOT, TINY, activated, checkout
from fake_results import Grid, write_results
from made_recordings import DRUMS, write_recordings
from snakemake.utils import update_config
from test_docs import _commands

WORKFLOW = ("ultralight-mir run", "make run")
ELSEWHERE = ("--profile", "--resources gpu", "--cache", "--snakefile", "--dry-run")
"""A cluster; a GPU; `test_sharing`, which has folders of its own for the next two; `test_paper`."""
SIZES = {
    "grid": {"tasks": ["onset"], "strategies": ["trim"], "removed": [0.5]},
    "corpora": TINY["corpora"],
    "tasks": {**TINY["tasks"], "drums": TINY["tasks"]["onset"]},
}
REFERENCE_CLIPS = {"synthetic": {split: {"onset": 20} for split in ("clips", "valid_clips", "test_clips")}}
SMALLER: dict[str, dict[str, Any]] = {
    "config.yaml": SIZES,
    "experiments/smoke.yaml": SIZES,
    "experiments/real-train.yaml": {"grid": {**SIZES["grid"], "tasks": ["drums"]}, "tasks": SIZES["tasks"]},
    "experiments/reference.yaml": {
        **SIZES,
        "grid": {**SIZES["grid"], "seeds": [0]},
        "strategies": {"trim": {"rewind": "5it"}},
        "corpora": REFERENCE_CLIPS,
    },
}
"""What is smaller in the copy's experiments than in the project's."""
LEFT_OUT = ("exports", "exports_of", "systems")
"""What stands beside the tickets, and is tested where it is at home."""
FIRST = "make run"
AFTER = (
    "snakemake --cores 8",
    "snakemake --cores 8 --configfile experiments/real.yaml",
    "snakemake --cores 1 figures",
    "snakemake --cores 1 docs",
    "snakemake --report provenance.html",
)
"""Of the results of the first."""


def _lines() -> list[str]:
    """Each once."""
    split = [shlex.split(line, comments=True) for _, line in _commands()]
    asked = [words for words in split if shlex.join(words[:2]) in WORKFLOW or words[0] == "snakemake"]
    lines = dict.fromkeys(map(shlex.join, asked))
    return [line for line in lines if not any(part in line for part in ELSEWHERE)]


def _mine() -> str:
    """The file that own-recordings.md has its reader write."""
    page = (ROOT / "docs/howto/own-recordings.md").read_text(encoding="utf-8")
    (block,) = re.findall(r"```yaml\n(experiment: mine.*?)```", page, re.DOTALL)
    return str(block)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    folder = checkout(tmp_path / "run")
    shutil.copytree(ROOT / "experiments", folder / "experiments")
    for name, smaller in SMALLER.items():
        config = yaml.safe_load((ROOT / name).read_text(encoding="utf-8"))
        update_config(config, smaller)
        for key in LEFT_OUT:
            config.pop(key, None)
        (folder / name).write_text(yaml.safe_dump(config), encoding="utf-8")
    for name in ("Makefile", "pyproject.toml"):
        shutil.copy(ROOT / name, folder)
    (folder / ".venv").mkdir()
    (folder / ".venv/bin").symlink_to(Path(sys.executable).parent)
    (folder / ".venv/.ready").touch()  # set up, as this environment is; that it can be is what runs before any test
    (folder / "mine.yaml").write_text(_mine(), encoding="utf-8")
    write_recordings(folder / "path/to/folder", DRUMS)
    write_recordings(tmp_path / "shared/real/mdb_drums", DRUMS, groups=3)
    write_results(folder / "reports" / "reference", Grid(tasks=("onset", "chord"), seeds=3))
    return folder


def _run(home: Path, line: str) -> None:
    done = subprocess.run(
        shlex.split(line), cwd=home, env=activated(), capture_output=True, text=True, timeout=600, check=False
    )
    assert done.returncode == 0, (line, done.stderr)


def test_the_default_experiment_and_what_is_made_of_its_results(home: Path) -> None:
    for line in (FIRST, *AFTER):
        assert line in _lines()
        _run(home, line)
    assert (home / "results/features/mdb_drums").is_dir(), "scored on recordings, too"
    assert (home / "reports/index.html").stat().st_size > 10_000
    assert (home / "docs/score_vs_cost.png").exists() and (home / "provenance.html").stat().st_size > 10_000


@pytest.mark.parametrize("line", [line for line in _lines() if line not in (FIRST, *AFTER)])
def test_a_command_of_the_workflow_runs_as_it_stands_there(home: Path, line: str) -> None:
    _run(home, line)
    (page,) = (home / "reports").rglob("index.html")
    assert page.stat().st_size > 10_000
