"""How processes of a run end: tidily, and not after those that they work for."""

from __future__ import annotations

import asyncio
import os
import signal
import threading
import time
from contextlib import suppress
from types import FrameType

ENDING = (signal.SIGINT, signal.SIGTERM)
_SOON = 0.01  # seconds until an interrupt tries again


def interrupt_once() -> None:
    """Have the first SIGINT or SIGTERM raise KeyboardInterrupt, and no further one disturb the tidying up.

    A signal that this process was started to ignore stays ignored.
    """
    for number in ENDING:
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, _interrupt)


def _interrupt(number: int, frame: FrameType | None) -> None:
    for ending in ENDING:
        signal.signal(ending, signal.SIG_IGN)
    raise KeyboardInterrupt


def interrupt_between_loops(patience: float = 2.0) -> None:
    """Have the first SIGINT raise KeyboardInterrupt once this thread is in no event loop, and ignore any further one.

    A loop that is struck while it ends cannot close: asyncio raises RuntimeError then ("Cannot close a running event
    loop"), and an interrupt looks like a crash.

    Args:
        patience: seconds that a loop is given; one that runs longer is interrupted.
    """
    latest: float | None = None

    def interrupt(number: int, frame: FrameType | None) -> None:
        nonlocal latest
        latest = latest or time.monotonic() + patience
        if not _in_a_loop() or time.monotonic() >= latest:
            signal.signal(number, signal.SIG_IGN)
            raise KeyboardInterrupt
        again = threading.Timer(_SOON, signal.pthread_kill, [threading.get_ident(), number])  # wakes this very thread
        again.daemon = True
        again.start()

    signal.signal(signal.SIGINT, interrupt)


def _in_a_loop() -> bool:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True


def end_with(descriptor: int, grace: float) -> None:
    """End this process and its group once the other end of a pipe or socket is closed, by whatever death of its owner.

    Args:
        descriptor: this end of it; nothing is expected to be said there.
        grace: seconds between SIGINT, upon which everyone tidies up, and SIGKILL.
    """
    threading.Thread(target=_watch, args=[descriptor, grace], daemon=True).start()


def _watch(descriptor: int, grace: float) -> None:
    with suppress(OSError):
        while os.read(descriptor, 1):
            pass
    os.killpg(0, signal.SIGINT)
    time.sleep(grace)
    os.killpg(0, signal.SIGKILL)
