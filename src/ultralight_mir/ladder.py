"""The jobs that make tickets: dense training, its early steps, and a rung of a ladder (rank, remove, reset, train)."""

from __future__ import annotations

import logging
import math
from collections.abc import Sequence
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import Any

import torch
from torch import nn

from ultralight_mir import given_up, networks, validation, widths
from ultralight_mir.batches import Batches
from ultralight_mir.digests import write_sealed
from ultralight_mir.features.store import Store
from ultralight_mir.files import write_rows
from ultralight_mir.given_up import GivenUpError
from ultralight_mir.jobs.timing import Clock
from ultralight_mir.jobs.torch_setup import CPU, name_of
from ultralight_mir.networks import NetworkSettings
from ultralight_mir.objective import get_objective
from ultralight_mir.paths import RewindFolder, TicketFolder
from ultralight_mir.schedule import Schedule
from ultralight_mir.start import Rewind, Start, begin
from ultralight_mir.strategy import Strategy, StrategySettings
from ultralight_mir.tasks import get_task
from ultralight_mir.ticket import FORMAT, Ticket
from ultralight_mir.training import DivergedError, History, Row, fit, teacher
from ultralight_mir.trust import Trust
from ultralight_mir.watch import Forward, Watch
from ultralight_mir.weights import snapshot, write_state

log = logging.getLogger(__name__)
SLOWER = 0.1
"""Of the learning rate, for a rung whose loss turned NaN."""
SUPERVISED = StrategySettings.model_fields["objective"].default


def train_dense(
    store: Store, folder: Path, seed: int, settings: NetworkSettings, clock: Clock, device: torch.device = CPU
) -> None:
    """Train the dense network and write its ticket.

    Raises:
        InputError: the network cannot be built or does not give what the task wants, the corpus has no validation clips
            to choose thresholds on, the loss turns NaN.
    """
    task = get_task(store.task)
    recipe = settings.recipe(store.bins, task.outputs, task.framewise, store.hop)
    validation.check(task, store)
    network = networks.build(recipe, seed).to(device)
    batches = _batches(store, settings.schedule, seed, device)
    schedule = settings.schedule.counted(batches.steps_per_epoch)
    watch = _watch(store, schedule, batches, clock, device)
    example = batches.example()
    networks.check_output(network, recipe, example, example.shape[1] // store.samples_per_frame)
    objective = get_objective(SUPERVISED)(task, None, ())
    with clock.phase("optimizer"):
        name, known = f"{task.name} dense", _known(task, objective, network)
        history = fit(network, batches, objective, schedule, seed=seed, watch=watch, name=name, replayed=known)
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
        device=name_of(device),
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
        slows_down = ticket.schedule.plateau is not None
        watch = _watch(store, ticket.schedule, batches, clock, device) if slows_down else None
        with clock.phase("optimizer"):
            fit(
                network,
                batches,
                objective,
                ticket.schedule,
                last_step=step,
                seed=ticket.seed,
                watch=watch,
                name=f"{task.name} to {moment}",
                replayed=_known(task, objective, network),
            )
    where = RewindFolder(folder)
    write_state(where.weights, snapshot(network))
    rewind = Rewind(
        moment=moment,
        step=step,
        task=ticket.task,
        corpus=ticket.corpus,
        seed=ticket.seed,
        device=name_of(device),
    )
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

    Where the loss turns NaN, it is trained once more at a lower rate (its ticket's schedule says so); where that does
    not help, or `previous` was given up, the rung is given up (`given_up`).

    Raises:
        InputError: a ticket is of another task, feature or fold, `removed` is less than what is gone already or cannot
            be reached.
    """
    try:
        first, last = (_read(path, store, trust) for path in (dense, previous))
        trained = first.network().to(device)
        wise = [_read(path, store, trust).network().to(device) for path in teachers] or [trained]
        start, history = _trained(store, first, last, trained, removed, strategy, early, wise, clock, device)
    except (GivenUpError, DivergedError) as error:
        why = error.why if isinstance(error, GivenUpError) else str(error)
        log.warning("given up: %s", why)
        given_up.write_ticket(folder, why, FORMAT)
        return
    changes: dict[str, Any] = {
        "strategy": strategy,
        "schedule": start.schedule,
        "removed_target": removed,
        "loss": history.loss,
        "precision": history.precision,
        "device": name_of(device),
        "weights": snapshot(start.network),
        **start.changes,
    }
    _finish(first.model_copy(update=changes), history, folder, trained, start.network, store, clock, device)


def _trained(
    store: Store,
    first: Ticket,
    last: Ticket,
    dense: nn.Module,
    removed: float,
    strategy: Strategy,
    early: Path | None,
    wise: Sequence[nn.Module],
    clock: Clock,
    device: torch.device,
) -> tuple[Start, History]:
    """What a rung trains, trained; at a lower rate where its loss turns NaN.

    Raises:
        DivergedError: it does so at that one, too.
    """
    task, rates = get_task(store.task), [1.0, SLOWER]
    while True:
        looked_at = _batches(store, first.schedule, first.seed, device)  # whatever is looked at, training sees the same
        with clock.phase("trimming"):
            start = _slowed(begin(first, last, dense, strategy, removed, early, looked_at, task.loss), rates.pop(0))
        teaching = [teacher(network, start.schedule, clock) for network in wise]
        objective = get_objective(strategy.objective)(task, strategy, teaching)
        batches = _batches(store, first.schedule, first.seed, device, strategy.unlabelled)
        try:
            with clock.phase("optimizer"):
                history = fit(
                    start.network,
                    batches,
                    objective,
                    start.schedule,
                    first_step=start.step,
                    seed=first.seed,
                    after_step=start.hold,
                    watch=_watch(store, start.schedule, batches, clock, device),
                    name=f"{task.name} {strategy.name} {removed:g} removed",
                    replayed=_known(task, objective, start.network, *wise),
                )
        except DivergedError as error:
            if not rates:
                raise
            log.warning("%s; once more at %g of the learning rate", error, rates[0])
        else:
            return start, history


def _known(*parts: object) -> bool:
    """Whether all that a step runs is this package's own, which decides nothing in Python anew at every step."""
    return all(type(part).__module__.startswith("ultralight_mir.") for part in parts)


def _slowed(start: Start, factor: float) -> Start:
    slower = start.schedule.model_copy(update={"learning_rate": factor * start.schedule.learning_rate})
    return replace(start, schedule=slower)


def _read(folder: Path, store: Store, trust: Trust) -> Ticket:
    ticket = Ticket.read_folder(folder, trust)
    ticket.check_store(store, folder)
    return ticket


def _batches(store: Store, schedule: Schedule, seed: int, device: torch.device, unlabelled: float = 0.0) -> Batches:
    return Batches(store, schedule.batch, schedule.frames, seed, device, unlabelled)


def _watch(store: Store, schedule: Schedule, batches: Batches, clock: Clock, device: torch.device) -> Watch | None:
    """What the validation clips say while training, where the schedule asks for it; its time is a phase of its own."""
    if not schedule.watched:
        return None
    loss = validation.Loss(get_task(store.task), store, schedule.frames, schedule.batch, device)

    def heard(network: Forward) -> float:
        with clock.phase("evaluation"):
            return loss(network)

    return Watch(schedule, heard, batches.steps_per_epoch)


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
    watched = history.rows[-1].validation is not None
    columns = ("step", "loss", "validation")[: 2 + watched]
    write_rows(where.training, columns, (_cells(row) for row in history.rows))
    widths.write(where.widths, dense, network, ticket.floored)
    chosen = {"thresholds": found.thresholds, "validation": found.scores}
    ticket.model_copy(update=chosen).write(folder, [where.training, where.widths])


def _cells(row: Row) -> dict[str, object]:
    losses = {"loss": row.loss, "validation": row.validation}
    known = {name: f"{loss:.6f}" for name, loss in losses.items() if loss is not None and not math.isnan(loss)}
    return {"step": row.step, **known}
