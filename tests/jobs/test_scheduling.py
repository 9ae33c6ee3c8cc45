"""What is changed of Snakemake in the main process."""

from __future__ import annotations

import threading
from collections import Counter, defaultdict
from types import SimpleNamespace
from typing import Any

import pytest
import snakemake.api  # the first of its modules, which import each other
from snakemake.exceptions import WorkflowError
from snakemake.scheduling.job_scheduler import JobScheduler

from ultralight_mir.jobs.scheduling import check_every_group_once, one_timer_at_a_time

DAG = snakemake.dag.DAG


def test_one_further_look_for_jobs_is_coming_at_a_time() -> None:
    one_timer_at_a_time()
    scheduler = object.__new__(JobScheduler)
    scheduler._open_jobs = threading.Semaphore(0)
    before = threading.active_count()
    for _ in range(50):
        scheduler._schedule_reevalutation(0.2)
    assert threading.active_count() == before + 1
    assert scheduler._open_jobs.acquire(timeout=10), "the look does not come"
    assert not scheduler._open_jobs.acquire(timeout=0.5), "it comes more than once"
    scheduler.coming_look.join()
    scheduler._schedule_reevalutation(0.01)
    assert scheduler._open_jobs.acquire(timeout=10), "it does not come again"


class _Job:
    def __init__(self, name: str) -> None:
        self.rule = SimpleNamespace(name=name, lineno=1, snakefile="Snakefile")


class _Group(list[_Job]):
    """Jobs that are submitted as one, and how often it was asked for them."""

    groupid = "ladder"
    asked = 0

    def __iter__(self) -> Any:
        self.asked += 1
        return super().__iter__()


def _dag(chain: str) -> tuple[Any, dict[str, _Group]]:
    """Jobs one after another, each in the group of its letter."""
    groups: defaultdict[str, _Group] = defaultdict(_Group)
    jobs = [_Job(name) for name in chain]
    for job, name in zip(jobs, chain, strict=True):
        groups[name].append(job)
    dag = object.__new__(DAG)
    dag._group = {job: groups[name] for job, name in zip(jobs, chain, strict=True)}
    dag._dependencies = {job: jobs[number - 1 : number] if number else [] for number, job in enumerate(jobs)}
    return dag, groups


def test_a_group_is_proven_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(DAG, "_check_groups", DAG._check_groups)
    check_every_group_once()
    check_every_group_once()
    dag, groups = _dag("aaabbbbb")
    before = dict(dag._group)
    dag._check_groups()
    assert dag._group == before
    assert Counter(group.asked for group in groups.values()) == {1: 2}
    dag, _ = _dag("aabba")
    with pytest.raises(WorkflowError, match="depends on itself"):
        dag._check_groups()
