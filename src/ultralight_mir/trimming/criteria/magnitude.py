"""The size of the weights that make a unit: L1 (Li et al., 2017, *Pruning filters for efficient ConvNets*) or L2."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from torch import Tensor, nn

from ultralight_mir.trimming.criteria.base import Loss, Pairs, mean_over_units, sum_over_weights
from ultralight_mir.trimming.criteria.observation import plain_copy
from ultralight_mir.trimming.layers import Layer
from ultralight_mir.trimming.masking import maskable
from ultralight_mir.trimming.unit import Unit


def scores(
    network: nn.Module,
    units: Sequence[Unit],
    batches: Pairs | None = None,
    *,
    loss: Loss | None = None,
    seed: int = 0,
    power: int = 1,
) -> Tensor:
    """[units] (Σ |w|ᵖ)^(1/p) over the weights that make an output, mean over the unit's outputs; no biases or norms."""

    def raised(layer: Layer, own: str) -> Tensor:
        return layer.stored(own).abs().pow(power)

    sums = sum_over_weights(plain_copy(network), raised)
    return mean_over_units(units, {name: values.pow(1 / power) for name, values in sums.items()})


def of_weights(
    network: nn.Module, batches: Pairs | None = None, *, loss: Loss | None = None, seed: int = 0
) -> dict[str, Tensor]:
    """[weights] |w|."""
    return {name: weight.detach().abs() for name, weight in maskable(network).items()}


L1 = scores
L2 = partial(scores, power=2)
