"""What the loss would change by, to first order, if a unit's weights were zero.

Molchanov et al. (2019), *Importance estimation for neural network pruning*: |Σ w·∂loss/∂w| over a unit's weights.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from torch import Tensor, nn

from ultralight_mir.trimming.criteria.base import Batches, Loss, sum_over_units, sum_over_weights
from ultralight_mir.trimming.criteria.observation import gradients, mean_of
from ultralight_mir.trimming.layers import Layer
from ultralight_mir.trimming.unit import Unit


def scores(
    network: nn.Module,
    units: Sequence[Unit],
    batches: Batches | None = None,
    *,
    loss: Loss | None = None,
    seed: int = 0,
) -> Tensor:
    """[units] Σ over the unit's outputs of the mean over batches of |Σ w·∂loss/∂w|."""
    twin, each = gradients(network, batches, loss, "taylor")
    sums: dict[str, list[Tensor]] = defaultdict(list)
    for found in each:

        def product(layer: Layer, own: str, found: dict[str, Tensor] = found) -> Tensor | None:
            gradient = found.get(f"{layer.name}.{own}" if layer.name else own)
            return None if gradient is None else layer.stored(own) * gradient

        for name, values in sum_over_weights(twin, product).items():
            sums[name].append(values.abs())
    return sum_over_units(units, mean_of(sums), lambda unit: unit.outputs)
