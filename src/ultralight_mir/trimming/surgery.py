"""Removing units from a network, or silencing them in it. The given network is never touched."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from torch import Tensor, nn

from ultralight_mir.trimming.copying import copy_network, fill_tensors, put_tensors
from ultralight_mir.trimming.errors import TrimError
from ultralight_mir.trimming.kept import Kept, kept_after
from ultralight_mir.trimming.layers import aliases, find_layers
from ultralight_mir.trimming.slicing import resize, take, zero
from ultralight_mir.trimming.unit import Unit, removed_indices


def trim(network: nn.Module, units: Iterable[Unit]) -> nn.Module:
    """A new, physically smaller network without these units; all that is left keeps its values.

    Raises:
        TrimError: a unit is not this network's, or a layer would be left with nothing.

    >>> import torch
    >>> from ultralight_mir.trimming.units import find_units
    >>> network = nn.Sequential(nn.Linear(4, 16), nn.ReLU(), nn.Linear(16, 3))
    >>> units = find_units(network, torch.randn(1, 4))
    >>> trim(network, units[:10])
    Sequential(
      (0): Linear(in_features=4, out_features=6, bias=True)
      (1): ReLU()
      (2): Linear(in_features=6, out_features=3, bias=True)
    )
    """
    return apply_kept(network, kept_after(network, units))


def apply_kept(network: nn.Module, kept: Kept) -> nn.Module:
    """A new network with only what is kept of `network`, without probing it.

    Raises:
        TrimError: `kept` is of another network.

    >>> import torch
    >>> from ultralight_mir.trimming.units import find_units
    >>> network = nn.Sequential(nn.Linear(4, 16), nn.ReLU(), nn.Linear(16, 3))
    >>> units = find_units(network, torch.randn(1, 4))
    >>> kept = kept_after(network, units[:10])
    >>> kept.to_json()["2"]
    {'outputs': [0, 1, 2], 'inputs': [10, 11, 12, 13, 14, 15]}
    >>> apply_kept(network, kept)[0].weight.equal(network[0].weight[10:])
    True
    """
    smaller = copy_network(network)
    substitutes: dict[Tensor, Tensor] = {}
    for name, layer in kept.check(smaller).items():
        sides = kept.layers[name].sides()
        tensors = {own: layer.stored(own) for own in layer.tensors}
        parts = take(layer, tensors, *sides)
        resize(layer, layer.module, *sides)
        put_tensors(layer.module, parts, substitutes)
    return smaller


def silence(network: nn.Module, units: Iterable[Unit]) -> nn.Module:
    """A new network of the same shape in which nothing reads these units: their outgoing weights are zero.

    The outgoing weights of a recurrent layer's hidden unit are its columns of the recurrent matrices too.

    Raises:
        TrimError: a unit is not this network's, or a layer would be left with nothing.

    This is the oracle: trimmed and silenced compute the same.

    >>> import torch
    >>> from ultralight_mir.trimming.units import find_units
    >>> network = nn.Sequential(nn.Linear(4, 16), nn.ReLU(), nn.Linear(16, 3)).double()
    >>> inputs = torch.randn(5, 4, dtype=torch.float64)
    >>> units = find_units(network, inputs)[::2]
    >>> torch.allclose(trim(network, units)(inputs), silence(network, units)(inputs))
    True
    """
    units = list(units)
    kept_after(network, units)
    twin = copy_network(network)
    outputs, inputs = removed_indices(units)
    for name, layer in find_layers(twin).items():
        tensors = {own: layer.stored(own) for own in layer.tensors}
        if tensors and (outputs[name] or inputs[name]):
            fill_tensors(layer.module, zero(layer, tensors, outputs[name], inputs[name]))
    return twin


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
    layers = kept.check(network)
    parts = dict(state)
    for alias, name in aliases(network).items():
        if name not in layers:
            continue
        layer, prefix = layers[name], f"{alias}." if alias else ""
        own = {tensor: state[prefix + tensor] for tensor in layer.tensors}
        sides = kept.layers[name].sides()
        parts.update({prefix + tensor: value for tensor, value in take(layer, own, *sides).items()})
    return parts
