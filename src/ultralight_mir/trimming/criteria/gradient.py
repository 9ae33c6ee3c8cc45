"""The size of the loss's gradient with respect to a unit's weights, and its inverse."""

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
    """[units] mean over batches of Σ |∂loss/∂w| over the weights that make the unit: what still learns is kept."""
    twin, each = gradients(network, batches, loss, "gradient")
    sums: dict[str, list[Tensor]] = defaultdict(list)
    for found in each:

        def size(layer: Layer, own: str, found: dict[str, Tensor] = found) -> Tensor | None:
            gradient = found.get(f"{layer.name}.{own}" if layer.name else own)
            return None if gradient is None else gradient.abs()

        for name, values in sum_over_weights(twin, size).items():
            sums[name].append(values)
    return sum_over_units(units, mean_of(sums), lambda unit: unit.outputs)


def inverse(
    network: nn.Module,
    units: Sequence[Unit],
    batches: Batches | None = None,
    *,
    loss: Loss | None = None,
    seed: int = 0,
) -> Tensor:
    """[units] 1 / (1 + gradient / mean gradient), in 0…1: what has settled is kept."""
    size = scores(network, units, batches, loss=loss, seed=seed)
    result: Tensor = 1 / (1 + size / size.mean().clamp_min(1e-30))
    return result
