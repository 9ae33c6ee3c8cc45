"""The jobs that make tickets: dense training, its early steps, and a rung of a ladder (rank, remove, reset, train)."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

import torch
from torch import nn

from ultralight_mir import networks, validation, widths
from ultralight_mir.batches import Batches
from ultralight_mir.digests import write_sealed
from ultralight_mir.features.store import Store
from ultralight_mir.files import write_rows
from ultralight_mir.jobs.timing import Clock
from ultralight_mir.jobs.torch_setup import CPU
from ultralight_mir.networks import NetworkSettings
from ultralight_mir.objective import get_objective
from ultralight_mir.paths import RewindFolder, TicketFolder
from ultralight_mir.schedule import Schedule
from ultralight_mir.start import Rewind, begin
from ultralight_mir.strategy import Strategy, StrategySettings
from ultralight_mir.tasks import get_task
from ultralight_mir.ticket import Ticket
from ultralight_mir.training import History, fit, teacher
from ultralight_mir.trust import Trust
from ultralight_mir.weights import snapshot, write_state

SUPERVISED = StrategySettings.model_fields["objective"].default


def train_dense(
    store: Store, folder: Path, seed: int, settings: NetworkSettings, clock: Clock, device: torch.device = CPU
) -> None:
    """Train the dense network and write its ticket.

    Raises:
        InputError: the network cannot be built or does not give what the task wants, the corpus has no validation clips
            to choose thresholds on, the loss turns NaN.
    """
    task, schedule = get_task(store.task), settings.schedule
    recipe = settings.recipe(store.bins, task.outputs, task.framewise, store.hop)
    validation.check(task, store)
    network = networks.build(recipe, seed).to(device)
    batches = _batches(store, schedule, seed, device)
    example = batches.example()
    networks.check_output(network, recipe, example, example.shape[1] // store.samples_per_frame)
    objective = get_objective(SUPERVISED)(task, None, ())
    with clock.phase("optimizer"):
        history = fit(network, batches, objective, schedule, seed=seed, name=f"{task.name} dense")
    ticket = Ticket(
        task=store.task,
        corpus=store.name,
        feature=store.description,
        classes=list(task.classes),
        seed=seed,
        recipe=recipe,
        schedule=schedule,
        strategy=None,
        rung=0,
        removed_target=0.0,
        removed=0.0,
        channels_removed=0.0,
        overshoot=0.0,
        floored=[],
        loss=history.loss,
        precision=history.precision,
        thresholds={},
        validation={},
        kept=None,
        weights=snapshot(network),
    )
    _finish(ticket, history, folder, network, network, store, clock, device)


def train_early(
    store: Store, dense: Path, folder: Path, moment: str, clock: Clock, device: torch.device = CPU, trust: Trust = ()
) -> None:
    """The dense network's weights at an early step: its training from the same start, that far.

    It depends on the seed and the schedule alone, so that a ladder which rewinds to another step needs no new dense
    network.

    Raises:
        InputError: the moment lies outside the schedule; the ticket is of another task, feature or fold.
    """
    ticket = _read(dense, store, trust)
    task, batches = get_task(store.task), _batches(store, ticket.schedule, ticket.seed, device)
    step = ticket.schedule.step_of(moment, batches.steps_per_epoch)
    network = networks.build(ticket.recipe, ticket.seed).to(device)
    objective = get_objective(SUPERVISED)(task, None, ())
    if step:
        with clock.phase("optimizer"):
            name = f"{task.name} to {moment}"
            fit(network, batches, objective, ticket.schedule, last_step=step, seed=ticket.seed, name=name)
    where = RewindFolder(folder)
    write_state(where.weights, snapshot(network))
    rewind = Rewind(moment=moment, step=step, task=ticket.task, corpus=ticket.corpus, seed=ticket.seed)
    write_sealed(where.moment, rewind.model_dump(), [where.weights])


def train_rung(
    store: Store,
    dense: Path,
    previous: Path,
    folder: Path,
    removed: float,
    strategy: Strategy,
    clock: Clock,
    *,
    early: Path | None = None,
    teachers: Sequence[Path] = (),
    device: torch.device = CPU,
    trust: Trust = (),
) -> None:
    """Take the ladder from `previous` (the first time `dense`) to `removed` of the dense network's parameters.

    Args:
        previous: the rung before; of a strategy that is like another, the ticket of that one with as much removed; of
            method small, `dense`.
        early: the folder of `train_early`, where the strategy's reset is `rewind`.
        teachers: tickets that teach, where the objective asks for teachers; none for the dense network.

    Raises:
        InputError: a ticket is of another task, feature or fold, `removed` is less than what is gone already or cannot
            be reached, the loss turns NaN.
    """
    first, last = (_read(path, store, trust) for path in (dense, previous))
    task = get_task(store.task)
    looked_at = _batches(store, first.schedule, first.seed, device)  # whatever is looked at, training sees the same
    batches = _batches(store, first.schedule, first.seed, device, strategy.unlabelled)
    trained = first.network().to(device)
    with clock.phase("trimming"):
        start = begin(first, last, trained, strategy, removed, early, looked_at, task.loss)
    wise = [_read(path, store, trust).network().to(device) for path in teachers] or [trained]
    teaching = [teacher(network, start.schedule, clock) for network in wise]
    objective = get_objective(strategy.objective)(task, strategy, teaching)
    with clock.phase("optimizer"):
        history = fit(
            start.network,
            batches,
            objective,
            start.schedule,
            first_step=start.step,
            seed=first.seed,
            after_step=start.hold,
            name=f"{task.name} {strategy.name} {removed:g} removed",
        )
    changes: dict[str, Any] = {
        "strategy": strategy,
        "schedule": start.schedule,
        "removed_target": removed,
        "loss": history.loss,
        "precision": history.precision,
        "weights": snapshot(start.network),
        **start.changes,
    }
    _finish(first.model_copy(update=changes), history, folder, trained, start.network, store, clock, device)


def _read(folder: Path, store: Store, trust: Trust) -> Ticket:
    ticket = Ticket.read_folder(folder, trust)
    ticket.check_store(store, folder)
    return ticket


def _batches(store: Store, schedule: Schedule, seed: int, device: torch.device, unlabelled: float = 0.0) -> Batches:
    return Batches(store, schedule.batch, schedule.frames, seed, device, unlabelled)


def _finish(
    ticket: Ticket,
    history: History,
    folder: Path,
    dense: nn.Module,
    network: nn.Module,
    store: Store,
    clock: Clock,
    device: torch.device,
) -> None:
    """See what the validation clips give, with the network as whoever reads the ticket has it; write everything."""
    task, where = get_task(ticket.task), TicketFolder(folder)
    import_module(task.scorer)  # seconds of importing are start-up, not evaluation
    with clock.phase("evaluation"):
        found = validation.validate(ticket.network().to(device), task, store)
    rows = ({"step": step, "loss": f"{loss:.6f}"} for step, loss in history.rows)
    write_rows(where.training, ("step", "loss"), rows)
    widths.write(where.widths, dense, network, ticket.floored)
    chosen = {"thresholds": found.thresholds, "validation": found.scores}
    ticket.model_copy(update=chosen).write(folder, [where.training, where.widths])
