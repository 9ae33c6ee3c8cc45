"""A ticket as it lies in its folder, read to be gathered: which it is, what it costs, what its scores leave out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from ultralight_mir import given_up
from ultralight_mir.digests import digest, read_sealed, remedy
from ultralight_mir.errors import InputError
from ultralight_mir.experiment import Experiment, Trial
from ultralight_mir.given_up import GivenUpError
from ultralight_mir.jobs.machine import DEVICE
from ultralight_mir.paths import DENSE, TicketFolder, own_name, rung_folder, split_fold
from ultralight_mir.records import Cost
from ultralight_mir.strategy import SETTINGS, Strategy
from ultralight_mir.tasks import get_task

RUNG = ("rung", "removed_target", "removed", "channels_removed", "overshoot")
"""What a ticket says of its place on the ladder."""


@dataclass(frozen=True)
class Entry:
    """One ticket as it lies in its folder.

    Attributes:
        identity: the columns that say which ticket a row is of.
        costs: the fields of `Cost`.
        unscored: test corpus → class left out of its score → clips.
        validation: metric → what its validation clips score; empty without any.
        device: where it was trained, as on its ticket.
    """

    folder: TicketFolder
    identity: dict[str, Any]
    costs: dict[str, Any]
    unscored: Mapping[str, Mapping[str, int]]
    validation: Mapping[str, float]
    device: str


def read_all(experiment: Experiment) -> tuple[list[Entry], list[dict[str, str]]]:
    """Every ticket of the grid; and of those that were given up the folder and why.

    Raises:
        InputError: as `read`.
    """
    entries, missing = [], []
    for folder in experiment.tickets():
        try:
            entries.append(read(folder, experiment))
        except GivenUpError as error:
            missing.append({"ticket": str(folder.path.relative_to(experiment.root)), "why": error.why})
    return entries, missing


def read(folder: TicketFolder, experiment: Experiment) -> Entry:
    """Read a ticket's folder, but for its tables, which are proven.

    Args:
        experiment: from which a ticket's own folder follows.

    Raises:
        InputError: a file is missing, cut, edited or damaged; the ticket is another than its folder's, or than the one
            that was scored.
        GivenUpError: there is no ticket, because its training was given up.
    """
    ticket = read_sealed(folder.ticket, folder.widths.name)
    given_up.refuse(folder.ticket, ticket)
    evaluation = read_sealed(folder.evaluation, folder.scores.name)
    with _whole(folder.evaluation):
        costs, unscored, scored = asdict(Cost(**evaluation["costs"])), evaluation["unscored"], evaluation["ticket"]
    with _whole(folder.ticket):
        strategy = None if ticket["strategy"] is None else Strategy.read(ticket["strategy"], str(folder.ticket))
        identity, home = _identity(ticket, strategy), _home(ticket, strategy, experiment)
        valid = {str(name): float(score) for name, score in ticket["validation"].items()}
        device = str(ticket.get("device", DEVICE))
    if home != folder.path:
        wanted = f"expected that of its own folder; {remedy(folder.ticket)}"
        raise InputError(f"{folder.ticket}: the ticket of {home}, {wanted}")
    if scored != digest(folder.ticket):
        raise InputError(f"{folder.evaluation}: of another ticket than {folder.ticket}; {remedy(folder.evaluation)}")
    return Entry(folder, identity, costs, unscored, valid, device)


@contextmanager
def _whole(path: Path) -> Iterator[None]:
    """Say of a key that is missing or holds something else that the file is not whole."""
    try:
        yield
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise InputError(f"{path}: not whole ({' '.join(str(error).split())}); {remedy(path)}") from error


def _identity(ticket: Mapping[str, Any], strategy: Strategy | None) -> dict[str, Any]:
    """The columns that say which ticket a row is of."""
    settings = {"method": DENSE} if strategy is None else {name: getattr(strategy, name) for name in SETTINGS}
    return {
        "corpus": split_fold(ticket["corpus"])[0],
        "task": get_task(ticket["task"]).name,
        "network": ticket["recipe"]["network"],
        "seed": ticket["seed"],
        "strategy": DENSE if strategy is None else strategy.name,
        **settings,
        "control": strategy is not None and strategy.control,
        **{key: ticket[key] for key in RUNG},
    }


def _home(ticket: Mapping[str, Any], strategy: Strategy | None, experiment: Experiment) -> Path:
    """The folder that a ticket belongs in."""
    task, network = get_task(ticket["task"]).name, own_name(ticket["recipe"]["network"])
    last = DENSE if strategy is None else rung_folder(strategy.name, ticket["removed_target"])
    return experiment.ticket(Trial(ticket["corpus"], task, network, ticket["seed"]), last).path
