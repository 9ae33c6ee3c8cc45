"""What the loss would change by, to first order, if a unit's weights were zero.

Molchanov et al. (2019), *Importance estimation for neural network pruning*: |Σ w·∂loss/∂w| over an output's weights.
"""

from __future__ import annotations

from collections.abc import Sequence

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
    """[units] |Σ w·∂loss/∂w| over the weights that make an output, mean over batches and the unit's outputs."""
    sums = first_order(network, batches, loss, "taylor", lambda weight, gradient: weight * gradient)
    sizes = {name: [batch.abs() for batch in each] for name, each in sums.items()}
    return mean_over_units(units, mean_of(sizes))


def of_weights(
    network: nn.Module, batches: Pairs | None = None, *, loss: Loss | None = None, seed: int = 0
) -> dict[str, Tensor]:
    """[weights] |w·∂loss/∂w|, mean over batches."""
    return of_each_weight(network, batches, loss, "taylor", lambda weight, gradient: (weight * gradient).abs())
