"""How long an experiment takes on a cluster: each job replaced by the time that it took elsewhere.

python benchmarks/scale.py [EXPERIMENT [SLOTS …]]     (defaults: experiments/reference.yaml 200 8gpu)

SLOTS of one core each, or so many GPUs, which train and do nothing else, beside 200 slots for the rest.

The jobs, and what waits for what, are Snakemake's own plan, grouped into submissions as on a cluster. A time is that of
the same rule, task, strategy and ratio in reports/reference/times.csv, the mean over seeds. What is not there takes as
long as that rule for that task at the nearest ratio; a training, by the frames that it hears (steps x batch x frames)
to its end, however early the validation clips may stop it: wider networks and other machines are not accounted for, nor
that a GPU is faster. Downloads take no time. A submission starts once all that it waits for is there, that first on
which most time hangs, and takes `START` seconds more.
"""

from __future__ import annotations

import contextlib
import heapq
import io
import os
import sys
from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pandas as pd
import yaml
from snakemake.api import SnakemakeApi
from snakemake.settings.types import ConfigSettings, OutputSettings, Quietness, ResourceSettings
from snakemake.utils import update_config

from ultralight_mir.config import resolve
from ultralight_mir.experiment import Experiment

ROOT = Path(__file__).parents[1]
REFERENCE = ROOT / "experiments" / "reference.yaml"
TIMES = ROOT / "reports" / "reference" / "times.csv"
TRAINING = ("dense", "rewind", "rung")
START = 7.0
"""Seconds until a submission on Slurm works, once it has left the queue: 6 to 7 were seen."""
CLIPS = 5_841
"""In an epoch, where a training is that long: those that Medley-solos-DB gives to training."""


@dataclass
class Job:
    """One job of the plan; `after` are the numbers of those that it waits for."""

    rule: str
    wildcards: dict[str, str]
    group: str
    after: set[int] = field(default_factory=set)


def plan(experiment: Path, folder: Path) -> list[Job]:
    """All jobs of an experiment that has not begun, as Snakemake plans them in the empty `folder`."""
    os.environ.setdefault("MIRDATA_HOME", str(folder / "datasets"))
    configs = [ROOT / "config.yaml", experiment.resolve()]
    output = OutputSettings(quiet={Quietness.ALL})
    with SnakemakeApi(output) as api, contextlib.redirect_stdout(io.StringIO()):
        workflow = api.workflow(
            resource_settings=ResourceSettings(cores=1),
            config_settings=ConfigSettings(configfiles=configs),
            snakefile=ROOT / "Snakefile",
            workdir=folder,
        )
        workflow.dag().printrulegraph()
        dag = workflow._workflow.dag
    type(dag.workflow).local_exec = property(lambda self: False)  # so that rules say how they are submitted
    numbers = {job: number for number, job in enumerate(dag.jobs)}
    return [
        Job(
            job.rule.name,
            dict(job.wildcards_dict),
            job.rule.group(job.wildcards) if callable(job.rule.group) else "",
            {numbers[other] for other in dag.dependencies[job]},
        )
        for job in numbers
    ]


def experiment_of(path: Path) -> Experiment:
    """The experiment of a file, over the defaults, as Snakemake reads it."""
    config: dict[str, Any] = {}
    for file in (ROOT / "config.yaml", path):
        update_config(config, yaml.safe_load(file.read_text(encoding="utf-8")))
    return Experiment(resolve(config))


class Times:
    """What jobs took in the reference experiment, in seconds by the clock."""

    def __init__(self, own: Experiment) -> None:
        table = pd.read_csv(TIMES)
        job = ["rule", "corpus", "task", "network", "seed", "strategy", "removed_target"]
        sums = table.groupby(job, dropna=False)["wall_seconds"].sum().reset_index()
        self._mean = sums.groupby(["rule", "task", "strategy", "removed_target"], dropna=False)["wall_seconds"].mean()
        self._nearest: defaultdict[tuple[str, str], list[tuple[float, float]]] = defaultdict(list)
        for (rule, task, _, removed), seconds in self._mean.items():
            self._nearest[rule, task].append((0.0 if pd.isna(removed) else removed, seconds))
        self._own = own
        self._known = experiment_of(REFERENCE)
        self.recorded = Counter[bool]()

    def of(self, job: Job) -> float:
        """Seconds of one job, and count whether it is recorded."""
        names = job.wildcards
        ticket = names.get("ticket") or (
            f"{names['strategy']}/removed-{names['removed']}" if "strategy" in names else ""
        )
        strategy, _, removed = ticket.partition("/removed-")
        task, part = names.get("task", ""), self._share(job)
        exact = self._mean.get((job.rule, task, strategy or "dense", float(removed or 0.0)))
        self.recorded[exact is not None and part == 1] += 1
        if exact is not None:
            return float(exact) * part
        at = float(removed or 0.0)
        all_tasks = [pair for (rule, _), pairs in self._nearest.items() if rule == job.rule for pair in pairs]
        near = sorted(self._nearest.get((job.rule, task)) or all_tasks, key=lambda pair: abs(pair[0] - at))
        same = [seconds for removed, seconds in near if removed == near[0][0]]
        return sum(same) / len(same) * part if same else 0.0

    def _share(self, job: Job) -> float:
        """Frames that a training hears, by those of its task's in the reference experiment; 1 for other jobs."""
        if job.rule not in ("dense", "rung"):
            return 1.0
        return self._frames(self._own, job.wildcards) / self._frames(self._known, job.wildcards)

    @staticmethod
    def _frames(experiment: Experiment, names: Mapping[str, str]) -> int:
        task = experiment.config.tasks[experiment.task_key(names["task"])]
        asked = task.schedule(next(n for n in (names["network"], *task.networks) if n in task.networks))
        schedule = asked.counted(CLIPS / asked.batch)
        return schedule.steps * schedule.batch * schedule.frames


@dataclass
class Submission:
    """What is submitted as one; `after` are those that it waits for."""

    seconds: float = 0.0
    trains: bool = False
    after: set[int] = field(default_factory=set)


class Plan:
    """The submissions of a plan, and how they end on so many slots."""

    def __init__(self, jobs: Sequence[Job], seconds: Sequence[float]) -> None:
        self.jobs = jobs
        homes = [_find(parents, number) for parents in [_groups(jobs)] for number in range(len(jobs))]
        self.submissions: dict[int, Submission] = defaultdict(Submission)
        for number, (job, home) in enumerate(zip(jobs, homes, strict=True)):
            one = self.submissions[home]
            one.seconds += seconds[number] + (START if home == number else 0.0)
            one.trains |= job.rule in TRAINING
            one.after |= {homes[other] for other in job.after} - {home}

    @cached_property
    def _order(self) -> list[int]:
        """Submissions, each after all that it waits for."""
        order: list[int] = []
        seen: set[int] = set()
        stack = [(home, False) for home in self.submissions]
        while stack:
            home, done = stack.pop()
            if done:
                order.append(home)
            elif home not in seen:
                seen.add(home)
                stack += [(home, True), *((other, False) for other in self.submissions[home].after)]
        return order

    @cached_property
    def hanging(self) -> dict[int, float]:
        """Seconds of the longest chain that begins with a submission."""
        waiting = self.waiting
        longest: dict[int, float] = {}
        for home in reversed(self._order):
            longest[home] = self.submissions[home].seconds + max((longest[w] for w in waiting[home]), default=0.0)
        return longest

    @cached_property
    def waiting(self) -> dict[int, list[int]]:
        """Submission → those that wait for it."""
        found: dict[int, list[int]] = {home: [] for home in self.submissions}
        for home, one in self.submissions.items():
            for other in one.after:
                found[other].append(home)
        return found

    def run(self, slots: int, trainers: int | None = None) -> tuple[float, float]:
        """Seconds until the end, and the share of the slots' (or trainers') time that they work.

        `trainers`: slots, beside the others, that alone may train, and do nothing else; None: all slots do all.
        """
        free = {False: slots, True: slots if trainers is None else trainers}
        ready: dict[bool, list[tuple[float, int]]] = {False: [], True: []}
        left = {home: len(one.after) for home, one in self.submissions.items()}
        running: list[tuple[float, int]] = []
        now = worked = 0.0

        def kind(home: int) -> bool:
            return trainers is not None and self.submissions[home].trains

        for home in (home for home, count in left.items() if not count):
            heapq.heappush(ready[kind(home)], (-self.hanging[home], home))
        while running or any(ready.values()):
            for pool, queue in ready.items():
                while queue and free[pool]:
                    home = heapq.heappop(queue)[1]
                    free[pool] -= 1
                    worked += self.submissions[home].seconds * (pool or trainers is None)
                    heapq.heappush(running, (now + self.submissions[home].seconds, home))
            now, home = heapq.heappop(running)
            free[kind(home)] += 1
            for other in self.waiting[home]:
                left[other] -= 1
                if not left[other]:
                    heapq.heappush(ready[kind(other)], (-self.hanging[other], other))
        return now, worked / (now * (slots if trainers is None else trainers))


def _groups(jobs: Sequence[Job]) -> dict[int, int]:
    """A forest of jobs: those of one group that hang together are one tree."""
    parents = {number: number for number in range(len(jobs))}
    for number, job in enumerate(jobs):
        for other in job.after:
            if job.group and jobs[other].group == job.group:
                parents[_find(parents, number)] = _find(parents, other)
    return parents


def _find(parents: dict[int, int], number: int) -> int:
    while parents[number] != number:
        parents[number] = parents[parents[number]]
        number = parents[number]
    return number


def _hours(seconds: float) -> str:
    return f"{seconds / 3600:.1f} h" if seconds >= 3600 else f"{seconds / 60:.0f} min"


def main(path: Path, machines: Iterable[str]) -> None:
    with TemporaryDirectory() as folder:
        jobs = plan(path, Path(folder))
    times = Times(experiment_of(path))
    seconds = [times.of(job) for job in jobs]
    whole = Plan(jobs, seconds)
    rules: Counter[Hashable] = Counter(job.rule for job in jobs)
    print(f"{path.name}: {len(jobs):,} jobs in {len(whole.submissions):,} submissions; {rules}")
    print(f"{times.recorded[True]:,} of them as recorded, {times.recorded[False]:,} estimated")
    print(f"work {_hours(sum(seconds))}, longest chain {_hours(max(whole.hanging.values()))}")
    for machine in machines:
        gpus = machine.endswith("gpu")
        slots = int(machine.removesuffix("gpu"))
        wall, use = whole.run(200, slots) if gpus else whole.run(slots)
        what = f"{slots} slots that train, 200 for the rest" if gpus else f"{slots} slots"
        print(f"{what}: {_hours(wall)}, at work {100 * use:.0f} % of it")


if __name__ == "__main__":
    given: list[Any] = sys.argv[1:]
    main(Path(given[0]) if given else REFERENCE, given[1:] or ["200", "8gpu"])
