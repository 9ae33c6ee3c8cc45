"""What Snakemake's main process costs: its CPU time a job and its threads, on jobs that only sleep.

python benchmarks/scheduling.py [jobs [seconds [at a time]]]     (defaults: 400 0.5 8)

Each setting runs all jobs, and a quarter of them, so that a cost which grows with the number of jobs shows. "one timer"
is what Snakemake could be: it waits for a look that is coming anyway, and does not arrange a further one.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

SNAKEFILE = """
rule all:
    input: expand("{{number}}.done", number=range({jobs}))

rule sleep:
    output: "{{number}}.done"
    shell: "sleep {seconds}; touch {{output}}"
"""
ONE_TIMER = """
import runpy, sys, threading
from snakemake.scheduling.job_scheduler import JobScheduler

def once(self, delay):
    waiting = getattr(self, "waiting", None)
    if waiting is None or not waiting.is_alive():
        self.waiting = threading.Timer(delay, self._open_jobs.release)
        self.waiting.start()

JobScheduler._schedule_reevalutation = once
sys.argv[0] = "snakemake"
runpy.run_module("snakemake", run_name="__main__")
"""
SNAKEMAKE = [sys.executable, "-m", "snakemake"]
PATCHED = [sys.executable, "-c", ONE_TIMER]
MINUTE = ["--max-jobs-per-timespan", "1000000/60s"]
HOUR = ["--max-jobs-per-timespan", "1000000/3600s"]
GREEDY = ["--scheduler", "greedy"]
SETTINGS: dict[str, list[str]] = {
    "as released: ilp, 100 jobs/1 s": SNAKEMAKE,
    "ilp, no limit/60 s": [*SNAKEMAKE, *MINUTE],
    "greedy, 100 jobs/1 s": [*SNAKEMAKE, *GREEDY],
    "greedy, no limit/60 s": [*SNAKEMAKE, *GREEDY, *MINUTE],
    "greedy, no limit/3600 s": [*SNAKEMAKE, *GREEDY, *HOUR],
    "ilp, one timer": PATCHED,
    "greedy, one timer": [*PATCHED, *GREEDY],
}


@dataclass
class Usage:
    """CPU seconds of a process without its children, the most threads, and seconds until its last job is done."""

    core_seconds: float
    threads: int
    wall: float


def measure(command: list[str], jobs: int, seconds: float, side_by_side: int) -> Usage:
    with TemporaryDirectory() as name:
        folder, begun, used = Path(name), time.monotonic(), Usage(0.0, 0, 0.0)
        (folder / "Snakefile").write_text(SNAKEFILE.format(jobs=jobs, seconds=seconds))
        whole = [*command, "--cores", str(side_by_side), "--quiet", "all"]
        process = subprocess.Popen(whole, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        while process.poll() is None and len(list(folder.glob("*.done"))) < jobs:
            _look(process.pid, used)
            time.sleep(0.2)
        used.wall = time.monotonic() - begun
        process.kill()  # it waits for its timers, which would be told as time
        process.wait()
        return used


def _look(process: int, used: Usage) -> None:
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    used.core_seconds = (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    used.threads = max(used.threads, int(fields[17]))


def main(jobs: int, seconds: float, side_by_side: int) -> None:
    print(f"{'':<32} jobs   CPU s   ms a job   threads   wall s   (at best)")
    for name, command in SETTINGS.items():
        for count in (jobs // 4, jobs):
            used = measure(command, count, seconds, side_by_side)
            each, best = 1000 * used.core_seconds / count, count * seconds / side_by_side
            print(
                f"{name:<32}{count:>5}{used.core_seconds:>8.1f}{each:>11.1f}{used.threads:>10}{used.wall:>9.1f}"
                f"{best:>12.1f}",
                flush=True,
            )


if __name__ == "__main__":
    jobs, seconds, side_by_side = [*sys.argv[1:], *("400", "0.5", "8")[len(sys.argv) - 1 :]]
    main(int(jobs), float(seconds), int(side_by_side))
