"""The jobs that make tickets: dense training, its early steps, and a rung of a ladder (rank, remove, reset, train)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any, Literal

import torch
from torch import Tensor, nn

from ultralight_mir import cost, networks, validation, widths
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
from ultralight_mir.removal import Ladder, Loss, Removal, remove
from ultralight_mir.schedule import Schedule
from ultralight_mir.settings import Settings
from ultralight_mir.strategy import LONGEST, Strategy, StrategySettings
from ultralight_mir.tasks import get_task
from ultralight_mir.ticket import Ticket, Trust
from ultralight_mir.training import History, fit, teacher
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
        if strategy.method == "small":
            start = _small(first, removed, device)
        else:
            start = _ticket(first, last, trained, strategy, removed, early, looked_at, task.loss, device)
    schedule = _stretched(start.schedule, strategy, trained, start.network, batches.example())
    begin = round(start.step * schedule.steps / start.schedule.steps)
    networks_that_teach = [_read(path, store, trust).network().to(device) for path in teachers] or [trained]
    taught = [teacher(network, schedule, clock) for network in networks_that_teach]
    objective = get_objective(strategy.objective)(task, strategy, taught)
    with clock.phase("optimizer"):
        history = fit(
            start.network,
            batches,
            objective,
            schedule,
            first_step=begin,
            seed=first.seed,
            after_step=start.hold,
            name=f"{task.name} {strategy.name} {removed:g} removed",
        )
    changes: dict[str, Any] = {
        "strategy": strategy,
        "schedule": schedule,
        "removed_target": removed,
        "loss": history.loss,
        "precision": history.precision,
        "weights": snapshot(start.network),
        **start.changes,
    }
    _finish(first.model_copy(update=changes), history, folder, trained, start.network, store, clock, device)


def _ticket(
    first: Ticket,
    last: Ticket,
    dense: nn.Module,
    strategy: Strategy,
    removed: float,
    early: Path | None,
    batches: Batches,
    loss: Loss,
    device: torch.device,
) -> Start:
    """The dense network with less of it, and the weights that the strategy resets to."""
    ladder = Ladder(
        dense=dense,
        last=last.network().to(device),
        kept=last.kept,
        rung=last.rung,
        removed_target=last.removed_target,
        channels_removed=last.channels_removed,
        overshoot=last.overshoot,
        floored=tuple(last.floored),
        seed=first.seed,
    )
    removal = remove(ladder, strategy, removed, batches, loss)
    rung = last.rung if strategy.like else last.rung + 1
    network, schedule, begin = _reset(removal, first, rung, strategy, early, batches)
    changes = {
        "rung": rung,
        "removed": removal.removed,
        "channels_removed": removal.channels_removed,
        "overshoot": removal.overshoot,
        "floored": list(removal.floored),
        "kept": removal.kept,
    }
    return Start(network, schedule, begin, removal.hold(network), changes)


def _small(first: Ticket, removed: float, device: torch.device) -> Start:
    """The same network built narrower, from fresh weights."""
    before = _parameters(networks.build(first.recipe, first.seed))
    recipe = networks.narrower(first.recipe, int((1 - removed) * before))
    network = networks.build(recipe, _fresh_seed(first.seed, 0)).to(device)
    gone = 1 - _parameters(network) / before
    rows = widths.widths(networks.build(first.recipe, first.seed), network)
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


def _stretched(
    schedule: Schedule, strategy: Strategy, dense: nn.Module, network: nn.Module, example: Tensor
) -> Schedule:
    """As many steps as the strategy gives a ticket; what is masked is computed all the same."""
    if strategy.length == "steps":
        return schedule
    times = min(float(LONGEST), cost.macs(dense, example) / max(1.0, cost.macs(network, example)))
    return schedule.model_copy(update={"steps": round(max(1.0, times) * schedule.steps)})


def _read(folder: Path, store: Store, trust: Trust) -> Ticket:
    ticket = Ticket.read_folder(folder, trust)
    ticket.check_store(store, folder)
    return ticket


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


def _batches(store: Store, schedule: Schedule, seed: int, device: torch.device, unlabelled: float = 0.0) -> Batches:
    return Batches(store, schedule.batch, schedule.frames, seed, device, unlabelled)


def _parameters(network: nn.Module) -> int:
    return sum(parameter.numel() for parameter in network.parameters())


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
