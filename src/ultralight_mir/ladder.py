"""The jobs that make tickets: dense training, its early steps, and a rung of a ladder (rank, remove, reset, train)."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any, Literal

import torch
from torch import nn

from ultralight_mir import networks, validation, widths
from ultralight_mir.batches import Batches
from ultralight_mir.digests import read_sealed, write_sealed
from ultralight_mir.errors import InputError
from ultralight_mir.features.store import Store
from ultralight_mir.files import write_rows
from ultralight_mir.jobs.timing import Clock
from ultralight_mir.jobs.torch_setup import CPU
from ultralight_mir.networks import NetworkSettings
from ultralight_mir.objective import get_objective
from ultralight_mir.paths import RewindFolder, TicketFolder
from ultralight_mir.removal import Ladder, Removal, remove
from ultralight_mir.schedule import Schedule
from ultralight_mir.settings import Settings
from ultralight_mir.strategy import Strategy, StrategySettings
from ultralight_mir.tasks import get_task
from ultralight_mir.ticket import Ticket, Trust
from ultralight_mir.training import History, fit
from ultralight_mir.weights import State, read_state, snapshot, write_state

FINETUNE_RATE = 0.01
"""Learning rate of fine-tuning, as a fraction of the schedule's peak (Renda et al., ICLR 2020: the last rate)."""
SUPERVISED = StrategySettings.model_fields["objective"].default


class Rewind(Settings):
    """What `rewind.json` says: the moment as asked for, the optimizer step, and whose early weights these are."""

    format: Literal[1] = 1
    moment: str
    step: int
    task: str
    corpus: str
    seed: int


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
    objective = get_objective(SUPERVISED)(task, None)
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
    objective = get_objective(SUPERVISED)(task, None)
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
    device: torch.device = CPU,
    trust: Trust = (),
) -> None:
    """Take the ladder from `previous` (the first time `dense`) to `removed` of the dense network's parameters.

    `early`: the folder of `train_early`, where the strategy's reset is `rewind`.

    Raises:
        InputError: a ticket is of another task, feature or fold, `removed` is less than what is gone already or cannot
            be reached, the loss turns NaN.
    """
    first, last = (_read(path, store, trust) for path in (dense, previous))
    task, batches = get_task(store.task), _batches(store, first.schedule, first.seed, device)
    ladder = Ladder(
        dense=first.network().to(device),
        last=last.network().to(device),
        kept=last.kept,
        rung=last.rung,
        removed_target=last.removed_target,
        channels_removed=last.channels_removed,
        floored=tuple(last.floored),
        seed=first.seed,
    )
    with clock.phase("trimming"):
        removal = remove(ladder, strategy, removed, batches, task.loss)
    network, schedule, begin = _reset(removal, first, last, strategy, early, batches)
    objective = get_objective(strategy.objective)(task, ladder.dense)
    with clock.phase("optimizer"):
        history = fit(
            network,
            batches,
            objective,
            schedule,
            first_step=begin,
            seed=first.seed,
            after_step=removal.hold(network),
            name=f"{task.name} {strategy.name} {removed:g} removed",
        )
    changes: dict[str, Any] = {
        "strategy": strategy,
        "rung": last.rung + 1,
        "removed_target": removed,
        "removed": removal.removed,
        "channels_removed": removal.channels_removed,
        "overshoot": removal.overshoot,
        "floored": list(removal.floored),
        "loss": history.loss,
        "kept": removal.kept,
        "weights": snapshot(network),
    }
    _finish(first.model_copy(update=changes), history, folder, removal.dense, network, store, clock, device)


def _read(folder: Path, store: Store, trust: Trust) -> Ticket:
    ticket = Ticket.read_folder(folder, trust)
    ticket.check_store(store, folder)
    return ticket


def _reset(
    removal: Removal, first: Ticket, last: Ticket, strategy: Strategy, early: Path | None, batches: Batches
) -> tuple[nn.Module, Schedule, int]:
    """The network with the weights that training starts from, its schedule, and the step it starts at."""
    schedule = first.schedule

    def rewind() -> tuple[State | None, Schedule, int]:
        state, step = _read_early(early, first, strategy)
        return state, schedule, step

    def reinit() -> tuple[State | None, Schedule, int]:
        return snapshot(networks.build(first.recipe, _fresh_seed(first.seed, last.rung + 1))), schedule, 0

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


def _batches(store: Store, schedule: Schedule, seed: int, device: torch.device) -> Batches:
    return Batches(store, schedule.batch, schedule.frames, seed, device)


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
