"""Progress on long work, for people: what, how far, how long still."""

from __future__ import annotations

import logging
import time

log = logging.getLogger(__name__)
EVERY = 2.0
"""Seconds between two lines."""


class Progress:
    """A count that logs a line from time to time, and at the end."""

    def __init__(self, what: str) -> None:
        self._what = what
        self._begun = self._shown = time.monotonic()

    def __call__(self, done: int, total: int) -> None:
        """`done` of `total` are done."""
        now = time.monotonic()
        if now - self._shown < EVERY and done < total:
            return
        self._shown = now
        left = (now - self._begun) / done * (total - done)
        log.info("%s: %d of %d, about %.0f s left", self._what, done, total, left)
