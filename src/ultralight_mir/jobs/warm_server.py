"""Jobs that start warm: what takes seconds to import is imported once a run, and jobs fork from the process that did.

A default run has 160 jobs that train or score, and each would import for 1.5 to 3 core-seconds, beside 10 of work;
synthesising clips and listening to them begin with scipy and librosa. So a run keeps one process (`kept`), which
imports nothing before the first job asks for it, and then what that job's command needs. A job's own process
(`warm_client.call`) hands it its arguments, folder, environment and standard streams, waits, and ends as the fork ends.
Where no warm process answers (a cluster's node, another environment, no Linux), the job imports for itself.

Nobody is left behind: a fork ends with the job's own process, the warm process with the run.

    python -m ultralight_mir.jobs.warm_server DESCRIPTOR MODULE FOLDER

The module, of which nothing is known here, has `preload(name)`, which imports what a command needs, and `command()`,
which runs the one in `sys.argv` and returns its exit status.
"""

from __future__ import annotations

import atexit
import gc
import json
import os
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from importlib import import_module
from types import ModuleType
from typing import Any, NoReturn

from ultralight_mir.jobs import blas_threads, lock, timing
from ultralight_mir.jobs.signals import end_with
from ultralight_mir.jobs.warm_client import BEGUN, GRACE, HEADER, NAME, STREAMS, VARIABLE, socket_path

COMMANDS = "ultralight_mir.__main__"
"""The module with this package's own commands."""
PATIENCE = 2.0
"""Seconds that a request may take to begin; others wait as long."""


def keep() -> None:
    """Keep a warm process until this process ends, for all that it starts; nothing to do where there is one.

    For a run whose Snakemake was started by hand.
    """
    if VARIABLE not in os.environ:
        stack = ExitStack()
        os.environ.update(stack.enter_context(kept(dict(os.environ), COMMANDS)))
        atexit.register(stack.close)


@contextmanager
def kept(environment: Mapping[str, str], commands: str) -> Iterator[dict[str, str]]:
    """Keep a warm process while inside; gives `environment` with what jobs need to find it.

    Without one where the system does not let it be: jobs then import for themselves.

    Args:
        commands: the name of the module that has `preload` and `command`.
    """
    with ExitStack() as stack:
        try:
            wanted = sys.platform == "linux" and environment.get(VARIABLE) != "off"
            address = {VARIABLE: stack.enter_context(_process(environment, commands))} if wanted else {}
        except OSError:
            address = {VARIABLE: "off"}
        yield {**environment, **address}


@contextmanager
def _process(environment: Mapping[str, str], commands: str) -> Iterator[str]:
    """The value of `VARIABLE` that a warm process answers to, while inside."""
    with tempfile.TemporaryDirectory(prefix="ultralight-mir-") as folder:
        with socket.socket(socket.AF_UNIX) as listener, socket_path(folder) as path:
            listener.bind(path)
            listener.listen(128)
            process = subprocess.Popen(
                [sys.executable, "-m", "ultralight_mir.jobs.warm_server", str(listener.fileno()), commands, folder],
                stdin=subprocess.PIPE,  # closes when this process ends, however it ends
                pass_fds=[listener.fileno()],
                env=environment,
                start_new_session=True,  # Ctrl-C is for the jobs
            )
        try:
            yield f"{sys.prefix}{os.pathsep}{folder}"
        finally:
            process.communicate()


def serve(listener: socket.socket, run: int, commands: str) -> None:
    """Fork once for every request, until `run` (a file descriptor) closes."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # forks are not waited for
    blas_threads.fix()
    charged = 0.0
    while run not in select.select([listener.fileno(), run], [], [])[0]:
        connection = listener.accept()[0]
        with connection:
            connection.settimeout(PATIENCE)
            try:
                header = connection.recv(HEADER, socket.MSG_PEEK)  # the fork reads it, with the streams that come along
            except OSError:
                continue  # whoever asked was stopped or is gone; going on, it finds nobody and does its job itself
            connection.settimeout(None)
            module = import_module(commands)
            module.preload(header[:NAME].decode(errors="replace").rstrip())
            gc.freeze()  # what is there now stays: no fork need look at it
            spent = time.process_time()
            if os.fork() == 0:
                listener.close()
                _do(connection, module, spent - charged)
            charged = spent


def _do(connection: socket.socket, module: ModuleType, spent: float) -> NoReturn:
    """In a fork: run the command that `connection` asks for, tell it the exit status, and end.

    Args:
        spent: core-seconds that the warm process has spent since the fork before.
    """
    status = 1
    try:
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        signal.signal(signal.SIGINT, signal.default_int_handler)
        os.setsid()
        request = _receive(connection)
        timing.charge(spent + request["core_seconds"], time.monotonic() - request["begun"])
        end_with(connection.fileno(), GRACE)
        lock.join()  # this process may write, for a moment, after the one that asked
        connection.sendall(BEGUN)
        status = module.command()
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # the process that asked may now go
        connection.sendall(bytes([status & 0xFF]))
    except ConnectionError:
        pass  # whoever asked is gone
    except BaseException:
        sys.excepthook(*sys.exc_info())
    finally:
        os._exit(status)


def _receive(connection: socket.socket) -> dict[str, Any]:
    """Read a request and become the process that sent it, as far as commands can tell.

    Raises:
        ConnectionError: that process ended while it sent.
    """
    header, streams, *_ = socket.recv_fds(connection, HEADER, len(STREAMS))
    length = int.from_bytes(header[NAME:])
    with connection.makefile("rb") as stream:
        payload = stream.read(length)
    if not payload or len(payload) < length:
        raise ConnectionError
    request: dict[str, Any] = json.loads(payload)
    for number, descriptor in zip(STREAMS, streams, strict=True):
        os.dup2(descriptor, number)
        os.close(descriptor)
    os.chdir(request["folder"])
    os.environ.clear()
    os.environ.update(request["environment"])
    sys.argv = request["arguments"]
    return request


if __name__ == "__main__":
    serve(socket.socket(fileno=int(sys.argv[1])), sys.stdin.fileno(), sys.argv[2])
    shutil.rmtree(sys.argv[3], ignore_errors=True)  # the run may have been killed
    os._exit(0)  # taking torch apart would take half a second, for which the run would wait
