"""Cutting a layer's tensors to the indices that are kept, and zeroing what carries a unit's value onward."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import torch
from torch import Tensor, nn
from torch.nn.modules import batchnorm, conv, instancenorm

from ultralight_mir.trimming.errors import TrimError
from ultralight_mir.trimming.layers import OUT, Axis, Indices, Layer

Tensors = dict[str, Tensor]


def take(layer: Layer, tensors: Mapping[str, Tensor], outs: Indices, ins: Indices) -> Tensors:
    """The layer's tensors cut to the kept output and input indices; others of `tensors` are left out."""
    parts: Tensors = {}
    for name, axes in layer.tensors.items():
        if layer.groups > 1 and name not in layer.weight_norms.values() and len(axes) > 1:
            parts[name] = _take_grouped(layer, tensors[name], outs, ins)
            continue
        parts[name] = tensors[name]
        for dim, axis in enumerate(axes):
            if axis is not None:
                parts[name] = _select(layer, parts[name], dim, axis, outs, ins)
    for direction, magnitude in layer.weight_norms.items():
        parts.update(_refit(layer, tensors, parts, direction, magnitude, outs, ins))
    return parts


def zero(layer: Layer, tensors: Mapping[str, Tensor], outs: Iterable[int], ins: Iterable[int]) -> Tensors:
    """The tensors that carry the values of these indices onward, with those entries zero."""
    factors = torch.ones(layer.outputs), torch.ones(layer.inputs)
    for factor, indices in zip(factors, (outs, ins), strict=True):
        factor[list(indices)] = 0
    zeros = {name: tensor.detach().clone() for name, tensor in scale(layer, tensors, *factors).items()}
    for direction, magnitude in layer.weight_norms.items():
        everything = range(layer.outputs), range(layer.inputs)
        zeros[magnitude] = tensors[magnitude].detach().clone()
        zeros.update(_refit(layer, tensors, zeros, direction, magnitude, *everything))
    return zeros


def scale(layer: Layer, tensors: Mapping[str, Tensor], outs: Tensor, ins: Tensor) -> Tensors:
    """The tensors that carry values onward, such that every index's value is multiplied on the way; can be derived.

    Magnitudes of weight norms are left out, and have to follow.

    Args:
        outs: [outputs] a factor for each.
        ins: [inputs] a factor for each.
    """
    scaled: Tensors = {}
    for name, axes in layer.tensors.items():
        if name in layer.weight_norms.values():
            continue
        scaled[name] = tensors[name]
        for dim, axis in enumerate(axes):
            if axis is None or not axis.onward:
                continue
            factors = (outs if axis.side == OUT else ins).to(scaled[name])
            if layer.groups > 1 and dim == 1:  # [outputs, inputs / groups, …]
                along = factors.reshape(layer.groups, -1).repeat_interleave(layer.outputs // layer.groups, dim=0)
            else:
                along = factors.repeat(axis.blocks)
            scaled[name] = scaled[name] * along.reshape(*along.shape, *[1] * (scaled[name].dim() - dim - 1))
    return scaled


def resize(layer: Layer, module: nn.Module, outs: Indices, ins: Indices) -> None:
    """Set the attributes of `module`, a copy of the layer's, to its new widths."""
    match module:
        case conv._ConvNd():
            module.out_channels, module.in_channels = len(outs), len(ins)
            module.groups = kept_groups(layer, outs, ins)
        case nn.Linear():
            module.out_features, module.in_features = len(outs), len(ins)
        case nn.Embedding():
            module.embedding_dim = len(outs)
        case nn.RNNBase() | nn.RNNCellBase():
            module.hidden_size, module.input_size = len(outs), len(ins)
        case batchnorm._BatchNorm() | instancenorm._InstanceNorm():
            module.num_features = len(outs)
        case nn.GroupNorm():
            size = module.num_channels // module.num_groups
            if len(outs) % size or len({j // size for j in outs}) * size != len(outs):
                raise TrimError(
                    f"layer {layer.name!r}: only whole groups of {size} channels of a group norm can be trimmed"
                )
            module.num_channels, module.num_groups = len(outs), len(outs) // size
        case nn.PReLU() if layer.outputs:
            module.num_parameters = len(outs)


def kept_groups(layer: Layer, outs: Indices, ins: Indices) -> int:
    """How many groups of a convolution are left.

    Raises:
        TrimError: the groups that are left would not be of one size.
    """
    if layer.groups == 1:
        return 1
    out_size, in_size = layer.outputs // layer.groups, layer.inputs // layer.groups
    out_groups, in_groups = [j // out_size for j in outs], [i // in_size for i in ins]
    regular = (
        len({out_groups.count(g) for g in set(out_groups)}) == len({in_groups.count(g) for g in set(in_groups)}) == 1
    )
    if not regular or set(out_groups) != set(in_groups):
        raise TrimError(f"layer {layer.name!r}: its {layer.groups} groups would be left with unequal widths")
    return len(set(out_groups))


def by_output(layer: Layer, name: str, tensor: Tensor) -> Tensor:
    """[outputs, weights] a weight, or a tensor of its shape, as the rows that make each output, all gates in a row."""
    axes = layer.tensors[name]
    # The first axis of outputs makes them; a recurrent matrix's second only reads them.
    dim, axis = next((dim, axis) for dim, axis in enumerate(axes) if axis and axis.side == OUT and not axis.onward)
    if layer.groups > 1 and dim == 1:
        tensor = tensor.unflatten(0, (layer.groups, -1)).transpose(1, 2).flatten(0, 1)
    else:
        tensor = tensor.transpose(0, dim)
    return tensor.reshape(axis.blocks, layer.outputs, -1).transpose(0, 1).flatten(1)


def _select(layer: Layer, tensor: Tensor, dim: int, axis: Axis, outs: Indices, ins: Indices) -> Tensor:
    return tensor.index_select(dim, _positions(layer, axis, outs, ins).to(tensor.device))


def _positions(layer: Layer, axis: Axis, outs: Indices, ins: Indices) -> Tensor:
    width, indices = layer.width(axis.side), outs if axis.side == OUT else ins
    return torch.tensor([block * width + j for block in range(axis.blocks) for j in indices], dtype=torch.long)


def _take_grouped(layer: Layer, tensor: Tensor, outs: Indices, ins: Indices) -> Tensor:
    """Cut a grouped weight, [outputs, inputs / groups, …] or, transposed, [inputs, outputs / groups, …]."""
    kept_groups(layer, outs, ins)
    first, second = (outs, ins) if layer.kind == "conv" else (ins, outs)
    sizes = layer.outputs // layer.groups, layer.inputs // layer.groups
    first_size, second_size = sizes if layer.kind == "conv" else sizes[::-1]
    parts = []
    for group in sorted({index // first_size for index in first}):
        rows = torch.tensor([i for i in first if i // first_size == group])
        columns = torch.tensor([i % second_size for i in second if i // second_size == group])
        parts.append(tensor.index_select(0, rows.to(tensor.device)).index_select(1, columns.to(tensor.device)))
    return torch.cat(parts)


def _refit(
    layer: Layer, old: Mapping[str, Tensor], new: Tensors, direction: str, magnitude: str, outs: Indices, ins: Indices
) -> Tensors:
    """Magnitude and direction of a weight norm, g·v/‖v‖, such that what is left of the weight does not change.

    ‖v‖ runs over the axes that were cut, so g has to shrink with it: g' = g·‖v'‖/‖v‖. Where nothing of v is left,
    g' is zero and v' stays as it was, since 0/‖0‖ is not a number.
    """
    before = _norm(old[direction], old[magnitude])
    for dim, axis in enumerate(layer.tensors[magnitude]):
        if axis is not None:
            before = _select(layer, before, dim, axis, outs, ins)
    after = _norm(new[direction], new[magnitude])
    ratio = torch.where(before > 0, after / before.clamp_min(torch.finfo(before.dtype).tiny), torch.ones_like(before))
    rest = new[direction]
    if rest.shape == old[direction].shape:
        rest = torch.where(after > 0, rest, old[direction])
    return {magnitude: new[magnitude] * ratio, direction: rest}


def _norm(direction: Tensor, magnitude: Tensor) -> Tensor:
    """‖v‖ over the axes along which the magnitude has size one."""
    over = [dim for dim in range(direction.dim()) if magnitude.dim() == 0 or magnitude.shape[dim] == 1]
    norm = direction.detach().square().sum(over, keepdim=True).sqrt()
    return norm.reshape(magnitude.shape) if magnitude.dim() == 0 else norm
