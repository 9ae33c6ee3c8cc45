"""The error of the trimming engine."""

from __future__ import annotations

LONGEST = 60
"""Characters of a value that a message shows."""


class TrimError(ValueError):
    """A network, a set of units or an option that cannot be trimmed with.

    The message is one line: which layer, key or option, what it is, what was expected.
    """


def shown(value: object) -> str:
    """A value of anybody's as a message shows it: short and in one line, however long or deep it is.

    >>> shown("x"), shown(True), shown([[1, 2], 3])
    ("'x'", 'True', 'a list')
    """
    if value is not None and not isinstance(value, str | int | float):
        return f"a {type(value).__name__}"
    if isinstance(value, str):
        return repr(value if len(value) <= LONGEST else value[:LONGEST] + "…")
    if isinstance(value, int) and value.bit_length() > 64:
        return "a whole number of more than 64 bits"  # Python refuses to write out very long ones
    return repr(value)
