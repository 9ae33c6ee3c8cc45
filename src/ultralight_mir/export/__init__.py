"""Tickets for other engines. A form is a module with a `write`; `runtime` runs what it wrote."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from ultralight_mir.forms import FORMS
from ultralight_mir.registry import find

if TYPE_CHECKING:
    from ultralight_mir.features.store import Store
    from ultralight_mir.ticket import Ticket


def export(form: str, ticket: Ticket, path: Path, with_front_end: bool, calibration: Store | None) -> None:
    """Write a ticket for another engine, atomically.

    Args:
        form: one of `FORMS`.
        with_front_end: samples go in, where otherwise the feature does.
        calibration: the features of the ticket's training corpus, for what needs to know how large activations get.

    Raises:
        InputError: the ticket cannot be written in that form, or what was written does not say what the ticket says.
    """
    find("form", form, FORMS, own=False)(ticket, path, with_front_end, calibration)
