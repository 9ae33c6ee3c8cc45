"""A gate for every unit, learnt on the trained network under pressure to close.

After Genova, Esling & Hurlin (2025), *Keep what you need: extracting efficient subnetworks from large audio
representation models*, ICASSP (arXiv 2502.12925): the weights are frozen, a unit's gate is 0 or 1, its gradient is that
of a sigmoid (straight through), and (open share − target)² is added to the loss. Where this differs:

- The target falls evenly from 1 to `TARGET` and the score is the gate's mean over all steps, so that units are ranked
  by when they close. One target for all steps would leave all that stay open, and all that close, in no order.
- The share is of gates that are open, by the mean over groups of units; theirs is a mean of sigmoids.
- The loss is divided by what closing all gates costs, so that one pressure fits every task's loss.
- A gate stands where the unit is read, behind its normalisation (`gating`), which could else undo it; normalisations
  use their statistics, as in evaluation.

A gate learns from the loss's slope where it stands open, so the loss must have one there, as a cross-entropy does. At
the exact optimum of a squared error there is none: nothing tells the units apart until all have closed at once.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import torch
from torch import Tensor, nn

from ultralight_mir.trimming.criteria.base import Loss, Pairs
from ultralight_mir.trimming.criteria.gating import Gated
from ultralight_mir.trimming.criteria.observation import batch_list, differentiable_copy, required_loss
from ultralight_mir.trimming.unit import Unit, groups_of

STEPS = 96
"""Each on one batch: the batches in turns, in an order drawn anew each time around."""
RATE = 0.1
START = 1.0
"""The sigmoid's argument: all gates begin open."""
TARGET = 0.1
PRESSURE = 10.0


def scores(
    network: nn.Module,
    units: Sequence[Unit],
    batches: Pairs | None = None,
    *,
    loss: Loss | None = None,
    seed: int = 0,
) -> Tensor:
    """[units] the mean of sigmoid(gate) over `STEPS` steps of learning, 0 to 1; low = closed early."""
    pairs, error = batch_list(batches, "gates"), required_loss(loss, "gates")
    gated = Gated(differentiable_copy(network).requires_grad_(False), units)
    if not units:
        return torch.zeros(0, dtype=torch.float64)
    worth = _worth(gated, pairs, error)
    gates = torch.full((len(units),), START, dtype=torch.float64, requires_grad=True)
    groups = [torch.tensor(members) for members in groups_of(units).values()]
    optimizer = torch.optim.Adam([gates], lr=RATE)
    total = torch.zeros(len(units), dtype=torch.float64)
    for step, (inputs, targets) in zip(range(1, STEPS + 1), _turns(pairs, seed), strict=False):
        soft = gates.sigmoid()
        hard = soft + ((soft >= 0.5).to(soft) - soft).detach()
        target = 1 - (1 - TARGET) * step / STEPS
        share = torch.stack([hard[members].mean() for members in groups]).mean()
        optimizer.zero_grad()
        (error(gated(inputs, hard), targets) / worth + PRESSURE * (share - target) ** 2).backward()
        optimizer.step()
        total += gates.detach().sigmoid()
    return total / STEPS


@torch.no_grad()
def _worth(gated: Gated, pairs: Sequence[tuple[Any, Any]], loss: Loss) -> float:
    """How much greater the loss is with all gates closed than with all open; a positive number in any case."""
    closed, opened = (
        sum(float(loss(gated(inputs, torch.full((gated.units,), value)), targets)) for inputs, targets in pairs)
        for value in (0.0, 1.0)
    )
    return max(closed - opened, 1e-3 * abs(opened), 1e-12) / len(pairs)


def _turns(pairs: Sequence[tuple[Any, Any]], seed: int) -> Iterator[tuple[Any, Any]]:
    """The batches again and again, each time around in another order."""
    source = torch.Generator().manual_seed(seed)
    while True:
        for number in torch.randperm(len(pairs), generator=source).tolist():
            yield pairs[number]
