"""Snakemake as a process that ends, with all its jobs, when `ultralight-mir run` does: `launch` starts it.

    python -m ultralight_mir.jobs.snakemake_process RUN LOCK ARGUMENT…

RUN and LOCK are file descriptors: one end of a pipe whose other end the run holds, and the folder's lock, held as long
as this process lives. It leads a process group, which its jobs belong to.
"""

from __future__ import annotations

import os
import runpy
import signal
import sys
import threading
from importlib import import_module
from typing import Any

from ultralight_mir.jobs import lock
from ultralight_mir.jobs.signals import end_with

RATE = ("--max-jobs-per-timespan", "1000000/60s")
"""No limit on how fast jobs start, and a further look for jobs (`one_timer_at_a_time`) once a minute, not a second."""
GRACE = 8.0
"""Seconds that jobs have for tidying up once they are to end."""


def main() -> None:
    """Run snakemake in this process."""
    signal.signal(signal.SIGINT, signal.default_int_handler)  # also where the run was started to ignore it
    signal.signal(signal.SIGTTOU, signal.SIG_IGN)  # a group in the background may write to the terminal
    run, work = map(int, sys.argv[1:3])
    end_with(run, GRACE)
    one_timer_at_a_time()
    sys.argv[:3] = ["snakemake"]
    status = 1
    try:
        runpy.run_module("snakemake", run_name="__main__")
    except SystemExit as end:
        status = end.code if isinstance(end.code, int) else int(end.code is not None)
    except BaseException:
        sys.excepthook(*sys.exc_info())
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        lock.end(work)
        os._exit(status)  # a timer of `RATE` would be waited for


def one_timer_at_a_time() -> None:
    """Have Snakemake 9 wait for the further look for jobs that is coming anyway, and not arrange one after every look.

    Each look that it arranges arranges the next, for ever: after 400 jobs it has 400 threads and as many looks a time
    span (docs/snakemake-timers.md). Where it has no such method any more, nothing is changed.
    """
    scheduler = import_module("snakemake.scheduling.job_scheduler").JobScheduler
    if not hasattr(scheduler, "_schedule_reevalutation"):
        return

    def arrange(self: Any, delay: float) -> None:
        coming = getattr(self, "coming_look", None)
        if coming is None or not coming.is_alive():
            self.coming_look = threading.Timer(delay, self._open_jobs.release)
            self.coming_look.start()

    scheduler._schedule_reevalutation = arrange


if __name__ == "__main__":
    main()
