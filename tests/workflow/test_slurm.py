"""README's command on a Slurm cluster: the same results as on one machine, though a job hangs, and another takes more
memory than it asked for (where there are no control groups: is killed)."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from checkout import SHARED, activated, assert_same_tables, checkout
from processes import comes_about, processes
from slurm_cluster import cluster, limits_memory, obstacle

from ultralight_mir.jobs.resources import UNKNOWN

pytestmark = pytest.mark.skipif(bool(obstacle()), reason=obstacle() or "there can be a cluster")
PROFILE = "workflow/profiles/slurm"
MEMORY, LITTLE = 2000, 350
"""What a training asks for at first, in MB, and what is too little for one."""
ASKED = f"({LITTLE} if 'trim' in str(wildcards) else {MEMORY}) * 2 ** (attempt - 1)"
COMMAND = [
    *(sys.executable, "-m", "snakemake", "--profile", PROFILE, "--configfile", "tiny.yaml", "--cache", *SHARED),
    *("--set-resources", f"rung:mem_mb={ASKED}", f"evaluate:mem_mb={ASKED}"),
]


def _finished(jobs: Path) -> list[dict[str, str]]:
    """The cluster's own record of every job that ended."""
    return [dict(re.findall(r"(\w+)=(\S+)", line)) for line in jobs.read_text().splitlines()]


def _slurm_job(process: int) -> str:
    """The Slurm job that a process belongs to."""
    environment = Path(f"/proc/{process}/environ").read_bytes().decode()
    return re.findall(r"SLURM_JOB_ID=(\d+)", environment)[0]


def _rung(folder: Path, rung: str) -> int:
    """The process that trains a rung, once there is one; not the shell that started it."""

    def found() -> set[int]:
        return {*processes(folder, "/ultralight-mir rung")} & {*processes(folder, f"{rung} --removed")}

    assert comes_about(lambda: bool(found()), 240), f"{rung} is not trained"
    return found().pop()


def test_the_same_results_though_a_job_is_killed_and_another_hangs(finished: Path, tmp_path: Path) -> None:
    folder, shared = checkout(tmp_path / "run"), tmp_path / "shared"
    shared.mkdir()
    environment = {**activated(), "SNAKEMAKE_OUTPUT_CACHE": str(shared)}
    with cluster() as record, (tmp_path / "log").open("w") as log:
        process = subprocess.Popen(COMMAND, cwd=folder, env=environment, stdout=log, stderr=subprocess.STDOUT)
        try:
            hanging = _rung(folder, "mask/removed-0.50")
            os.kill(hanging, signal.SIGSTOP)
            hung = _slurm_job(hanging)
            subprocess.run(["scontrol", "update", f"JobId={hung}", "TimeLimit=1"], check=True)
            if not limits_memory():
                os.kill(_rung(folder, "trim/removed-0.80"), signal.SIGKILL)
            assert process.wait(420) == 0, (tmp_path / "log").read_text()[-3000:]
        finally:
            process.kill()
        jobs = _finished(record / "jobs.txt")
        said = "".join(path.read_text() for path in record.glob("slurmd-*.log"))
    assert_same_tables(folder, finished)
    for made in ("*/audio", "*/inputs.npy", "dense/weights.safetensors", "rewind-*/weights.safetensors"):
        assert next(folder.glob(f"results/tiny/**/{made}")).resolve().is_relative_to(shared), "what others may share"
    ends = {job["JobId"]: job["JobState"] for job in jobs}
    assert ends.pop(hung) == "TIMEOUT"
    (shot,) = (number for number, state in ends.items() if state in ("FAILED", "OUT_OF_MEMORY"))
    del ends[shot]
    assert ("oom-kill" in said) == limits_memory(), "who takes more than was asked for is killed for it"
    assert list(ends.values()) == ["COMPLETED"] * 5, "clips, dense network, two ladders, tables: a submission each"
    assert {re.findall(r"cpu=(\d+)", job["Tres"])[0] for job in jobs} == {"1"}, "no node need have more"
    again = [job for job in jobs if {f"mem={2 * MEMORY}M", f"mem={2 * LITTLE}M"} & {*job["Tres"].split(",")}]
    assert len(again) == 2, "what failed asked for twice the memory"
    ladders = [job for job in jobs if job["JobId"] in (shot, *(job["JobId"] for job in again))]
    first, *later = (int(job["TimeLimit"]) for job in ladders)
    assert later == [2 * first] * 2, "and for twice the time"
    assert first < UNKNOWN, "a ladder asks for what its dense network took"
