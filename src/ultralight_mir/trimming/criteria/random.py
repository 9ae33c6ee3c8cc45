"""Random scores: the control without which "a winning ticket" means nothing."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from ultralight_mir.trimming.criteria.base import Loss, Pairs
from ultralight_mir.trimming.masking import maskable
from ultralight_mir.trimming.unit import Unit


def scores(
    network: nn.Module,
    units: Sequence[Unit],
    batches: Pairs | None = None,
    *,
    loss: Loss | None = None,
    seed: int = 0,
) -> Tensor:
    """[units] uniform numbers between 0 and 1, from the seed alone."""
    return torch.rand(len(units), generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def of_weights(
    network: nn.Module, batches: Pairs | None = None, *, loss: Loss | None = None, seed: int = 0
) -> dict[str, Tensor]:
    """[weights] uniform numbers between 0 and 1, from the seed alone."""
    source = torch.Generator().manual_seed(seed)
    return {name: torch.rand(weight.shape, generator=source) for name, weight in maskable(network).items()}
