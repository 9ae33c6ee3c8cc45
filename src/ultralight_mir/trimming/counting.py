"""Exact sizes of a network that has lost units, by arithmetic on shapes: no copy of the network is made."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from ultralight_mir.trimming.calling import call
from ultralight_mir.trimming.errors import TrimError
from ultralight_mir.trimming.layers import IN, OUT, Axis, Layer, Side, find_layers, own_tensors
from ultralight_mir.trimming.options import Measure
from ultralight_mir.trimming.unit import Unit

Counts = NDArray[np.float64]
Factors = tuple[float, list[int], float]
"""A number is constant × the product of some widths (their columns) / divisor."""
Term = tuple[float, Factors]
"""What such a number weighs in a sum."""


class Tally(NamedTuple):
    """How a layer's outputs count where units are counted: what one is `worth`; `others` are no unit's, and count 0."""

    worth: float
    others: int


def tallies(network: nn.Module, units: Sequence[Unit]) -> dict[str, Tally]:
    """For the first layer with weights of each of a network's units, what its outputs count, so that a unit counts 1.

    Where units of different kinds are outputs of one layer, each output counts the same of them.
    """
    layers, first, inside = find_layers(network), Counter[str](), Counter[str]()
    for unit in units:
        first[next(name for name in unit.group if layers[name].main_tensors())] += 1
        inside.update({name: len(indices) for name, indices in unit.outputs})
    return {name: Tally(count / inside[name], layers[name].outputs - inside[name]) for name, count in first.items()}


class Sizes:
    """The size of a network, as a function of how many indices each layer has lost.

    Args:
        network: of the size before removal.
        measure: parameters; bytes of all parameters and buffers; multiply-accumulates of the layers with weights
            in one forward pass of `example` (products of two activations, as in attention, are left out); or units.
        example: an input, needed for macs.
        tallies: by layer, needed for units: what `tallies` makes of the dense network.

    Raises:
        TrimError: macs without an example.
    """

    def __init__(
        self,
        network: nn.Module,
        measure: Measure = "parameters",
        example: Any = None,
        tallies: Mapping[str, Tally] | None = None,
    ) -> None:
        self.layers = {name: layer for name, layer in find_layers(network).items() if not layer.whole}
        self._column = {
            key: column for column, key in enumerate((name, side) for name in self.layers for side in (OUT, IN))
        }
        self._widths = np.array([self.layers[name].width(side) for name, side in self._column], dtype=np.float64)
        if measure == "units":
            self._terms, self._constant = self._of_units(tallies or {})
        else:
            self._terms, self._constant = self._of_tensors(_weights(network, self.layers, measure, example))

    def _of_units(self, tallies: Mapping[str, Tally]) -> tuple[list[Term], float]:
        terms = [(tally.worth, (1.0, [self._column[name, OUT]], 1.0)) for name, tally in tallies.items()]
        return terms, -sum(tally.worth * tally.others for tally in tallies.values())

    def _of_tensors(self, weights: Mapping[tuple[str, str], float]) -> tuple[list[Term], float]:
        terms = [
            (weights[name, own], self._factors(layer, own))
            for name, layer in self.layers.items()
            for own in layer.tensors
            if weights[name, own]
        ]
        return terms, weights["", ""]

    def total(self) -> float:
        """The size before removal."""
        return float(self._size(self._widths[None])[0])

    def after(self, units: Sequence[Unit]) -> Counts:
        """[len(units) + 1] sizes after removing the first 0, 1, 2, … of these units."""
        return self._size(self.widths_after(units))

    def of(self, unit: Unit) -> float:
        """What removing this unit alone takes away."""
        return self.total() - float(self.after([unit])[-1])

    def widths_after(self, units: Sequence[Unit]) -> Counts:
        """[len(units) + 1, layers × 2] outputs and inputs of each layer after removing the first 0, 1, 2, …."""
        losses = np.zeros((len(units) + 1, len(self._widths)))
        for row, unit in enumerate(units, start=1):
            for side, places in ((OUT, unit.outputs), (IN, unit.inputs)):
                for layer, indices in places:
                    losses[row, self._column[layer, side]] += len(indices)
        return self._widths - losses.cumsum(axis=0)

    def outputs_of(self, widths: Counts, names: Sequence[str]) -> Counts:
        """[rows] how many outputs these layers have together, from rows of `widths_after`."""
        total: Counts = widths[:, [self._column[name, OUT] for name in names]].sum(axis=1)
        return total

    def losses(self, unit: Unit) -> dict[tuple[str, Side], int]:
        """How many outputs and inputs each layer loses with this unit."""
        sides: tuple[tuple[Side, Any], ...] = ((OUT, unit.outputs), (IN, unit.inputs))
        return {(layer, side): len(indices) for side, places in sides for layer, indices in places}

    def _size(self, widths: Counts) -> Counts:
        size = np.full(len(widths), self._constant)
        for weight, (constant, columns, divisor) in self._terms:
            size += weight * constant * widths[:, columns].prod(axis=1) / divisor
        return size

    def _factors(self, layer: Layer, own: str) -> Factors:
        """A tensor's number of elements."""
        constant, columns, divisor = 1.0, [], 1.0
        by_group = layer.groups > 1 and own not in layer.weight_norms.values()
        for dim, (size, axis) in enumerate(zip(layer.stored(own).shape, layer.tensors[own], strict=False)):
            if axis is None:
                constant *= size
            elif by_group and dim == 1:
                per_group = self._per_group(layer, axis)
                columns += per_group[0]
                divisor *= per_group[1]
                constant *= per_group[2]
            else:
                constant *= axis.blocks
                columns.append(self._column[layer.name, axis.side])
        return constant, columns, divisor

    def _per_group(self, layer: Layer, axis: Axis) -> tuple[list[int], float, float]:
        """The second axis of a grouped weight: whole groups go where it is depthwise, else every group narrows."""
        if layer.depthwise:
            return [], 1.0, layer.width(axis.side) / layer.groups
        return [self._column[layer.name, axis.side]], float(layer.groups), 1.0


def _weights(
    network: nn.Module, layers: Mapping[str, Layer], measure: Measure, example: Any
) -> dict[tuple[str, str], float]:
    """What an element of each tensor counts; under ("", "") what everything else in the network counts together."""
    counts: dict[tuple[str, str], float] = {}
    if measure == "macs":
        if example is None:
            raise TrimError("measure: macs without an example input, expected one")
        steps = count_steps(network, layers, example)
        for name, layer in layers.items():
            main = layer.main_tensors()
            counts.update({(name, own): float(steps[name] if own in main else 0) for own in layer.tensors})
        return counts | {("", ""): 0.0}
    earlier: set[Tensor] = set()

    def each(tensor: Tensor) -> float:
        """What an element of it counts: nothing where the tensor has been counted under another name."""
        if tensor in earlier:
            return 0.0
        earlier.add(tensor)
        return float(tensor.element_size() if measure == "bytes" else isinstance(tensor, nn.Parameter))

    counts.update({(name, own): each(layer.stored(own)) for name, layer in layers.items() for own in layer.tensors})
    counts["", ""] = sum(each(tensor) * tensor.numel() for tensor in own_tensors(network).values())
    return counts


def count_steps(network: nn.Module, layers: Mapping[str, Layer], example: Any) -> dict[str, int]:
    """How many times each layer uses each of its weights in one forward pass."""
    steps = dict.fromkeys(layers, 0)
    names = {layer.module: name for name, layer in layers.items()}

    def count(module: nn.Module, inputs: tuple[Any, ...], output: Any) -> None:
        layer = layers[names[module]]
        first = inputs[0].data if inputs else output
        if layer.kind == "conv":
            steps[layer.name] += output.numel() // layer.outputs
        elif layer.kind != "embedding":
            steps[layer.name] += first.numel() // max(layer.inputs, 1)

    hooks = [layer.module.register_forward_hook(count) for layer in layers.values()]
    modes = {module: module.training for module in network.modules()}
    try:
        with torch.no_grad():
            network.eval()
            call(network, example)
    finally:
        for module, mode in modes.items():
            module.training = mode
        for hook in hooks:
            hook.remove()
    return steps
