"""One answer of a server, followed only as long as enough of it comes.

It is asked for and read in a thread of its own: the timeout of a socket begins anew with every byte, so that a server
which sends one byte a second (of the content, or of what stands before it) would never be given up.
"""

from __future__ import annotations

from collections.abc import Iterator
from queue import Empty, Queue
from threading import Event, Thread
from time import monotonic

import requests
from urllib3.exceptions import ReadTimeoutError

TIMEOUT = 30.0  # seconds without a byte
WINDOW = 60.0  # seconds, until there is an answer, and for LEAST bytes of it
LEAST = 60_000  # bytes; with WINDOW 1 kB/s: a gigabyte in eleven days
CHUNK = 1 << 14  # bytes; what a cut connection costs at most; LEAST is counted in them
AHEAD = 64  # chunks that may wait to be written


class StallError(requests.Timeout):
    """Nothing came any more, or too little; the text says how little in how long."""


class Transfer:
    """What a server answers to a request for `url` from byte `begin` on; a context, whose end gives the answer up.

    Both methods raise `StallError` where no answer comes in time, or then too little of it, and else what `requests`
    raises: the server cannot be reached, or cuts the connection.
    """

    def __init__(self, url: str, begin: int) -> None:
        self._url = url
        self._headers = {"Accept-Encoding": "identity", **({"Range": f"bytes={begin}-"} if begin else {})}
        self._items: Queue[requests.Response | bytes | Exception] = Queue(AHEAD)
        self._abandoned = Event()

    def __enter__(self) -> Transfer:
        Thread(target=self._read, daemon=True).start()
        return self

    def __exit__(self, *failure: object) -> None:
        self._abandoned.set()
        while not self._items.empty():  # the thread may wait for room; it ends with the next chunk, unheard
            self._items.get_nowait()

    def answer(self) -> requests.Response:
        """The answer's status and headers."""
        answer = self._next(WINDOW)
        if not isinstance(answer, requests.Response):
            raise StallError(f"no answer within {WINDOW:g} s")
        return answer

    def chunks(self) -> Iterator[bytes]:
        """The content, as it comes."""
        end, received = monotonic() + WINDOW, 0
        while (item := self._next(end - monotonic())) != b"":
            if isinstance(item, bytes):
                received += len(item)
                yield item
            if monotonic() < end:
                continue
            if received < LEAST:
                raise StallError(f"{received:,} bytes came in {WINDOW:g} s, expected at least {LEAST:,}")
            end, received = monotonic() + WINDOW, 0

    def _next(self, seconds: float) -> requests.Response | bytes | None:
        """What the thread read next, b"" at the end; None where nothing comes within `seconds`."""
        try:
            item = self._items.get(timeout=max(0.0, seconds))
        except Empty:
            return None
        if isinstance(item, Exception):
            raise item
        return item

    def _read(self) -> None:
        """The thread: the answer, its chunks, and b"" or an exception go into the queue."""
        try:
            with requests.get(self._url, headers=self._headers, stream=True, timeout=TIMEOUT) as answer:
                self._items.put(answer)
                for chunk in answer.iter_content(CHUNK):
                    if self._abandoned.is_set():
                        return
                    self._items.put(chunk)
            self._items.put(b"")
        except requests.ConnectionError as error:
            timed_out = bool(error.args) and isinstance(error.args[0], ReadTimeoutError)  # how requests tells of it
            self._items.put(StallError(f"nothing came for {TIMEOUT:g} s") if timed_out else error)
        except Exception as error:  # whatever it is: who waits must hear of it
            self._items.put(error)
