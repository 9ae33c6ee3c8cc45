"""The jobs that make tickets: dense training, and one rung of a ladder (rank, remove, reset, train again)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from torch import nn

from ultralight_mir import networks, widths
from ultralight_mir.batches import Batches
from ultralight_mir.errors import InputError
from ultralight_mir.features.store import Store
from ultralight_mir.files import write_rows
from ultralight_mir.jobs.timing import Clock
from ultralight_mir.networks import Recipe
from ultralight_mir.paths import DENSE, rewind_file
from ultralight_mir.removal import Removal, remove
from ultralight_mir.steps import to_steps
from ultralight_mir.tasks import get_task
from ultralight_mir.ticket import State, Strategy, Ticket, read_state, snapshot, write_state
from ultralight_mir.training import History, Schedule, fit

FINETUNE_RATE = 0.01
"""Learning rate of fine-tuning, as a fraction of the schedule's peak (Renda et al., ICLR 2020: the last rate)."""


def train_dense(store: Store, folder: Path, seed: int, settings: Mapping[str, Any], clock: Clock) -> None:
    """Train the dense network and write its ticket and the weights of the early steps `settings["rewind"]`.

    `settings`: network, options, training (fields of `Schedule`), rewind (list of steps such as "20it").

    Raises:
        InputError: a setting is unknown, a rewind step lies outside the schedule, the loss turns NaN.
    """
    task, schedule = get_task(store.task), _schedule(settings.get("training", {}))
    options = settings.get("options", {})
    recipe = Recipe(settings["network"], store.bins, task.outputs, task.framewise, store.hop, options)
    network = networks.build(recipe, seed)
    batches = _batches(store, schedule, seed)
    wanted = {name: to_steps(name, batches.steps_per_epoch, schedule.steps) for name in settings.get("rewind", ["0it"])}
    kept = {name: snapshot(network) for name, step in wanted.items() if step == 0}
    done = 0

    def keep() -> None:
        nonlocal done
        done += 1
        kept.update({name: snapshot(network) for name, step in wanted.items() if step == done})

    with clock.phase("optimizer"):
        history = fit(network, batches, task.loss, schedule, after_step=keep, name=f"{task.name} dense")
    ticket = Ticket(
        task=task.name,
        corpus=store.name,
        feature=store.feature,
        seed=seed,
        recipe=recipe,
        schedule=schedule,
        strategy=Strategy(DENSE, DENSE),
        rung=0,
        removed_target=0.0,
        removed=0.0,
        channels_removed=0.0,
        overshoot=0.0,
        floored=(),
        loss=history.rows[-1][1],
        kept=None,
        weights=snapshot(network),
    )
    for name, state in kept.items():
        write_state(folder / rewind_file(name), state)
    _finish(ticket, history, folder, network, network)


def train_rung(
    store: Store, dense: Path, previous: Path, folder: Path, removed: float, settings: Mapping[str, Any], clock: Clock
) -> None:
    """Take the ladder from `previous` (the first time `dense`) to `removed` of the dense network's parameters.

    `settings`: fields of `Strategy`, and `rewind`, the early step that `reset: rewind` goes back to.

    Raises:
        InputError: a setting is unknown, a ticket is of another task or feature, `removed` is less than what is
            gone already or cannot be reached, the loss turns NaN.
    """
    first, last, given = Ticket.read(dense), Ticket.read(previous), dict(settings)
    early = dense / rewind_file(given.pop("rewind", "0it"))
    try:
        strategy = Strategy(**given)
    except TypeError as error:
        raise InputError(f"strategy settings {dict(settings)}: {error}") from error
    for ticket, where in ((first, dense), (last, previous)):
        if (ticket.task, ticket.feature) != (store.task, store.feature):
            raise InputError(f"{where}: of {ticket.task} on {ticket.feature}, expected {store.task} on {store.feature}")
        store.check_fold(ticket.corpus)
    task, batches = get_task(store.task), _batches(store, first.schedule, first.seed)
    with clock.phase("trimming"):
        found = remove(first, last, strategy, removed, batches, task.loss)
    network, schedule, begin = _reset(found, first, last, strategy, early, batches)
    with clock.phase("optimizer"):
        name = f"{task.name} {strategy.name} {removed:g} removed"
        history = fit(
            network, batches, task.loss, schedule, first_step=begin, after_step=found.hold(network), name=name
        )
    ticket = replace(
        first,
        strategy=strategy,
        rung=last.rung + 1,
        removed_target=removed,
        removed=found.removed,
        channels_removed=found.channels_removed,
        overshoot=found.overshoot,
        floored=found.floored,
        loss=history.rows[-1][1],
        kept=found.kept,
        weights=snapshot(network),
    )
    _finish(ticket, history, folder, found.dense, network)


def _reset(
    found: Removal, first: Ticket, last: Ticket, strategy: Strategy, early: Path, batches: Batches
) -> tuple[nn.Module, Schedule, int]:
    """The network with the weights that training starts from, its schedule, and the step it starts at."""
    schedule = first.schedule
    slow = FINETUNE_RATE * schedule.learning_rate
    fresh = _fresh_seed(first.seed, last.rung + 1)
    choices: dict[str, Callable[[], tuple[State | None, Schedule, int]]] = {
        "rewind": lambda: (read_state(early), schedule, _step_of(early, batches, schedule)),
        "reinit": lambda: (snapshot(networks.build(first.recipe, fresh)), schedule, 0),
        "lr-rewind": lambda: (None, schedule, _step_of(early, batches, schedule)),
        "finetune": lambda: (None, replace(schedule, learning_rate=slow, decay=False), 0),
    }
    if strategy.reset not in choices:
        raise InputError(f"strategy '{strategy.name}', reset: '{strategy.reset}', expected one of {', '.join(choices)}")
    state, schedule, begin = choices[strategy.reset]()
    return found.network(state), schedule, begin


def _fresh_seed(seed: int, rung: int) -> int:
    """A seed for reinitialising that no dense network of the grid started from."""
    return 1_000_003 * (seed + 1) + rung


def _step_of(early: Path, batches: Batches, schedule: Schedule) -> int:
    return to_steps(early.stem.removeprefix("rewind-"), batches.steps_per_epoch, schedule.steps)


def _batches(store: Store, schedule: Schedule, seed: int) -> Batches:
    return Batches(store, schedule.batch, schedule.frames, seed)


def _schedule(training: Mapping[str, Any]) -> Schedule:
    try:
        return Schedule(**training)
    except TypeError as error:
        raise InputError(f"training settings {dict(training)}: {error}") from error


def _finish(ticket: Ticket, history: History, folder: Path, dense: nn.Module, network: nn.Module) -> None:
    rows = ({"step": step, "loss": f"{loss:.6f}"} for step, loss in history.rows)
    write_rows(folder / "training.csv", ("step", "loss"), rows)
    widths.write(folder / "widths.csv", dense, network, ticket.floored)
    ticket.write(folder)
