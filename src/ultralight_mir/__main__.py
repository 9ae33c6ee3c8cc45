"""Entry point of `ultralight-mir`: in a process that forks from a warm one where the run keeps one, else in this."""

from __future__ import annotations

import gc
import logging
import os
import sys
from collections.abc import Callable, Iterable
from importlib import import_module

from ultralight_mir.errors import InputError
from ultralight_mir.jobs import blas_threads, lock, signals, warm_client

NO_MEMORY = ("can't allocate memory", "out of memory")
"""What torch says in a RuntimeError, of memory and of a GPU's."""
INTERRUPTED = 130
"""Exit status after Ctrl-C, as shells have it."""


def main() -> None:
    """Run the command line and end the process with its exit status."""
    signals.interrupt_once()
    try:
        lock.join()
        status = warm_client.call(sys.argv) if sys.argv[1:2] and sys.argv[1] in WARM_COMMANDS else None
        status = command() if status is None else status
    except KeyboardInterrupt:
        status = INTERRUPTED
    except InputError as error:
        status = _refuse(str(error))
    os._exit(status)  # taking torch and its kin apart would take 0.5 s a job


def command() -> int:
    """Run the command line in this process: its exit status. An `InputError` is one line on standard error and 1."""
    gc.set_threshold(100_000)  # imports make many objects and no garbage: 0.2 s a job less than collecting as usual
    blas_threads.fix()
    signals.interrupt_once()
    from ultralight_mir.cli import app

    logging.basicConfig(format="%(message)s", stream=sys.stderr)
    logging.getLogger("ultralight_mir").setLevel(logging.INFO)
    status = 0
    try:
        app(prog_name="ultralight-mir")
    except SystemExit as done:
        status = done.code if isinstance(done.code, int) else int(done.code is not None)
    except InputError as error:
        status = _refuse(str(error))
    except (MemoryError, RuntimeError) as error:
        if not (isinstance(error, MemoryError) or any(words in str(error) for words in NO_MEMORY)):
            raise
        said = f" ({first})" if (first := str(error).partition("\n")[0]) else ""
        status = _refuse(f"not enough memory for this job{said}")
    except OSError as error:
        if error.errno is None:
            raise
        status = _refuse(f"{error.filename or 'input/output'}: {error.strerror}")
    sys.stdout.flush()
    sys.stderr.flush()
    return status


def preload(command: str) -> None:
    """Import what one of the `WARM_COMMANDS` needs, for whatever task; nothing for any other."""
    for module in WARM_COMMANDS.get(command, tuple)():
        import_module(module)


def _synthesis() -> Iterable[str]:
    from ultralight_mir.corpora.synthetic import SYNTHESISERS

    return ("ultralight_mir.cli", *SYNTHESISERS.values())


def _listening() -> Iterable[str]:
    return ("ultralight_mir.cli", "ultralight_mir.features.store")


def _training() -> Iterable[str]:
    from ultralight_mir.tasks import TASKS, get_task

    own = (f"ultralight_mir.{name}" for name in ("cli", "evaluation", "ladder", "jobs.torch_setup"))
    return (*own, *(get_task(task).scorer for task in TASKS))


WARM_COMMANDS: dict[str, Callable[[], Iterable[str]]] = {
    "corpus": _synthesis,
    "features": _listening,
    **dict.fromkeys(("train", "rewind", "rung", "evaluate", "evaluate-export"), _training),
}
"""What is worth a fork of the warm process: the commands that import for seconds and that a run calls many times."""


def _refuse(message: str) -> int:
    print(f"error: {message}", file=sys.stderr)
    return 1


if __name__ == "__main__":
    main()
