"""What is kept of a network, as data that can be written down and composed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from torch import nn

from ultralight_mir.trimming.errors import TrimError, shown
from ultralight_mir.trimming.layers import Layer, find_layers
from ultralight_mir.trimming.unit import Unit, removed_indices

MOST = 2**31
"""No layer is as wide."""


@dataclass(frozen=True)
class KeptLayer:
    """Which indices of one layer are kept, ascending, relative to the dense network; `inputs` is empty for norms."""

    outputs: tuple[int, ...]
    inputs: tuple[int, ...] = ()

    def sides(self) -> tuple[tuple[int, ...], tuple[int, ...]]:
        """Outputs and inputs."""
        return self.outputs, self.inputs


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
        """The inverse of `to_json`. Nothing is allocated but what was read; `check` says whether it fits a network.

        Raises:
            TrimError: the value is not of that form, or indices are not ascending whole numbers from 0.
        """
        if not isinstance(value, Mapping):
            raise TrimError(f"kept indices: {shown(value)}, expected an object, layer → {{outputs, inputs}}")
        layers = {}
        for name, sides in value.items():
            if not isinstance(name, str):
                raise TrimError(f"kept indices: layer {shown(name)}, expected a name")
            if not isinstance(sides, Mapping) or set(sides) != {"outputs", "inputs"}:
                keys = f"keys {', '.join(map(shown, list(sides)[:3])) or 'none'}" if isinstance(sides, Mapping) else ""
                raise TrimError(
                    f"kept indices: layer {shown(name)}: {keys or shown(sides)}, expected an object of outputs, inputs"
                )
            for side, indices in sides.items():
                _check_indices(f"kept indices: layer {shown(name)}, {side}", indices)
            if not sides["outputs"]:
                raise TrimError(f"kept indices: layer {shown(name)}, outputs: none, expected at least one")
            layers[name] = KeptLayer(tuple(sides["outputs"]), tuple(sides["inputs"]))
        return cls(layers)

    def check(self, network: nn.Module) -> dict[str, Layer]:
        """The layers of the dense `network` that this speaks of; its weights are not looked at (they can be `meta`).

        Raises:
            TrimError: this was not kept of such a network: a layer is missing, or an index is past its width.
        """
        layers = {name: layer for name, layer in find_layers(network).items() if layer.outputs and not layer.whole}
        for name in sorted(set(layers) ^ set(self.layers)):
            raise TrimError(f"layer {shown(name)}: in the network or in the kept indices, expected in both")
        for name, layer in layers.items():
            kept = self.layers[name]
            for side, indices, width in (
                ("outputs", kept.outputs, layer.outputs),
                ("inputs", kept.inputs, layer.inputs),
            ):
                _check_indices(f"layer {name!r}: kept {side}", indices)
                if bool(indices) != bool(width) or max(indices, default=-1) >= width:
                    raise TrimError(f"layer {name!r}: kept {side} are not some of its {width}")
        return layers


def _check_indices(where: str, indices: Any) -> None:
    if not isinstance(indices, list | tuple):
        raise TrimError(f"{where}: {shown(indices)}, expected a list of whole numbers")
    last = -1
    for index in indices:
        if type(index) is not int or not 0 <= index < MOST:
            raise TrimError(f"{where}: {shown(index)}, expected whole numbers from 0 to {MOST - 1}")
        if index <= last:
            raise TrimError(f"{where}: {index} after {last}, expected ascending numbers, each once")
        last = index


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
        for side, width, losses in (("output", layer.outputs, outputs[name]), ("input", layer.inputs, inputs[name])):
            if losses and max(losses) >= width:
                raise TrimError(f"layer {name!r}: {side} {max(losses)} named by a unit, expected less than {width}")
            if losses and len(losses) == width:
                raise TrimError(f"layer {name!r}: all of its {width} {side}s would be removed, at least one must stay")
            sides.append(tuple(index for index in range(width) if index not in losses))
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
    layers = dict(outer.layers)
    for name, after in inner.layers.items():
        before = outer.layers[name]
        try:
            layers[name] = KeptLayer(
                tuple(before.outputs[index] for index in after.outputs),
                tuple(before.inputs[index] for index in after.inputs),
            )
        except IndexError as error:
            raise TrimError(f"layer {name!r}: an index is kept that an earlier step removed") from error
    return Kept(layers)
