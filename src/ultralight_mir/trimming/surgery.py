"""Removing units from a network, or silencing them in it. The given network is never touched."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from torch import Tensor, nn

from ultralight_mir.trimming.copying import copy_network, fill_tensors, put_tensors
from ultralight_mir.trimming.errors import TrimError
from ultralight_mir.trimming.kept import Kept, kept_after
from ultralight_mir.trimming.layers import Layer, aliases, find_layers
from ultralight_mir.trimming.slicing import resize, take, zero
from ultralight_mir.trimming.unit import Unit, removed_indices


def trim(network: nn.Module, units: Iterable[Unit]) -> nn.Module:
    """A new, physically smaller network without these units; all that is left keeps its values.

    Raises:
        TrimError: a unit is not this network's, or a layer would be left with nothing.
    """
    return apply_kept(network, kept_after(network, units))


def apply_kept(network: nn.Module, kept: Kept) -> nn.Module:
    """A new network with only what is kept of `network`, without probing it.

    Raises:
        TrimError: `kept` is of another network.
    """
    trimmed = copy_network(network)
    made: dict[Tensor, Tensor] = {}
    for name, layer in _kept_layers(trimmed, kept).items():
        sides = kept.layers[name].outputs, kept.layers[name].inputs
        tensors = {own: layer.stored(own) for own in layer.tensors}
        cut = take(layer, tensors, *sides)
        resize(layer, layer.module, *sides)
        put_tensors(layer.module, cut, made)
    return trimmed


def silence(network: nn.Module, units: Iterable[Unit]) -> nn.Module:
    """A new network of the same shape in which nothing reads these units: their outgoing weights are zero.

    The outgoing weights of a recurrent layer's hidden unit are its columns of the recurrent matrices too.

    Raises:
        TrimError: a unit is not this network's, or a layer would be left with nothing.
    """
    units = list(units)
    kept_after(network, units)
    silenced = copy_network(network)
    outputs, inputs = removed_indices(units)
    for name, layer in find_layers(silenced).items():
        tensors = {own: layer.stored(own) for own in layer.tensors}
        if tensors and (outputs[name] or inputs[name]):
            fill_tensors(layer.module, zero(layer, tensors, outputs[name], inputs[name]))
    return silenced


def slice_state(state: Mapping[str, Tensor], network: nn.Module, kept: Kept) -> dict[str, Tensor]:
    """A state dict of the dense `network`, statistics included, cut to what is kept of it.

    Args:
        state: of `network`'s shape: earlier weights to rewind to, or fresh ones.
        network: the dense network; only its structure is looked at.

    Returns:
        A state dict for `apply_kept(network, kept)`.

    Raises:
        TrimError: the state or `kept` is of another network.
    """
    expected = network.state_dict()
    for key in sorted(set(expected) ^ set(state)):
        raise TrimError(f"state {key!r}: in the state or in the network, expected in both")
    for key, tensor in state.items():
        if tensor.shape != expected[key].shape:
            raise TrimError(f"state {key!r}: shape {tuple(tensor.shape)}, expected {tuple(expected[key].shape)}")
    layers = _kept_layers(network, kept)
    cut = dict(state)
    for alias, name in aliases(network).items():
        if name not in layers:
            continue
        layer, prefix = layers[name], f"{alias}." if alias else ""
        own = {tensor: state[prefix + tensor] for tensor in layer.tensors}
        sides = kept.layers[name].outputs, kept.layers[name].inputs
        cut.update({prefix + tensor: value for tensor, value in take(layer, own, *sides).items()})
    return cut


def _kept_layers(network: nn.Module, kept: Kept) -> dict[str, Layer]:
    """The layers that `kept` speaks of, after checking that it is of this network."""
    layers = {name: layer for name, layer in find_layers(network).items() if layer.outputs and not layer.whole}
    for name in sorted(set(layers) ^ set(kept.layers)):
        raise TrimError(f"layer {name!r}: in the network or in the kept indices, expected in both")
    for name, layer in layers.items():
        for side, indices, width in zip(
            ("outputs", "inputs"),
            (kept.layers[name].outputs, kept.layers[name].inputs),
            (layer.outputs, layer.inputs),
            strict=True,
        ):
            if list(indices) != sorted(set(indices) & set(range(width))) or bool(indices) != bool(width):
                raise TrimError(f"layer {name!r}: kept {side} are not some of its {width} in ascending order")
    return layers
