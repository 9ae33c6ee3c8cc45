"""A network with a gate at every place where a unit is read."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.func import functional_call

from ultralight_mir.trimming.calling import call
from ultralight_mir.trimming.layers import IN, OUT, Side, find_layers
from ultralight_mir.trimming.slicing import scale
from ultralight_mir.trimming.unit import Unit


class Gated:
    """Runs a network as if what each unit puts out were multiplied by its gate; gradients flow to the gates.

    The weights that carry a unit's value onward are multiplied instead, which is the same, whatever the layer: a closed
    gate silences its unit (`surgery.silence`).

    Args:
        network: without weight norms; is not changed.
        units: of `network`.

    Attributes:
        units: how many.
    """

    def __init__(self, network: nn.Module, units: Sequence[Unit]) -> None:
        self.units = len(units)
        self._network, self._layers = network, find_layers(network)
        self._gates: dict[tuple[str, Side], Tensor] = {
            (name, side): torch.full((layer.width(side),), self.units)
            for name, layer in self._layers.items()
            for side in (OUT, IN)
        }
        for number, unit in enumerate(units):
            for side, places in ((OUT, unit.outputs), (IN, unit.inputs)):
                for name, indices in places:
                    self._gates[name, side][list(indices)] = number

    def __call__(self, inputs: Any, gates: Tensor) -> Any:
        """The network's output on `inputs`, as `calling.call` takes them, with [units] gates."""
        every = torch.cat([gates, gates.new_ones(1)])  # the last is of what is in no unit
        tensors: dict[str, Tensor] = {}
        for name, layer in self._layers.items():
            own = {key: layer.stored(key) for key in layer.tensors}
            scaled = scale(layer, own, every[self._gates[name, OUT]], every[self._gates[name, IN]])
            tensors |= {f"{name}.{key}" if name else key: value for key, value in scaled.items()}

        def run(*args: Any, **options: Any) -> Any:
            return functional_call(self._network, tensors, args, options, tie_weights=False)

        return call(run, inputs)
