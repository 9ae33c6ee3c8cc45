"""What a ticket's training starts from: what is left of the dense network (or a small one), with which weights."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, Literal

import torch
from pydantic import Field
from torch import Tensor, nn

from ultralight_mir import cost, networks, widths
from ultralight_mir.batches import Batches
from ultralight_mir.digests import read_sealed
from ultralight_mir.errors import InputError
from ultralight_mir.footprint import Parts
from ultralight_mir.jobs.machine import DEVICE
from ultralight_mir.paths import RewindFolder
from ultralight_mir.removal import Ladder, Left, Loss, Removal, remove
from ultralight_mir.schedule import Schedule
from ultralight_mir.settings import Settings
from ultralight_mir.strategy import LONGEST, Strategy
from ultralight_mir.ticket import Ticket
from ultralight_mir.weights import State, count_parameters, read_state, snapshot

FINETUNE_RATE = 0.01
"""Learning rate of fine-tuning, as a fraction of the schedule's peak (Renda et al., ICLR 2020: the last rate)."""


class Rewind(Settings):
    """What `rewind.json` says: the moment as asked for, the optimizer step, and whose early weights these are.

    And where they were computed, if not on a CPU.
    """

    format: Literal[1] = 1
    moment: str
    step: int
    task: str
    corpus: str
    seed: int
    device: str = Field(DEVICE, exclude_if=lambda device: device == DEVICE)


@dataclass(frozen=True)
class Start:
    """What a ticket's training starts from.

    Attributes:
        network: with the weights that training starts from.
        schedule, step: how it is trained, from which step on.
        hold: to be called after every optimizer step.
        changes: what the ticket says of it, beside what all tickets say.
    """

    network: nn.Module
    schedule: Schedule
    step: int
    hold: Callable[[], None]
    changes: dict[str, Any]


def begin(
    first: Ticket,
    last: Ticket,
    dense: nn.Module,
    strategy: Strategy,
    removed: float,
    early: Path | None,
    batches: Batches,
    loss: Loss,
) -> Start:
    """What a rung trains.

    Args:
        first, dense: the ticket of the dense network, and that network, on the device of the training.
        last: the ticket of the rung before, or of the one that is repeated (`removal.Ladder`).
        early: the folder of the early weights, where the strategy's reset is `rewind`.
        batches: of the training split, to be looked at; what is looked at is not trained on.
        loss: (outputs, targets) → scalar, for criteria that look at gradients.

    Raises:
        InputError: as `removal.remove`; the early weights are missing, or of another training; the network cannot be
            built small enough.
    """
    start = (
        _small(first, dense, removed)
        if strategy.method == "small"
        else _ticket(first, last, dense, strategy, removed, early, batches, loss)
    )
    return _stretched(start, strategy, dense, batches.example())


def _ticket(
    first: Ticket,
    last: Ticket,
    dense: nn.Module,
    strategy: Strategy,
    removed: float,
    early: Path | None,
    batches: Batches,
    loss: Loss,
) -> Start:
    """The dense network with less of it, and the weights that the strategy resets to."""
    ladder = Ladder(
        dense=dense,
        last=last.network().to(_device(dense)),
        kept=last.kept,
        rung=last.rung,
        removed_target=last.removed_target,
        channels_removed=last.channels_removed,
        overshoot=last.overshoot,
        floored=tuple(last.floored),
        seed=first.seed,
    )
    removal = remove(ladder, strategy, removed, batches, loss, _left(first, strategy))
    rung = last.rung if strategy.like else last.rung + 1
    network, schedule, step = _reset(removal, first, rung, strategy, early, batches)
    changes = {
        "rung": rung,
        "removed": removal.removed,
        "channels_removed": removal.channels_removed,
        "overshoot": removal.overshoot,
        "floored": list(removal.floored),
        "kept": removal.kept,
    }
    return Start(network, schedule, step, removal.hold(network), changes)


def _left(first: Ticket, strategy: Strategy) -> Left | None:
    """What is left of what devices have, where the strategy removes that."""
    measure = strategy.device_measure
    return None if measure is None else partial(Parts(first).left, measure=measure)


def _small(first: Ticket, dense: nn.Module, removed: float) -> Start:
    """The same network built narrower, from fresh weights."""
    before = count_parameters(dense)
    recipe = networks.narrower(first.recipe, int((1 - removed) * before))
    network = networks.build(recipe, _fresh_seed(first.seed, 0)).to(_device(dense)).eval()
    gone = 1 - count_parameters(network) / before
    rows = widths.widths(dense, network)
    changes = {
        "recipe": recipe,
        "rung": 1,
        "removed": gone,
        "channels_removed": 1 - sum(row["outputs"] for row in rows) / sum(row["dense_outputs"] for row in rows),
        "overshoot": gone - removed,
        "floored": [],
        "kept": None,
    }
    return Start(network, first.schedule, 0, lambda: None, changes)


def _stretched(start: Start, strategy: Strategy, dense: nn.Module, example: Tensor) -> Start:
    """As many steps as the strategy gives a ticket, from the same share of them on; zeros are computed all the same."""
    if strategy.length == "steps":
        return start
    times = min(float(LONGEST), cost.macs(dense, example) / max(1.0, cost.macs(start.network, example)))
    steps = round(max(1.0, times) * start.schedule.steps)
    schedule = start.schedule.model_copy(update={"steps": steps})
    return replace(start, schedule=schedule, step=round(start.step * steps / start.schedule.steps))


def _reset(
    removal: Removal, first: Ticket, rung: int, strategy: Strategy, early: Path | None, batches: Batches
) -> tuple[nn.Module, Schedule, int]:
    """The network with the weights that training starts from, its schedule, and the step it starts at."""
    schedule = first.schedule

    def rewind() -> tuple[State | None, Schedule, int]:
        state, step = _read_early(early, first, strategy)
        return state, schedule, step

    def reinit() -> tuple[State | None, Schedule, int]:
        return snapshot(networks.build(first.recipe, _fresh_seed(first.seed, rung))), schedule, 0

    def lr_rewind() -> tuple[State | None, Schedule, int]:
        return None, schedule, schedule.step_of(strategy.rewind, batches.steps_per_epoch)

    def finetune() -> tuple[State | None, Schedule, int]:
        slow = FINETUNE_RATE * schedule.learning_rate
        return None, schedule.model_copy(update={"learning_rate": slow, "decay": False}), 0

    choices: dict[str, Callable[[], tuple[State | None, Schedule, int]]] = {
        "rewind": rewind,
        "reinit": reinit,
        "lr-rewind": lr_rewind,
        "finetune": finetune,
    }
    state, schedule, begin = choices[strategy.reset]()
    return removal.network(state), schedule, begin


def _read_early(folder: Path | None, first: Ticket, strategy: Strategy) -> tuple[State, int]:
    if folder is None:
        raise InputError(f"strategy '{strategy.name}': rewinds to {strategy.rewind}, expected --early, its folder")
    where = RewindFolder(folder)
    content = read_sealed(where.moment, where.weights.name)
    rewind = Rewind.read(content, str(where.moment))
    identity = (rewind.task, rewind.corpus, rewind.seed, rewind.moment)
    wanted = (first.task, first.corpus, first.seed, strategy.rewind)
    if identity != wanted:
        (one, other) = (" ".join(map(str, names)) for names in (identity, wanted))
        raise InputError(f"{where.moment}: of {one}, expected {other}")
    return read_state(where.weights), rewind.step


def _fresh_seed(seed: int, rung: int) -> int:
    """A seed for reinitialising that no dense network of the grid started from."""
    return 1_000_003 * (seed + 1) + rung


def _device(network: nn.Module) -> torch.device:
    return next(network.parameters()).device
