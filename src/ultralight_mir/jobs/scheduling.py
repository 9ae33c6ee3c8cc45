"""What is changed of Snakemake in the main process, where its cost grows with the number of jobs.

docs/snakemake-timers.md tells why. Where Snakemake has no such method any more, nothing is changed.
"""

from __future__ import annotations

import threading
from importlib import import_module
from typing import Any


def tame() -> None:
    """Change all of it."""
    one_timer_at_a_time()
    check_every_group_once()


def one_timer_at_a_time() -> None:
    """Have Snakemake 9 wait for the further look for jobs that is coming anyway, and not arrange one after every look.

    Each look that it arranges arranges the next, for ever: after 400 jobs it has 400 threads and as many looks a time
    span. Nor does the process wait for that look when all is done.
    """
    scheduler = import_module("snakemake.scheduling.job_scheduler").JobScheduler
    if not hasattr(scheduler, "_schedule_reevalutation"):
        return

    def arrange(self: Any, delay: float) -> None:
        coming = getattr(self, "coming_look", None)
        if coming is None or not coming.is_alive():
            self.coming_look = threading.Timer(delay, self._open_jobs.release)
            self.coming_look.daemon = True
            self.coming_look.start()

    scheduler._schedule_reevalutation = arrange


def check_every_group_once() -> None:
    """Have Snakemake 9 prove that a group of jobs does not depend on itself once, and not once for each of its jobs."""
    dag = import_module("snakemake.dag").DAG
    whole = getattr(dag, "_check_groups", None)
    if whole is None or hasattr(whole, "once"):
        return

    def check(self: Any) -> None:
        groups = self._group
        self._group = dict(enumerate({id(group): group for group in groups.values()}.values()))
        try:
            whole(self)
        finally:
            self._group = groups

    check.once = True  # type: ignore[attr-defined]
    dag._check_groups = check
