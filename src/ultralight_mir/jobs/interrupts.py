"""An interrupt that keeps out of event loops; apart from `signals`, as jobs need no asyncio (slow to import)."""

from __future__ import annotations

import asyncio
import signal
import threading
import time
from types import FrameType

_SOON = 0.01  # seconds until an interrupt tries again


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
