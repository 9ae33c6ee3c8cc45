"""An interrupt ends a process tidily, wherever it strikes."""

from __future__ import annotations

import asyncio
import signal
import threading
import time
import warnings
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, thread

import pytest

from ultralight_mir.jobs.interrupts import interrupt_between


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    before = signal.getsignal(signal.SIGINT)
    yield
    for timer in threading.enumerate():
        if isinstance(timer, threading.Timer):
            timer.join()
    signal.signal(signal.SIGINT, before)


@pytest.mark.parametrize(("lasts", "outcome"), [(0.1, ["done", "closed"]), (600, ["closed"])])
def test_a_loop_may_end_first_but_not_for_ever(lasts: float, outcome: list[str]) -> None:
    told = []

    async def work() -> None:
        signal.raise_signal(signal.SIGINT)
        await asyncio.sleep(lasts)
        told.append("done")

    interrupt_between(patience=1.0)
    with pytest.raises(KeyboardInterrupt):
        try:
            with asyncio.Runner() as runner:
                runner.run(work())
        finally:
            told.append("closed")
        time.sleep(60)
    assert told == outcome


def test_nothing_disturbs_the_tidying_up() -> None:
    interrupt_between()
    with pytest.raises(KeyboardInterrupt):
        signal.raise_signal(signal.SIGINT)
    signal.raise_signal(signal.SIGINT)


def test_a_loop_struck_while_it_ends_still_closes() -> None:
    """The moment for which this is there: `run_forever` is about to say that it no longer runs."""

    class Struck(asyncio.SelectorEventLoop):
        def __setattr__(self, name: str, value: object) -> None:
            super().__setattr__(name, value)
            if name == "_stopping" and value is False and getattr(self, "_thread_id", None):
                signal.raise_signal(signal.SIGINT)

    def strike() -> None:
        with asyncio.Runner(loop_factory=Struck) as runner:
            runner.run(asyncio.sleep(0))
        time.sleep(60)

    signal.signal(signal.SIGINT, signal.default_int_handler)
    with warnings.catch_warnings(), pytest.raises(RuntimeError, match="Cannot close a running event loop"):
        warnings.simplefilter("ignore", RuntimeWarning)  # the coroutine that was to close it is never awaited
        strike()
    asyncio._set_running_loop(None)  # what such a strike leaves behind
    interrupt_between()
    with pytest.raises(KeyboardInterrupt):
        strike()


def test_a_pool_struck_while_it_starts_a_thread_still_waits_for_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """Else Snakemake goes on to close the loop in which that thread's job runs."""

    class Struck(threading.Thread):
        def start(self) -> None:
            super().start()
            signal.raise_signal(signal.SIGINT)

    def strike() -> bool:
        """Whether the pool's end was the end of its work."""
        told = []
        pool = ThreadPoolExecutor(1)
        with monkeypatch.context() as patch:
            patch.setattr(thread.threading, "Thread", Struck)
            with pytest.raises(KeyboardInterrupt):
                pool.submit(lambda: (time.sleep(0.5), told.append("done")))
                time.sleep(60)
        pool.shutdown()
        return told == ["done"]

    signal.signal(signal.SIGINT, signal.default_int_handler)
    assert not strike()
    interrupt_between()
    assert strike()
