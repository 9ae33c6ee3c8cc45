"""What is changed of Snakemake's looks for jobs in the main process (docs/snakemake-timers.md)."""

from __future__ import annotations

import threading
from importlib import import_module
from typing import Any


def one_timer_at_a_time() -> None:
    """Have Snakemake 9 wait for the further look for jobs that is coming anyway, and not arrange one after every look.

    Each look that it arranges arranges the next, for ever: after 400 jobs it has 400 threads and as many looks a time
    span. Nor does the process wait for that look when all is done. Where it has no such method any more, nothing is
    changed.
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
