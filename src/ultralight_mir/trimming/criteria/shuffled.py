"""Another criterion's scores, dealt out anew among the units of each group: its widths, other units.

A control for rankings across layers: what it lacks against the criterion itself is owed to which units were kept, what
it gains on `random` to how many of each layer.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from ultralight_mir.trimming.criteria.base import Criterion, Loss, Pairs
from ultralight_mir.trimming.unit import Unit, groups_of


def shuffled(criterion: Criterion) -> Criterion:
    """`criterion` as a control: as many units of every group go, whichever."""

    def scores(
        network: nn.Module,
        units: Sequence[Unit],
        batches: Pairs | None = None,
        *,
        loss: Loss | None = None,
        seed: int = 0,
    ) -> Tensor:
        """[units] the criterion's scores in an order that hangs on the seed."""
        values = criterion(network, units, batches, loss=loss, seed=seed)
        source, dealt = torch.Generator().manual_seed(seed), values.clone()
        for members in groups_of(units).values():
            order = torch.tensor(members)
            dealt[order] = values[order[torch.randperm(len(order), generator=source)]]
        return dealt

    return scores
