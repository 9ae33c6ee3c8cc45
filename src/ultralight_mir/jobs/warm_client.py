"""Asking the warm process (`warm_server`) of a run to do a job; every job's process begins here, so imports are few."""

from __future__ import annotations

import json
import os
import socket
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

VARIABLE = "ULTRALIGHT_MIR_WARM"
"""Environment variable: `sys.prefix` and the folder of the warm process's socket; "off" for none."""
SOCKET = "socket"
STREAMS = (0, 1, 2)
NAME = 24
"""Bytes at a request's start that tell the command's name."""
HEADER = NAME + 8
"""Bytes that a request starts with: the name, and how many follow."""
BEGUN = b"+"
GRACE = 2.0
"""Seconds that a fork has for tidying up once nobody waits for it."""


@contextmanager
def socket_path(folder: str | Path) -> Iterator[str]:
    """A short path of the socket in `folder`, as the system takes no more than some 100 characters (Linux).

    Raises:
        OSError: there is no such folder.
    """
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        yield f"/proc/self/fd/{descriptor}/{SOCKET}"
    finally:
        os.close(descriptor)


def call(arguments: Sequence[str]) -> int | None:
    """Have a command (`arguments` as `sys.argv`) run by the warm process: its exit status.

    None if there is no warm process of this environment, and the command is to be run in this process.

    Raises:
        KeyboardInterrupt: this process was interrupted, and the command with it: it has ended.
    """
    prefix, _, folder = os.environ.get(VARIABLE, "").rpartition(os.pathsep)
    if prefix != sys.prefix:
        return None
    with socket.socket(socket.AF_UNIX) as connection:
        try:
            with socket_path(folder) as path:
                connection.connect(path)
            _send(connection, arguments)
            if connection.recv(1) != BEGUN:
                return None
            status = connection.recv(1)
        except KeyboardInterrupt:
            _hang_up(connection)
            raise
        except OSError:
            return None
    if not status:
        print(
            "error: the process that did this job was killed (out of memory? fewer --cores take less)", file=sys.stderr
        )
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
    header = arguments[1].encode()[:NAME].ljust(NAME) + len(payload).to_bytes(HEADER - NAME)
    socket.send_fds(connection, [header], STREAMS)
    connection.sendall(payload)


def _hang_up(connection: socket.socket) -> None:
    """Have the fork see that nobody waits for it any more, and wait until it has ended."""
    with suppress(OSError):
        connection.shutdown(socket.SHUT_WR)
        connection.settimeout(GRACE + 1.0)
        while connection.recv(1):
            pass
