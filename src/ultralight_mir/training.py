"""Training: optimizer steps along one learning-rate schedule.

As many as it says, and nothing is selected; where it asks for that, the validation clips end it (`watch`).
"""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import torch
from torch import Tensor, nn

from ultralight_mir.errors import InputError
from ultralight_mir.jobs.timing import Clock
from ultralight_mir.objective import Objective
from ultralight_mir.schedule import Precision, Schedule
from ultralight_mir.stepping import Manner, Stepper
from ultralight_mir.watch import Watch

log = logging.getLogger(__name__)


class DivergedError(InputError):
    """A training's loss was not a finite number."""


class Row(NamedTuple):
    """Where training stood at a step: the mean loss since the row before; if watched, the validation clips' loss."""

    step: int
    loss: float
    validation: float | None = None


@dataclass
class History:
    """What training says of itself.

    Attributes:
        precision: that it was computed in, "float32" or "bfloat16".
        rows: one a twentieth of training; where the validation clips are watched, one a check, and the first one before
            any step, whose loss is NaN: what a ticket is worth untrained (Zhou et al., 2019: a *supermask*).
    """

    precision: Precision
    rows: list[Row] = field(default_factory=list)

    @property
    def loss(self) -> float:
        """The mean since the last row but one."""
        return self.rows[-1].loss


def fit(
    network: nn.Module,
    batches: Iterable[tuple[Tensor, Tensor]],
    objective: Objective,
    schedule: Schedule,
    *,
    first_step: int = 0,
    last_step: int | None = None,
    seed: int = 0,
    after_step: Callable[[], None] = lambda: None,
    watch: Watch | None = None,
    name: str = "training",
    replayed: bool = False,
) -> History:
    """Train `network` in place from `first_step` to `last_step` (default: the schedule's end).

    The learning rate is the schedule's at every step, so a rewound network continues where the dense one was. What the
    network draws (dropout) hangs on `seed` alone; torch seeds every process by chance.
    `after_step` runs after every optimizer step (masking holds its zeros there). Network and batches are on one device.
    `replayed`: a GPU records a step and replays it; network, objective and `after_step` do the same at every step.
    What the `watch` sees ends the training, and the best weights are kept, unless `last_step` is given: then it only
    slows it down, so that a training stopped on its way is where the whole one was.

    Raises:
        DivergedError: the loss was not a finite number; names the step.
    """
    end = schedule.steps if last_step is None else last_step
    manner = Manner.of(network, schedule)
    stepper = Stepper(network, objective, schedule, manner, after_step, replayed)
    network.train()
    history, begin = History(manner.precision), time.process_time()
    report = max(1, (end - first_step) // 20) if watch is None else watch.every
    losses: list[Tensor] = []
    stream = iter(batches)
    torch.manual_seed(seed)
    with manner.laid_out(network):
        if watch is not None:
            history.rows.append(Row(first_step, math.nan, watch.hear(network, stepper.forward)))
        for done in range(first_step + 1, end + 1):
            slowed = 1.0 if watch is None else watch.factor
            losses.append(stepper.step(*next(stream), slowed * schedule.rate(done - 1)))
            if (done - first_step) % report == 0 or done == end:
                loss = _mean(losses, name, done)
                losses.clear()
                history.rows.append(Row(done, loss, None if watch is None else watch.look(network, stepper.forward)))
                left = (time.process_time() - begin) * (end - done) / (done - first_step)
                log.info("%s: step %d of %d, loss %.4f, about %.0f s left", name, done, end, loss, left)
                if watch is not None and watch.over and last_step is None:
                    break
        if watch is not None and last_step is None:
            watch.keep_best(network)
    network.eval()
    return history


def teacher(network: nn.Module, schedule: Schedule, clock: Clock) -> Callable[[Tensor], Tensor]:
    """A trained network (in eval mode) as an objective asks it: inputs → logits in float32, without gradients.

    It computes as it would be trained, and its time is a phase of its own.
    """
    manner = Manner.of(network, schedule)
    manner.lay(network)
    forward = manner.forward(network)

    def ask(inputs: Tensor) -> Tensor:
        with clock.phase("teacher"), torch.no_grad():
            return forward(inputs)

    return ask


def _mean(losses: Sequence[Tensor], name: str, end: int) -> float:
    """The mean of the last steps' losses, read here and not at every step: on a GPU each reading waits for it."""
    values: list[float] = torch.stack(list(losses)).tolist()
    for step, loss in enumerate(values, start=end - len(values)):
        if not math.isfinite(loss):
            raise DivergedError(
                f"{name}, step {step}: the loss is {loss}, expected a finite number; lower training.learning_rate"
            )
    return sum(values) / len(values)
