"""An interrupt that keeps out of what it would leave half done; apart from `signals`, as jobs need no asyncio."""

from __future__ import annotations

import asyncio
import signal
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from types import FrameType

_SOON = 0.01  # seconds until an interrupt tries again


def interrupt_between(patience: float = 2.0) -> None:
    """Have the first SIGINT raise KeyboardInterrupt where this thread leaves nothing half done; ignore any further one.

    That is not within an event loop, nor while a pool of threads is given work. A loop that is struck while it ends
    cannot close ("Cannot close a running event loop"); a pool that is struck while it starts a thread does not know
    it, and whoever then waits for the pool's end does not wait for that thread, whose loop is closed while it runs.
    An interrupt looks like a crash then.

    Args:
        patience: seconds that a loop is given; one that runs longer is interrupted.
    """
    latest: float | None = None

    def interrupt(number: int, frame: FrameType | None) -> None:
        nonlocal latest
        latest = latest or time.monotonic() + patience
        if not (_in_a_loop() or _gives_work(frame)) or time.monotonic() >= latest:
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


def _gives_work(frame: FrameType | None) -> bool:
    while frame is not None:
        if frame.f_code is ThreadPoolExecutor.submit.__code__:
            return True
        frame = frame.f_back
    return False
