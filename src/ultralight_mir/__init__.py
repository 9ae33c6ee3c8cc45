"""Ultralight-MIR: how small can a music-information-retrieval network get before it gets worse?"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from torch import nn

__version__ = "0.3.0"
__all__ = ["load_ticket"]


def load_ticket(path: Path | str) -> nn.Module:
    """The trained network of a ticket, ready to use, in eval mode.

    Args:
        path: the ticket's folder, or its `ticket.json`.

    Raises:
        InputError: the ticket is missing, truncated, or its weights are of another network.
    """
    from pathlib import Path

    from ultralight_mir.ticket import Ticket

    where = Path(path)
    return Ticket.read(where.parent if where.name == "ticket.json" else where).network()
