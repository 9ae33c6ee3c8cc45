"""What is kept of a network, as data that can be written down and composed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from torch import nn

from ultralight_mir.trimming.errors import TrimError
from ultralight_mir.trimming.layers import find_layers
from ultralight_mir.trimming.unit import Unit, removed_indices


@dataclass(frozen=True)
class KeptLayer:
    """Which indices of one layer are kept, ascending, relative to the dense network; `inputs` is empty for norms."""

    outputs: tuple[int, ...]
    inputs: tuple[int, ...] = ()


@dataclass(frozen=True)
class Kept:
    """What is kept of every layer that could lose something, by the layer's name."""

    layers: Mapping[str, KeptLayer]

    def widths(self) -> dict[str, int]:
        """How many outputs each layer is left with."""
        return {name: len(layer.outputs) for name, layer in self.layers.items()}

    def to_json(self) -> dict[str, dict[str, list[int]]]:
        """A value for `json.dump`: layer → outputs, inputs → indices."""
        return {
            name: {"outputs": list(layer.outputs), "inputs": list(layer.inputs)} for name, layer in self.layers.items()
        }

    @classmethod
    def from_json(cls, value: Any) -> Kept:
        """The inverse of `to_json`.

        Raises:
            TrimError: the value is not of that form.
        """
        try:
            layers = {
                str(name): KeptLayer(tuple(map(int, layer["outputs"])), tuple(map(int, layer["inputs"])))
                for name, layer in value.items()
            }
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            raise TrimError(f"kept indices: {error!r}, expected layer → {{outputs, inputs}} → whole numbers") from error
        return cls(layers)


def kept_after(network: nn.Module, units: Iterable[Unit]) -> Kept:
    """What is left of `network` when these units are removed.

    Raises:
        TrimError: a unit is not this network's, or a layer would be left with nothing.
    """
    layers = find_layers(network)
    outputs, inputs = removed_indices(units)
    for name in sorted({*outputs, *inputs} - {name for name, layer in layers.items() if not layer.whole}):
        raise TrimError(f"layer {name!r}: named by a unit, but the network has no such layer that can be trimmed")
    kept = {}
    for name, layer in layers.items():
        if layer.whole or not layer.outputs:
            continue
        sides = []
        for side, width, gone in (("output", layer.outputs, outputs[name]), ("input", layer.inputs, inputs[name])):
            if gone and max(gone) >= width:
                raise TrimError(f"layer {name!r}: {side} {max(gone)} named by a unit, expected less than {width}")
            if gone and len(gone) == width:
                raise TrimError(f"layer {name!r}: all of its {width} {side}s would be removed, at least one must stay")
            sides.append(tuple(index for index in range(width) if index not in gone))
        kept[name] = KeptLayer(*sides)
    return Kept(kept)


def compose(outer: Kept, inner: Kept) -> Kept:
    """First `outer`, then `inner`, which is relative to what `outer` left; the result is relative to the dense network.

    Raises:
        TrimError: the two do not fit.
    """
    if not set(inner.layers) <= set(outer.layers):
        raise TrimError(f"kept indices: layers {sorted(set(inner.layers) - set(outer.layers))} are in the second only")
    # A layer that the second does not list can lose nothing more: a PReLU of one channel is the shared kind.
    composed = dict(outer.layers)
    for name, after in inner.layers.items():
        before = outer.layers[name]
        try:
            composed[name] = KeptLayer(
                tuple(before.outputs[index] for index in after.outputs),
                tuple(before.inputs[index] for index in after.inputs),
            )
        except IndexError as error:
            raise TrimError(f"layer {name!r}: an index is kept that an earlier step removed") from error
    return Kept(composed)
