"""The paper's set-up cannot be run here; it must be planned, with no data set and no network."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

from checkout import ROOT, checkout

PAPER = ROOT / "experiments" / "paper.yaml"
NOBODY = "http://127.0.0.1:9"
"""A proxy that answers no one."""


def _plan(folder: Path) -> dict[str, int]:
    """The number of jobs of every rule, and of all (`jobs`), of a dry run in `folder`."""
    arguments = ["--dry-run", "--quiet", "rules", "--cores", "1", "--configfile", str(PAPER)]
    done = subprocess.run(
        [sys.executable, "-m", "snakemake", *arguments],
        cwd=folder,
        env={**os.environ, "MIRDATA_HOME": str(folder / "none"), "http_proxy": NOBODY, "https_proxy": NOBODY},
        capture_output=True,
        text=True,
        timeout=300,
        check=True,
    )
    return {name: int(count) for count, name in re.findall(r"(\d+) (\w+)", done.stderr)}


def test_it_plans_the_jobs_that_it_says(tmp_path: Path) -> None:
    jobs = _plan(checkout(tmp_path))
    cases, seeds, ladders, rungs, controls, controlled = 7, 3, 23, 8, 23, 2
    assert jobs["dense"] == cases * seeds
    assert jobs["rung"] == cases * seeds * (ladders * rungs + controls * controlled)
    assert jobs["download"] == 7
    said = re.search(r"Jobs: ([\d,]+) by dry run, of which ([\d,]+) are trainings", PAPER.read_text(encoding="utf-8"))
    assert said is not None
    assert [int(number.replace(",", "")) for number in said.groups()] == [jobs["jobs"], jobs["dense"] + jobs["rung"]]
