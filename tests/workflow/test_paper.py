"""The paper's set-up cannot be run here; it must be planned, with no data set and no network."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from collections import Counter
from pathlib import Path

import yaml
from checkout import ROOT, checkout
from test_docs import _commands

PAPER = ROOT / "experiments" / "paper.yaml"
OF_A_SEED = ("dense", "rewind", "rung", "evaluate")
"""Rules with a job for every seed; the others have as many whatever the seeds."""
NOBODY = "http://127.0.0.1:9"
"""A proxy that answers no one."""


def _plan(folder: Path) -> Counter[str]:
    """The number of jobs of every rule, and of all (`jobs`), of the page's dry run in `folder`, with one seed."""
    (line,) = (line for page, line in _commands() if page.endswith("figures.md") and "--dry-run" in line)
    command, *arguments = shlex.split(line, comments=True)
    experiment = folder / arguments[-1]
    config = yaml.safe_load((ROOT / arguments[-1]).read_text(encoding="utf-8"))
    experiment.parent.mkdir()
    experiment.write_text(yaml.safe_dump({**config, "grid": {**config["grid"], "seeds": [0]}}), encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", command, *arguments],
        cwd=folder,
        env={**os.environ, "MIRDATA_HOME": str(folder / "none"), "http_proxy": NOBODY, "https_proxy": NOBODY},
        capture_output=True,
        text=True,
        timeout=300,
        check=True,
    )
    return Counter({name: int(count) for count, name in re.findall(r"(\d+) (\w+)", done.stderr)})


def test_it_plans_the_jobs_that_it_says(tmp_path: Path) -> None:
    one, seeds = _plan(checkout(tmp_path)), len(yaml.safe_load(PAPER.read_text(encoding="utf-8"))["grid"]["seeds"])
    jobs = Counter({rule: count * (seeds if rule in OF_A_SEED else 1) for rule, count in one.items() if rule != "jobs"})
    jobs["jobs"] = jobs.total()
    cases, seeds, ladders, rungs, controls, controlled = 7, 3, 23, 8, 23, 2
    assert jobs["dense"] == cases * seeds
    assert jobs["rung"] == cases * seeds * (ladders * rungs + controls * controlled)
    assert jobs["download"] == 7
    said = re.search(r"Jobs: ([\d,]+) by dry run, of which ([\d,]+) are trainings", PAPER.read_text(encoding="utf-8"))
    assert said is not None
    assert [int(number.replace(",", "")) for number in said.groups()] == [jobs["jobs"], jobs["dense"] + jobs["rung"]]
