"""What Snakemake's main process costs: its CPU time a job and its threads, on jobs that only sleep.

python benchmarks/scheduling.py [--jobs 100 1000 5000] [--seconds 1] [--cores 50] [--only WORDS …] [--most 900]

Each setting runs each number of jobs, so that a cost which grows with the number of jobs shows. `--only`: the settings
that have one of these words in their name. A run that uses `--most` CPU seconds is ended, and what it has done is told.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from argparse import ArgumentParser
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
import runpy, sys
from ultralight_mir.jobs.scheduling import one_timer_at_a_time

one_timer_at_a_time()
sys.argv[0] = "snakemake"
runpy.run_module("snakemake", run_name="__main__")
"""
SNAKEMAKE = [sys.executable, "-m", "snakemake"]
PATCHED = [sys.executable, "-c", ONE_TIMER]
MINUTE = ["--max-jobs-per-timespan", "1000000/60s"]
HOUR = ["--max-jobs-per-timespan", "1000000/3600s"]
GREEDY = ["--scheduler", "greedy"]
FEW = ["--scheduler-subsample", "200"]
SETTINGS: dict[str, list[str]] = {
    "default (ilp, 100 jobs/1 s)": SNAKEMAKE,
    "ilp, no limit/60 s": [*SNAKEMAKE, *MINUTE],
    "ilp, one timer": PATCHED,
    "greedy, 100 jobs/1 s": [*SNAKEMAKE, *GREEDY],
    "greedy, no limit/3600 s": [*SNAKEMAKE, *GREEDY, *HOUR],
    "greedy, one timer": [*PATCHED, *GREEDY, *MINUTE],
    "greedy of 200, 100 jobs/1 s": [*SNAKEMAKE, *GREEDY, *FEW],
    "ours: greedy of 200, one timer": [*PATCHED, *GREEDY, *MINUTE, *FEW],
}


@dataclass
class Usage:
    """CPU seconds of a process without its children, the most threads, jobs done, and seconds until then."""

    core_seconds: float = 0.0
    threads: int = 0
    done: int = 0
    wall: float = 0.0


def measure(command: list[str], jobs: int, seconds: float, cores: int, most: float) -> Usage:
    """Run `jobs` jobs, until they are done or `most` CPU seconds used."""
    with TemporaryDirectory() as name:
        folder, begun, used = Path(name), time.monotonic(), Usage()
        (folder / "Snakefile").write_text(SNAKEFILE.format(jobs=jobs, seconds=seconds))
        whole = [*command, "--cores", str(cores), "--quiet", "all"]
        process = subprocess.Popen(whole, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        while process.poll() is None and used.done < jobs and used.core_seconds < most:
            _look(process.pid, used)
            time.sleep(0.2)
            used.done = sum(entry.name.endswith(".done") for entry in os.scandir(folder))
        used.wall = time.monotonic() - begun
        process.kill()  # it waits for its timers, which would be told as time
        process.wait()
        return used


def _look(process: int, used: Usage) -> None:
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    used.core_seconds = (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    used.threads = max(used.threads, int(fields[17]))


def main() -> None:
    parser = ArgumentParser()
    parser.add_argument("--jobs", type=int, nargs="+", default=[100, 1000, 5000])
    parser.add_argument("--seconds", type=float, default=1.0)
    parser.add_argument("--cores", type=int, default=50)
    parser.add_argument("--only", nargs="+", default=[""])
    parser.add_argument("--most", type=float, default=900.0)
    given = parser.parse_args()
    print(f"{'':<32} jobs   done   CPU s   ms a job   threads   wall s   (at best)")
    for name, command in SETTINGS.items():
        for jobs in given.jobs if any(word in name for word in given.only) else ():
            used = measure(command, jobs, given.seconds, given.cores, given.most)
            each, best = 1000 * used.core_seconds / max(1, used.done), jobs * given.seconds / given.cores
            print(
                f"{name:<32}{jobs:>5}{used.done:>7}{used.core_seconds:>8.1f}{each:>11.1f}{used.threads:>10}"
                f"{used.wall:>9.1f}{best:>12.1f}",
                flush=True,
            )


if __name__ == "__main__":
    main()
