"""Jobs that start warm: torch and the scorers are imported once a run, and jobs fork from the process that did.

A default run has 160 jobs that train or score, and each would import for 1.5 to 3 core-seconds, beside 10 of work. So
`ultralight-mir run` keeps one process (`kept`), which imports nothing before the first job asks for it. A job's own
process (`call`) hands it its arguments, folder, environment and standard streams, waits, and ends as the fork ends.
Where no warm process answers (a cluster's node, another environment, no Linux), the job imports for itself.

Nobody is left behind: a fork ends with the job's own process, the warm process with the run.
"""

from __future__ import annotations

import gc
import json
import os
import select
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any, NoReturn

VARIABLE = "ULTRALIGHT_MIR_WARM"
"""Environment variable: `sys.prefix` and socket of the warm process; "off" for none."""
COMMANDS = ("train", "rung", "evaluate")
"""What is worth it: the commands that import torch and that a run calls many times."""
STREAMS = (0, 1, 2)
HEADER = 8
"""Bytes that tell a request's length."""
BEGUN = b"+"
GRACE = 2.0
"""Seconds that a fork has for tidying up once nobody waits for it."""


@contextmanager
def kept(environment: Mapping[str, str]) -> Iterator[dict[str, str]]:
    """Keep a warm process while inside; gives `environment` with what jobs need to find it."""
    if sys.platform != "linux" or environment.get(VARIABLE) == "off":
        yield dict(environment)
        return
    with tempfile.TemporaryDirectory(prefix="ultralight-mir-") as folder:
        path = Path(folder) / "socket"
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind(str(path))
            listener.listen(128)
            process = subprocess.Popen(
                [sys.executable, "-m", __name__, str(listener.fileno())],
                stdin=subprocess.PIPE,  # closes when this process ends, however it ends
                pass_fds=[listener.fileno()],
                env={"OMP_NUM_THREADS": "1", **environment},
                start_new_session=True,  # Ctrl-C is for the jobs
            )
        try:
            yield {**environment, VARIABLE: f"{sys.prefix}{os.pathsep}{path}"}
        finally:
            process.communicate()


def call(arguments: Sequence[str]) -> int | None:
    """Have a command (`arguments` as `sys.argv`) run by the warm process: its exit status.

    None if it is to be run in this process.
    """
    prefix, _, path = os.environ.get(VARIABLE, "").rpartition(os.pathsep)
    if prefix != sys.prefix or len(arguments) < 2 or arguments[1] not in COMMANDS:
        return None
    with socket.socket(socket.AF_UNIX) as connection:
        try:
            connection.connect(path)
            _send(connection, arguments)
            if connection.recv(1) != BEGUN:
                return None
        except OSError:
            return None
        status = connection.recv(1)
    if not status:
        print("error: the process that did this job was killed (out of memory?)", file=sys.stderr)
    return status[0] if status else 1


def _send(connection: socket.socket, arguments: Sequence[str]) -> None:
    request = {
        "arguments": list(arguments),
        "folder": str(Path.cwd()),
        "environment": dict(os.environ),
        "begun": time.monotonic(),
        "core_seconds": time.process_time(),
    }
    payload = json.dumps(request).encode()
    socket.send_fds(connection, [len(payload).to_bytes(HEADER)], STREAMS)
    connection.sendall(payload)


def serve(listener: socket.socket, run: int) -> None:
    """Fork once for every request, until `run` (a file descriptor) closes."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # forks are not waited for
    charged = 0.0
    while run not in select.select([listener.fileno(), run], [], [])[0]:
        connection = listener.accept()[0]
        with connection:
            _import_what_jobs_need()
            spent = time.process_time()
            if os.fork() == 0:
                listener.close()
                _do(connection, spent - charged)
            charged = spent


def _import_what_jobs_need() -> None:
    if "torch" in sys.modules:
        return
    from ultralight_mir.tasks import TASKS, get_task

    for module in ("cli", "evaluation", "ladder", "torch_setup"):
        import_module(f"ultralight_mir.{module}")
    for task in TASKS:
        import_module(get_task(task).scorer)
    gc.freeze()  # what is there now stays: no fork need look at it


def _do(connection: socket.socket, spent: float) -> NoReturn:
    """In a fork: run the command that `connection` asks for, tell it the exit status, and end.

    Args:
        spent: core-seconds that the warm process has spent since the fork before.
    """
    from ultralight_mir.__main__ import command
    from ultralight_mir.jobs import timing

    status = 1
    try:
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        os.setsid()
        request = _receive(connection)
        timing.charge(spent + request["core_seconds"], time.monotonic() - request["begun"])
        threading.Thread(target=_end_with, args=[connection], daemon=True).start()
        connection.sendall(BEGUN)
        status = command()
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
    length = int.from_bytes(header)
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


def _end_with(connection: socket.socket) -> None:
    """End this fork, and what it started, when the process that asked for it is gone."""
    if connection.recv(1):
        return
    os.kill(os.getpid(), signal.SIGINT)
    time.sleep(GRACE)
    os.killpg(0, signal.SIGKILL)


if __name__ == "__main__":
    serve(socket.socket(fileno=int(sys.argv[1])), sys.stdin.fileno())
    os._exit(0)  # taking torch apart would take half a second, for which the run would wait
