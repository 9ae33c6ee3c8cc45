"""One function over many items, in several processes, the results in the items' order."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context, parent_process
from threading import Thread
from typing import TypeVar

from ultralight_mir.errors import InputError

Item = TypeVar("Item")
Made = TypeVar("Made")
AHEAD = 4
"""Items for each process that are under way or wait to be taken: what is held at once does not grow with the items."""


def in_order(make: Callable[[Item], Made], items: Iterable[Item], processes: int) -> Iterator[Made]:
    """`make(item)` for every item; with one process, in this one.

    Processes are spawned, not forked: a forked one may inherit a lock that nobody will ever release.

    Raises:
        InputError: a process was killed, for want of memory most likely; and whatever `make` raises.
    """
    if processes == 1:
        yield from map(make, items)
        return
    waiting: deque[Future[Made]] = deque()
    with ProcessPoolExecutor(processes, mp_context=get_context("spawn"), initializer=_end_with_parent) as pool:
        try:
            for item in items:
                waiting.append(pool.submit(make, item))
                if len(waiting) == AHEAD * processes:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        except BrokenProcessPool as error:
            raise InputError(
                f"one of {processes} processes was killed, most likely for want of memory; use fewer (--threads)"
            ) from error
        finally:
            pool.shutdown(wait=True, cancel_futures=True)


def _end_with_parent() -> None:
    """End this process when the one that started it is gone: a pool's processes would wait for work for ever."""
    parent = parent_process()

    def watch() -> None:
        if parent is not None:
            parent.join()
            os._exit(1)

    Thread(target=watch, daemon=True).start()
