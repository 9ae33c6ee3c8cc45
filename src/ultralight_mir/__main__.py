"""Entry point of `ultralight-mir`: in a process that forks from a warm one where the run keeps one, else in this."""

from __future__ import annotations

import gc
import logging
import os
import sys

from ultralight_mir.jobs import warm

INTERRUPTED = 130
"""Exit status after Ctrl-C, as shells have it."""


def main() -> None:
    """Run the command line and end the process with its exit status."""
    try:
        status = warm.call(sys.argv)
    except KeyboardInterrupt:
        status = INTERRUPTED
    os._exit(command() if status is None else status)  # taking torch and its kin apart would take 0.5 s a job


def command() -> int:
    """Run the command line in this process: its exit status. An `InputError` is one line on standard error and 1."""
    gc.set_threshold(100_000)  # imports make many objects and no garbage: 0.2 s a job less than collecting as usual
    os.environ.setdefault("OMP_NUM_THREADS", "1")  # one thread a job, one job a core; before numpy and torch load
    from ultralight_mir.cli import app
    from ultralight_mir.errors import InputError

    logging.basicConfig(format="%(message)s", stream=sys.stderr)
    logging.getLogger("ultralight_mir").setLevel(logging.INFO)
    status = 0
    try:
        app()
    except SystemExit as done:
        status = done.code if isinstance(done.code, int) else int(done.code is not None)
    except InputError as error:
        status = _refuse(str(error))
    except OSError as error:
        if error.errno is None:
            raise
        status = _refuse(f"{error.filename or 'input/output'}: {error.strerror}")
    sys.stdout.flush()
    sys.stderr.flush()
    return status


def _refuse(message: str) -> int:
    print(f"error: {message}", file=sys.stderr)
    return 1


if __name__ == "__main__":
    main()
