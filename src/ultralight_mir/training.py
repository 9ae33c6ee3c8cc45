"""Training: a fixed number of optimizer steps, one learning-rate schedule, no selection on anything."""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor, nn

from ultralight_mir.errors import InputError
from ultralight_mir.jobs.timing import Clock
from ultralight_mir.jobs.torch_setup import computes_in_bfloat16
from ultralight_mir.objective import Objective
from ultralight_mir.schedule import Schedule

log = logging.getLogger(__name__)
CLIP = 5.0
"""The norm that gradients are cut down to."""


@dataclass
class History:
    """What training says of itself: (step, mean loss since the row before), and core-seconds in optimizer steps."""

    rows: list[tuple[int, float]] = field(default_factory=list)
    seconds: float = 0.0

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
        InputError: the loss is not a finite number; names the step.
    """
    end = schedule.steps if last_step is None else last_step
    forward = _under_precision(network, schedule)
    optimizer = _optimizer(network, schedule)
    network.train()
    history, losses, begin, report = History(), [], time.process_time(), max(1, (end - first_step) // 20)
    stream = iter(batches)
    torch.manual_seed(seed)
    for step in range(first_step, end):
        for group in optimizer.param_groups:
            group["lr"] = schedule.rate(step)
        inputs, targets = next(stream)
        loss = objective(forward, inputs, targets)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(network.parameters(), CLIP)
        optimizer.step()
        after_step()
        losses.append(loss.item())
        if not math.isfinite(losses[-1]):
            raise InputError(
                f"{name}, step {step}: the loss is {losses[-1]}, expected a finite number; lower training.learning_rate"
            )
        if (step + 1 - first_step) % report == 0 or step + 1 == end:
            history.rows.append((step + 1, sum(losses) / len(losses)))
            left = (time.process_time() - begin) * (end - step - 1) / (step + 1 - first_step)
            log.info("%s: step %d of %d, loss %.4f, about %.0f s left", name, step + 1, end, history.loss, left)
            losses.clear()
    network.eval()
    history.seconds = time.process_time() - begin
    return history


def teacher(network: nn.Module, schedule: Schedule, clock: Clock) -> Callable[[Tensor], Tensor]:
    """A trained network (in eval mode) as an objective asks it: inputs → logits in float32, without gradients.

    It computes in the training's precision, and its time is a phase of its own.
    """
    forward = _under_precision(network, schedule)

    def ask(inputs: Tensor) -> Tensor:
        with clock.phase("teacher"), torch.no_grad():
            return forward(inputs)

    return ask


def _under_precision(network: nn.Module, schedule: Schedule) -> Callable[[Tensor], Tensor]:
    """The network as the objective calls it: inputs → logits in float32."""
    device = next(network.parameters()).device
    low = schedule.precision == "bfloat16" or (schedule.precision == "auto" and computes_in_bfloat16(device))

    def forward(inputs: Tensor) -> Tensor:
        with torch.autocast(device.type, torch.bfloat16, enabled=low):
            logits: Tensor = network(inputs)
        return logits.float()

    return forward


def _optimizer(network: nn.Module, schedule: Schedule) -> torch.optim.Optimizer:
    """AdamW; biases and normalisations do not decay."""
    decayed = [p for p in network.parameters() if p.ndim > 1]
    rest = [p for p in network.parameters() if p.ndim <= 1]
    groups: list[dict[str, Any]] = [{"params": decayed}, {"params": rest, "weight_decay": 0.0}]
    return torch.optim.AdamW(groups, lr=schedule.learning_rate, weight_decay=schedule.weight_decay)
