"""What a criterion is, and how values per channel become scores per unit."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Protocol

import torch
from torch import Tensor, nn

from ultralight_mir.trimming.layers import Layer, find_layers
from ultralight_mir.trimming.slicing import by_output
from ultralight_mir.trimming.unit import Places, Unit

Pairs = Iterable[tuple[Any, Any]]
"""(inputs, targets) of **training** clips; inputs as a network takes them (`trimming.calling.call`)."""
Loss = Callable[[Any, Any], Tensor]
"""(outputs, targets) → a scalar."""


class Criterion(Protocol):
    """Scores units."""

    def __call__(
        self,
        network: nn.Module,
        units: Sequence[Unit],
        batches: Pairs | None = None,
        *,
        loss: Loss | None = None,
        seed: int = 0,
    ) -> Tensor:
        """[units] in float64, high = keep.

        Args:
            network: trained; is not changed.
            units: of `network`.
            batches: training batches, for criteria that look at data.
            loss: for criteria that look at gradients.
            seed: for criteria that draw.

        Raises:
            TrimError: batches or a loss are needed and not given.
        """


def sum_over_units(units: Sequence[Unit], values: Mapping[str, Tensor], places: Callable[[Unit], Places]) -> Tensor:
    """[units] the sum of [indices] values over each unit's indices in `places`; layers without values count nothing."""
    totals = [
        sum(float(values[layer][list(indices)].sum()) for layer, indices in places(unit) if layer in values)
        for unit in units
    ]
    return torch.tensor(totals, dtype=torch.float64)


def sum_over_weights(network: nn.Module, value: Callable[[Layer, str], Tensor | None]) -> dict[str, Tensor]:
    """[outputs] by layer: the sum of `value` over all weights that make each output, no biases and no norms.

    Args:
        value: for a layer and the name of one of its tensors, a tensor of that shape, or None for nothing to add.
    """
    sums: dict[str, Tensor] = {}
    for name, layer in find_layers(network).items():
        for own in layer.main_tensors():
            tensor = value(layer, own)
            if tensor is None:
                continue
            rows = by_output(layer, own, tensor.detach()).double().sum(1).cpu()
            sums[name] = sums[name] + rows if name in sums else rows
    return sums
