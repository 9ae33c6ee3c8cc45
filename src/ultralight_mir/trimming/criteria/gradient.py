"""The size of the loss's gradient with respect to a unit's weights, and its inverse."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from ultralight_mir.trimming.criteria.base import Loss, Pairs, mean_over_units
from ultralight_mir.trimming.criteria.observation import first_order, mean_of, of_each_weight
from ultralight_mir.trimming.unit import Unit


def scores(
    network: nn.Module,
    units: Sequence[Unit],
    batches: Pairs | None = None,
    *,
    loss: Loss | None = None,
    seed: int = 0,
) -> Tensor:
    """[units] Σ |∂loss/∂w| over the weights that make an output, mean over batches and the unit's outputs.

    What still learns is kept.
    """
    sums = first_order(network, batches, loss, "gradient", lambda weight, gradient: gradient.abs())
    return mean_over_units(units, mean_of(sums))


def inverse(
    network: nn.Module,
    units: Sequence[Unit],
    batches: Pairs | None = None,
    *,
    loss: Loss | None = None,
    seed: int = 0,
) -> Tensor:
    """[units] 1 / (1 + gradient / mean gradient), in 0…1: what has settled is kept."""
    size = scores(network, units, batches, loss=loss, seed=seed)
    return _inverse(size, size.mean())


def of_weights(
    network: nn.Module, batches: Pairs | None = None, *, loss: Loss | None = None, seed: int = 0
) -> dict[str, Tensor]:
    """[weights] |∂loss/∂w|, mean over batches."""
    return of_each_weight(network, batches, loss, "gradient", lambda weight, gradient: gradient.abs())


def inverse_of_weights(
    network: nn.Module, batches: Pairs | None = None, *, loss: Loss | None = None, seed: int = 0
) -> dict[str, Tensor]:
    """[weights] 1 / (1 + gradient / mean gradient of all weights), in 0…1."""
    sizes = of_weights(network, batches, loss=loss, seed=seed)
    mean = torch.cat([size.flatten() for size in sizes.values()]).mean()
    return {name: _inverse(size, mean) for name, size in sizes.items()}


def _inverse(size: Tensor, mean: Tensor) -> Tensor:
    result: Tensor = 1 / (1 + size / mean.clamp_min(1e-30))
    return result
