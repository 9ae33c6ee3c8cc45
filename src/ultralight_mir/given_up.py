"""A ticket that cannot be trained: its loss turned NaN, and again at a lower learning rate; its folder says so instead.

A run goes on without it. What starts from it (the rungs after it, strategies that are like its own) is given up too,
and none of them has scores; each folder has the files that a run waits for, and results name what is missing and why.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ultralight_mir.digests import digest, write_sealed
from ultralight_mir.errors import InputError
from ultralight_mir.files import replacing, write_rows
from ultralight_mir.paths import ExportFolder, TicketFolder
from ultralight_mir.records import SCORES, WIDTHS

KEY = "given_up"
"""Of `ticket.json`, `evaluation.json` and an export's: why there is nothing else in them."""


class GivenUpError(InputError):
    """A folder has no ticket, because its training was given up."""

    def __init__(self, path: Path, why: str) -> None:
        super().__init__(f"{path}: no ticket; {why}")
        self.why = why


def refuse(path: Path, content: Mapping[str, Any]) -> None:
    """Raise `GivenUpError` where `content`, read from `path`, says that there is no ticket."""
    if KEY in content:
        raise GivenUpError(path, str(content[KEY]))


def write_ticket(folder: Path, why: str, form: int) -> None:
    """Leave in a rung's folder, in place of a ticket, why there is none."""
    where = TicketFolder(folder)
    with replacing(where.weights) as scratch:
        scratch.touch()
    write_rows(where.training, ("step", "loss"), ())
    WIDTHS.write(where.widths, ())
    write_sealed(where.ticket, {"format": form, KEY: why}, [where.weights, where.training, where.widths])


def write_evaluation(folder: Path, why: str) -> None:
    """Leave beside it, in place of scores and costs, the same."""
    where = TicketFolder(folder)
    SCORES.write(where.scores, ())
    write_sealed(where.evaluation, {"ticket": digest(where.ticket), KEY: why}, [where.scores])


def write_export(folder: Path, exported: ExportFolder, why: str) -> None:
    """Leave in place of a ticket in another form the same."""
    SCORES.write(exported.scores, ())
    content = {"ticket": digest(TicketFolder(folder).ticket), KEY: why}
    write_sealed(exported.evaluation, content, [exported.scores])
