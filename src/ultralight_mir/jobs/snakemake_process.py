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

from ultralight_mir.jobs import lock
from ultralight_mir.jobs.interrupts import interrupt_between
from ultralight_mir.jobs.signals import end_with

GRACE = 8.0
"""Seconds that jobs have for tidying up once they are to end."""


def main() -> None:
    """Run snakemake in this process."""
    interrupt_between()  # also where the run was started to ignore it
    signal.signal(signal.SIGTTOU, signal.SIG_IGN)  # a group in the background may write to the terminal
    run, work = map(int, sys.argv[1:3])
    end_with(run, GRACE)
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
        os._exit(status)  # nothing is waited for that a thread still does


if __name__ == "__main__":
    main()
