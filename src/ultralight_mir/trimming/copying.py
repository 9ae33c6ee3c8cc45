"""A deep copy of a network, and how to put other tensors into it."""

from __future__ import annotations

import copy
from collections.abc import Mapping

import torch
from torch import Tensor, nn
from torch.nn.utils.weight_norm import WeightNorm

from ultralight_mir.trimming.errors import TrimError
from ultralight_mir.trimming.layers import own_tensors


def copy_network(network: nn.Module) -> nn.Module:
    """A deep copy without gradients; weights that torch's old weight norm computed are detached on the way."""
    memo: dict[int, object] = {}
    for module in network.modules():
        for value in vars(module).values():
            if isinstance(value, Tensor) and not value.is_leaf:
                memo[id(value)] = value.detach().clone()
    twin = copy.deepcopy(network, memo)
    twin.zero_grad(set_to_none=True)
    return twin


def put_tensors(module: nn.Module, tensors: Mapping[str, Tensor], substitutes: dict[Tensor, Tensor]) -> None:
    """Replace tensors below `module` by others, which may have other shapes.

    `substitutes` maps a tensor that was replaced to what replaced it, so that tied parameters stay tied.

    Raises:
        TrimError: a parameter that is tied to another would become another shape than it.
    """
    present = own_tensors(module)
    for name, tensor in tensors.items():
        path, _, own = name.rpartition(".")
        owner = module.get_submodule(path)
        old = present[name]
        new = substitutes.get(old)
        if new is None:
            new = tensor.detach().clone()
            if isinstance(old, nn.Parameter):
                new = nn.Parameter(new, requires_grad=old.requires_grad)
            substitutes[old] = new
        elif new.shape != tensor.shape:
            raise TrimError(
                f"parameter {name!r}: shape {tuple(tensor.shape)} is left, but {tuple(new.shape)} of the one tied to it"
            )
        setattr(owner, own, new)
    if isinstance(module, nn.RNNBase):
        module.flatten_parameters()
    _refresh_weight_norm(module)


@torch.no_grad()
def fill_tensors(module: nn.Module, tensors: Mapping[str, Tensor]) -> None:
    """Write other values, of the same shapes, into tensors below `module`; a tied parameter has them wherever it is."""
    present = own_tensors(module)
    for name, tensor in tensors.items():
        present[name].copy_(tensor)
    _refresh_weight_norm(module)


def _refresh_weight_norm(module: nn.Module) -> None:
    """Compute again what torch's old weight norm keeps as a plain attribute."""
    for hook in module._forward_pre_hooks.values():
        if isinstance(hook, WeightNorm):
            with torch.no_grad():
                setattr(module, hook.name, hook.compute_weight(module))
