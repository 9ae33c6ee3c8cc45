"""Tickets that come with the package, `<task>/<size>/`, each with a card that says what it is worth.

They are tickets of the reference experiment (`reports/reference/`), published by `ultralight-mir publish`.
"""

from __future__ import annotations

from pathlib import Path

from ultralight_mir.errors import InputError

SIZES = ("small", "smallest")
HERE = Path(__file__).parent
CARD = "card.json"


def names() -> list[tuple[str, str]]:
    """(task, size) of the tickets that there are."""
    found = (card.parent for card in HERE.glob(f"*/*/{CARD}"))
    order = {size: place for place, size in enumerate(SIZES)}
    return sorted(((f.parent.name, f.name) for f in found), key=lambda name: (name[0], order.get(name[1], 9), name[1]))


def path(task: str, size: str = SIZES[0]) -> Path:
    """The folder of a ticket.

    Raises:
        InputError: there is none of that task and size.
    """
    if (task, size) not in names():
        known = ", ".join(f"{one} {other}" for one, other in names())
        raise InputError(f"ticket '{task} {size}': none comes with the package, expected one of {known}")
    return HERE / task / size
