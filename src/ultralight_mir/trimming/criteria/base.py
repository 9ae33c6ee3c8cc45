"""What a criterion is, and how values per channel become scores per unit.

A unit may be several outputs: of layers that are summed, of one layer that is cut into gates, of a normalisation. Its
score is their **mean**, in every criterion, so that a unit is not worth more for being made of more: under a sum, the
channels of a residual stream outlive all others in a ranking across layers, whatever they do. (Fang et al., 2023,
*DepGraph: towards any structural pruning*, CVPR, rank coupled weights as one group; their Torch-Pruning reduces a group
by its mean too.) Within a layer all weights that make an output count as one: all gates, directions and depths of a
recurrent layer. `Ranking.scale` makes layers comparable.
"""

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


class WeightCriterion(Protocol):
    """Scores single weights."""

    def __call__(
        self, network: nn.Module, batches: Pairs | None = None, *, loss: Loss | None = None, seed: int = 0
    ) -> dict[str, Tensor]:
        """By the name of each parameter that can be masked, [its shape], high = keep; the rest as of a `Criterion`."""


def outputs_of(unit: Unit) -> Places:
    """The unit's outputs."""
    return unit.outputs


def mean_over_units(
    units: Sequence[Unit], values: Mapping[str, Tensor], places: Callable[[Unit], Places] = outputs_of
) -> Tensor:
    """[units] the mean of [indices] values over each unit's indices in `places`, of layers that have values; else 0."""
    means = []
    for unit in units:
        here = [values[layer][list(indices)].double().cpu() for layer, indices in places(unit) if layer in values]
        means.append(float(torch.cat(here).mean()) if here else 0.0)
    return torch.tensor(means, dtype=torch.float64)


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
