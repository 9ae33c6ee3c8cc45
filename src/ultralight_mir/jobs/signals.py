"""How processes of a run end: tidily, and not after those that they work for."""

from __future__ import annotations

import os
import signal
import threading
import time
from contextlib import suppress
from types import FrameType

ENDING = (signal.SIGINT, signal.SIGTERM)


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
