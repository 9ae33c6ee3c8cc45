"""How strongly a unit is heard by the layers that read it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from torch import Tensor, nn

from ultralight_mir.trimming.criteria.base import Loss, Pairs, mean_over_units
from ultralight_mir.trimming.criteria.observation import mean_of, observe
from ultralight_mir.trimming.layers import Layer
from ultralight_mir.trimming.unit import Unit


def scores(
    network: nn.Module,
    units: Sequence[Unit],
    batches: Pairs | None = None,
    *,
    loss: Loss | None = None,
    seed: int = 0,
) -> Tensor:
    """[units] mean |x| over the unit's inputs of other layers, after norms and non-linearities; 0 if none reads it."""
    levels: dict[str, list[Tensor]] = defaultdict(list)

    def see(layer: Layer, inputs: Tensor | None, outputs: Tensor, targets: Any) -> None:
        if inputs is not None:
            levels[layer.name].append(inputs.abs().double().transpose(0, 1).flatten(1).mean(1).cpu())

    observe(network, batches, "activation", see)
    return mean_over_units(units, mean_of(levels), lambda unit: unit.inputs)
