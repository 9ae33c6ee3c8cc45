"""What is changed of Snakemake's looks for jobs."""

from __future__ import annotations

import threading

from snakemake.scheduling.job_scheduler import JobScheduler

from ultralight_mir.jobs.scheduling import one_timer_at_a_time


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
