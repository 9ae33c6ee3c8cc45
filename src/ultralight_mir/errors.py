"""The one exception that a user is meant to read."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager


class InputError(Exception):
    """Something a person gave (a file, a row, a key, a disk) is not as it must be.

    The message is one line: where (file, row or key), what was found, what was expected. The command line prints
    it without a traceback and exits with status 1.
    """


@contextmanager
def refusing(kind: type[Exception], where: str = "") -> Iterator[None]:
    """Within this, an exception of `kind`, whose message is one line, becomes an `InputError` after `where`."""
    try:
        yield
    except kind as error:
        raise InputError(f"{where}: {error}" if where else str(error)) from error
