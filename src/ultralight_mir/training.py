"""Training: a fixed number of optimizer steps, one learning-rate schedule, no selection on anything."""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

import torch
from torch import Tensor, nn

from ultralight_mir.errors import InputError
from ultralight_mir.jobs.timing import Clock
from ultralight_mir.objective import Objective
from ultralight_mir.schedule import Precision, Schedule
from ultralight_mir.stepping import Manner, Stepper

log = logging.getLogger(__name__)


class DivergedError(InputError):
    """A training's loss was not a finite number."""


@dataclass
class History:
    """What training says of itself.

    Attributes:
        precision: that it was computed in, "float32" or "bfloat16".
        rows: (step, mean loss since the row before).
    """

    precision: Precision
    rows: list[tuple[int, float]] = field(default_factory=list)

    @property
    def loss(self) -> float:
        """The mean over the last twentieth of training."""
        return self.rows[-1][1]


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
    name: str = "training",
) -> History:
    """Train `network` in place with AdamW from `first_step` to `last_step` (default: the schedule's end).

    The learning rate is the schedule's at every step, so a rewound network continues where the dense one was. What the
    network draws (dropout) hangs on `seed` alone; torch seeds every process by chance.
    `after_step` runs after every optimizer step (masking holds its zeros there). Network and batches are on one device.

    Raises:
        DivergedError: the loss was not a finite number; names the step.
    """
    end = schedule.steps if last_step is None else last_step
    manner = Manner.of(network, schedule)
    stepper = Stepper(network, schedule, manner)
    network.train()
    history, begin, report = History(manner.precision), time.process_time(), max(1, (end - first_step) // 20)
    losses: list[Tensor] = []
    stream = iter(batches)
    torch.manual_seed(seed)
    with manner.laid_out(network):
        for step in range(first_step, end):
            losses.append(stepper.step(objective, *next(stream), schedule.rate(step)))
            after_step()
            if (step + 1 - first_step) % report == 0 or step + 1 == end:
                history.rows.append((step + 1, _mean(losses, name, step + 1)))
                left = (time.process_time() - begin) * (end - step - 1) / (step + 1 - first_step)
                log.info("%s: step %d of %d, loss %.4f, about %.0f s left", name, step + 1, end, history.loss, left)
                losses.clear()
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
