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
from ultralight_mir.jobs.machine import computes_in_bfloat16

log = logging.getLogger(__name__)
Loss = Callable[[Tensor, Tensor], Tensor]


@dataclass(frozen=True)
class Schedule:
    """How long and how fast.

    Attributes:
        steps: optimizer steps from initialisation to the end.
        batch: segments (or clips) a step.
        frames: frames a segment.
        learning_rate: the peak; linear warm-up over the first tenth, then a cosine to zero.
        weight_decay: AdamW's.
        decay: False holds the rate constant (fine-tuning).
        precision: "float32", "bfloat16" (autocast), or "auto": bfloat16 where the CPU computes in it.
    """

    steps: int
    batch: int = 16
    frames: int = 200
    learning_rate: float = 3e-3
    weight_decay: float = 1e-2
    decay: bool = True
    precision: str = "auto"

    def rate(self, step: int) -> float:
        """Learning rate at `step` in 0…steps − 1."""
        if not self.decay:
            return self.learning_rate
        warm = max(1, self.steps // 10)
        if step < warm:
            return self.learning_rate * (step + 1) / warm
        return self.learning_rate * 0.5 * (1 + math.cos(math.pi * (step - warm) / max(1, self.steps - warm)))


@dataclass
class History:
    """What training says of itself: (step, mean loss since the row before), and core-seconds in optimizer steps."""

    rows: list[tuple[int, float]] = field(default_factory=list)
    seconds: float = 0.0


def fit(
    network: nn.Module,
    batches: Iterable[tuple[Tensor, Tensor]],
    loss: Loss,
    schedule: Schedule,
    *,
    first_step: int = 0,
    last_step: int | None = None,
    after_step: Callable[[], None] = lambda: None,
    name: str = "training",
) -> History:
    """Train `network` in place with AdamW from `first_step` to `last_step` (default: the schedule's end).

    The learning rate is the schedule's at every step, so a rewound network continues where the dense one was.
    `after_step` runs after every optimizer step (masking holds its zeros there).

    Raises:
        InputError: the loss is not a finite number; names the step.
    """
    end = schedule.steps if last_step is None else last_step
    low = schedule.precision == "bfloat16" or (schedule.precision == "auto" and computes_in_bfloat16())
    decayed = [p for p in network.parameters() if p.ndim > 1]
    rest = [p for p in network.parameters() if p.ndim <= 1]
    groups: list[dict[str, Any]] = [{"params": decayed}, {"params": rest, "weight_decay": 0.0}]
    optimizer = torch.optim.AdamW(groups, lr=schedule.learning_rate, weight_decay=schedule.weight_decay)
    network.train()
    history, since, begun, report = History(), [], time.process_time(), max(1, (end - first_step) // 20)
    stream = iter(batches)
    for step in range(first_step, end):
        for group in optimizer.param_groups:
            group["lr"] = schedule.rate(step)
        inputs, targets = next(stream)
        with torch.autocast("cpu", torch.bfloat16, enabled=low):
            logits = network(inputs)
        value = loss(logits.float(), targets)
        optimizer.zero_grad(set_to_none=True)
        value.backward()
        nn.utils.clip_grad_norm_(network.parameters(), 5.0)
        optimizer.step()
        after_step()
        since.append(value.item())
        if not math.isfinite(since[-1]):
            raise InputError(
                f"{name}, step {step}: the loss is {since[-1]}, expected a finite number; lower training.learning_rate"
            )
        if (step + 1 - first_step) % report == 0 or step + 1 == end:
            history.rows.append((step + 1, sum(since) / len(since)))
            left = (time.process_time() - begun) * (end - step - 1) / (step + 1 - first_step)
            log.info("%s: step %d of %d, loss %.4f, about %.0f s left", name, step + 1, end, history.rows[-1][1], left)
            since.clear()
    network.eval()
    history.seconds = time.process_time() - begun
    return history
