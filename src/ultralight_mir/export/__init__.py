"""Tickets for other engines. A form is a `write`, and an `engine`, which runs what that wrote."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ultralight_mir.forms import FORMS
from ultralight_mir.registry import find
from ultralight_mir.tasks.base import Array

if TYPE_CHECKING:
    from ultralight_mir.ticket import Ticket


@dataclass(frozen=True)
class Engine:
    """What runs an exported ticket on this machine.

    Attributes:
        hear: rows of one recording's input → activations `[frames, outputs]` (`[outputs]` a clip).
        precision: that it computes in, and "-c" where that is C.
        bytes: of the graph, or of the network's constants in C.
    """

    hear: Callable[[Array], Array]
    precision: str
    bytes: int


def export(
    form: str, ticket: Ticket, path: Path, with_front_end: bool, calibration: Sequence[Array] | None = None
) -> None:
    """Write a ticket for another engine, atomically.

    Args:
        form: one of `FORMS`.
        with_front_end: samples go in, where otherwise the feature does.
        calibration: inputs of training clips (`export.calibration`), for what has to know how large activations get.

    Raises:
        InputError: the ticket cannot be written in that form, or what was written does not say what the ticket says.
    """
    writers = {name: one.write for name, one in FORMS.items()}
    find("form", form, writers, own=False)(ticket, path, with_front_end, calibration)


def engine(form: str, path: Path) -> Engine:
    """What `export` wrote to `path` without a front end, made ready to run.

    Raises:
        InputError: what it runs by is missing (onnxruntime, a compiler of C), or it is none that `export` wrote.
    """
    engines = {name: one.engine for name, one in FORMS.items()}
    made: Engine = find("form", form, engines, own=False)(path)
    return made
