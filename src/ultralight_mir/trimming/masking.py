"""Masking single weights: zero, and held at zero while training.

Frankle and Carbin (2019), *The lottery ticket hypothesis: finding sparse, trainable neural networks*.
"""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor, nn
from torch.optim import Optimizer
from torch.utils.hooks import RemovableHandle

from ultralight_mir.trimming.errors import TrimError
from ultralight_mir.trimming.layers import find_layers, own_tensors
from ultralight_mir.trimming.options import DEFAULTS, Ranking, Scope, check_removed

Masks = dict[str, Tensor]
"""By the name of a parameter, [shape of the parameter] bool, False where it is held at zero."""


def maskable(network: nn.Module) -> dict[str, nn.Parameter]:
    """The weights that can be masked, by name: all parameters of two axes or more, without those of normalisations."""
    others: set[Tensor] = set()
    for layer in find_layers(network).values():
        if layer.kind in ("norm", "prelu", "slab"):
            others.update(own_tensors(layer.module).values())
        others.update(layer.stored(own) for own in layer.weight_norms.values())
    return {
        name: parameter
        for name, parameter in network.named_parameters()
        if parameter.dim() >= 2 and parameter not in others
    }


def weight_masks(
    network: nn.Module,
    removed: float,
    *,
    scores: Mapping[str, Tensor] | None = None,
    scope: Scope = DEFAULTS.scope,
    before: Mapping[str, Tensor] | None = None,
    dense_parameters: int | None = None,
) -> Masks:
    """Masks such that exactly round(removed × dense parameters) parameters are zero or gone.

    Biases and normalisations are never masked but count as parameters, so that the fraction among weights is higher.

    Args:
        network: dense, or (hybrid) trimmed: what trimming removed counts as gone.
        removed: the fraction of the dense network's parameters, 0 to 1.
        scores: by parameter name, [shape of the parameter], high = keep; the weights' absolute values by default.
        scope: "global" ranks all weights together; "local" takes the same fraction of every parameter tensor.
        before: masks of an earlier rung of this network; what they hold at zero stays so.
        dense_parameters: of the dense network; those of `network` by default.

    Returns:
        A mask for every parameter of `maskable`.

    Raises:
        TrimError: more would have to be masked than there are weights, less than is masked already, or masks or scores
            are of another network.
    """
    weights = maskable(network)
    check_removed(removed)
    Ranking(scope=scope)  # refuses another
    present = sum(parameter.numel() for parameter in network.parameters())
    dense = present if dense_parameters is None else dense_parameters
    count = max(round(removed * dense) - (dense - present), 0)
    values = _values(weights, scores, before)
    total, zeros = sum(value.numel() for value in values.values()), sum(int((v < 0).sum()) for v in values.values())
    if not zeros <= count <= total:
        raise TrimError(
            f"removed: {removed} of {dense} parameters is {count} weights to mask, expected between the {zeros} that "
            f"are masked already and the {total} that can be"
        )
    shares = {"": count} if scope == "global" else _shares(values, count, total)
    if scope == "global":
        flat = torch.cat([value.flatten() for value in values.values()]) if values else torch.zeros(0)
        parts = _keep(flat, shares[""]).split([value.numel() for value in values.values()])
    else:
        parts = tuple(_keep(value.flatten(), shares[name]) for name, value in values.items())
    return {name: part.reshape(value.shape) for (name, value), part in zip(values.items(), parts, strict=True)}


@torch.no_grad()
def apply_masks(network: nn.Module, masks: Mapping[str, Tensor]) -> None:
    """Set masked weights of `network` to zero, in place.

    Raises:
        TrimError: a mask is of no parameter of this network.
    """
    parameters = dict(network.named_parameters())
    for name, mask in masks.items():
        if name not in parameters or parameters[name].shape != mask.shape:
            raise TrimError(f"mask {name!r}: shape {tuple(mask.shape)}, but the network has no such parameter")
        parameters[name].masked_fill_(~mask.to(parameters[name].device), 0)


def mask_gradients(network: nn.Module, masks: Mapping[str, Tensor]) -> None:
    """Give masked weights of `network` no gradient from now on: none of theirs enters a norm that others are cut by."""
    parameters = dict(network.named_parameters())
    for name, mask in masks.items():
        gone = ~mask.to(parameters[name].device)
        parameters[name].register_hook(lambda gradient, gone=gone: gradient.masked_fill(gone, 0))


def hold_masks(optimizer: Optimizer, network: nn.Module, masks: Mapping[str, Tensor]) -> RemovableHandle:
    """Apply masks now and after every step of the optimizer, whatever its momentum and decay do; `remove()` ends it."""
    apply_masks(network, masks)
    return optimizer.register_step_post_hook(lambda *_: apply_masks(network, masks))


def _values(
    weights: Mapping[str, nn.Parameter], scores: Mapping[str, Tensor] | None, before: Mapping[str, Tensor] | None
) -> dict[str, Tensor]:
    """Ranks-to-be: non-negative for what is free, and −1 for what is masked already, so that it goes first."""
    values = {}
    for name, weight in weights.items():
        value = weight.detach().abs() if scores is None else scores.get(name)
        if value is None or value.shape != weight.shape or not bool(value.isfinite().all()):
            raise TrimError(f"scores of {name!r}: missing, or not one finite number for each of {tuple(weight.shape)}")
        values[name] = value.detach().double().cpu()
    if scores is not None:
        least = min((float(value.min()) for value in values.values()), default=0.0)
        values = {name: value - least for name, value in values.items()}
    for name, mask in (before or {}).items():
        if name not in values or values[name].shape != mask.shape:
            raise TrimError(f"mask {name!r}: shape {tuple(mask.shape)}, but the network has no such weight")
        values[name] = values[name].masked_fill(~mask.cpu(), -1)
    return values


def _shares(values: Mapping[str, Tensor], count: int, total: int) -> dict[str, int]:
    """How many weights of each tensor to mask: the same fraction, no less than is masked already, `count` in sum."""
    zeros = {name: int((value < 0).sum()) for name, value in values.items()}
    shares = {name: max(count * value.numel() // max(total, 1), zeros[name]) for name, value in values.items()}
    names = sorted(values, key=lambda name: -values[name].numel())
    while (rest := count - sum(shares.values())) != 0:
        for name in names:
            step = (rest > 0) - (rest < 0)
            if rest and zeros[name] <= shares[name] + step <= values[name].numel():
                shares[name] += step
                rest -= step
    return shares


def _keep(values: Tensor, count: int) -> Tensor:
    """[values] bool, False for the `count` lowest; equal values go in order of position."""
    keep = torch.ones(len(values), dtype=torch.bool)
    keep[values.argsort(stable=True)[:count]] = False
    return keep
