"""Running a network on training batches and looking at what goes into and comes out of its layers, or at gradients."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.utils import remove_weight_norm
from torch.nn.utils.rnn import PackedSequence

from ultralight_mir.trimming.calling import call
from ultralight_mir.trimming.copying import copy_network
from ultralight_mir.trimming.criteria.base import Loss, Pairs, sum_over_weights
from ultralight_mir.trimming.errors import TrimError
from ultralight_mir.trimming.layers import Layer, find_layers
from ultralight_mir.trimming.masking import maskable

See = Callable[[Layer, Tensor | None, Tensor, Any], None]
"""Told for every call of a layer: the layer, what it was given [rows, inputs, …], what it made [rows, columns, …]
(column c is output c modulo the layer's width), and the batch's targets."""


def plain_copy(network: nn.Module) -> nn.Module:
    """A copy in eval mode in which weight norms are replaced by the weights that they compute."""
    twin = copy_network(network).eval()
    for layer in find_layers(twin).values():
        for direction in layer.weight_norms:
            if direction.startswith("parametrizations."):
                _remove_parametrization(layer.module, direction.split(".")[1])
            else:
                remove_weight_norm(layer.module, direction.removesuffix("_v"))
    return twin


def differentiable_copy(network: nn.Module) -> nn.Module:
    """`plain_copy` through which gradients flow on a GPU too, where cuDNN has none of recurrent layers in eval mode."""
    return _differentiable(plain_copy(network))


def _differentiable(twin: nn.Module) -> nn.Module:
    for module in twin.modules():
        if isinstance(module, nn.RNNBase):
            module.dropout = 0.0  # all that training mode would change
            module.train()
    return twin


def _remove_parametrization(module: nn.Module, name: str) -> None:
    """Replace a parametrised tensor by its value.

    torch's own function takes the property off the class, which all copies of the network share.
    """
    value = getattr(module, name).detach()
    module.__class__ = type(module).__bases__[0]
    del module.parametrizations
    module.register_parameter(name, nn.Parameter(value))


@torch.no_grad()
def observe(network: nn.Module, batches: Pairs | None, criterion: str, see: See) -> None:
    """Show `see` what every layer with weights is given and makes on every batch.

    Raises:
        TrimError: there are no batches.
    """
    twin = plain_copy(network)
    layers = {layer.module: layer for layer in find_layers(twin).values() if layer.main_tensors()}
    targets: Any = None

    def look(module: nn.Module, inputs: tuple[Any, ...], output: Any) -> None:
        layer = layers[module]
        see(layer, _input(layer, inputs[0]), _output(layer, output), targets)

    for module in layers:
        module.register_forward_hook(look)
    for inputs, targets in batch_list(batches, criterion):  # noqa: B007 (`look` reads them)
        call(twin, inputs)


def gradients(
    network: nn.Module, batches: Pairs | None, loss: Loss | None, criterion: str
) -> tuple[nn.Module, list[dict[str, Tensor]]]:
    """A plain copy of the network, and for every batch the gradient of every parameter by name.

    Raises:
        TrimError: there are no batches, or no loss.
    """
    twin = differentiable_copy(network).requires_grad_(True)
    return twin, list(_gradients(twin, batches, loss, criterion))


def _gradients(
    twin: nn.Module, batches: Pairs | None, loss: Loss | None, criterion: str
) -> Iterator[dict[str, Tensor]]:
    error = required_loss(loss, criterion)
    for inputs, targets in batch_list(batches, criterion):
        twin.zero_grad(set_to_none=True)
        error(call(twin, inputs), targets).backward()
        yield {name: p.grad.detach().clone() for name, p in twin.named_parameters() if p.grad is not None}


def of_each_weight(
    network: nn.Module,
    batches: Pairs | None,
    loss: Loss | None,
    criterion: str,
    value: Callable[[Tensor, Tensor], Tensor],
) -> dict[str, Tensor]:
    """By the name of each parameter that can be masked, the mean over batches of `value(weight, gradient)`.

    Of a weight norm it is the direction that is masked, and ranked. What the loss does not hang on has no gradient: 0.

    Raises:
        TrimError: there are no batches, or no loss.
    """
    twin = _differentiable(copy_network(network).eval()).requires_grad_(True)
    weights, count = maskable(twin), 0
    sums = {name: torch.zeros_like(weight, requires_grad=False) for name, weight in weights.items()}
    for gradients_of_batch in _gradients(twin, batches, loss, criterion):
        count += 1
        for name, weight in weights.items():
            if name in gradients_of_batch:
                sums[name] += value(weight.detach(), gradients_of_batch[name])
    return {name: total / count for name, total in sums.items()}


def first_order(
    network: nn.Module,
    batches: Pairs | None,
    loss: Loss | None,
    criterion: str,
    value: Callable[[Tensor, Tensor], Tensor],
) -> dict[str, list[Tensor]]:
    """[outputs] by layer, one for every batch: the sum of `value(weight, gradient)` over the weights of each output.

    Raises:
        TrimError: there are no batches, or no loss.
    """
    twin, each = gradients(network, batches, loss, criterion)
    sums: dict[str, list[Tensor]] = defaultdict(list)
    for batch in each:

        def valued(layer: Layer, own: str, batch: dict[str, Tensor] = batch) -> Tensor | None:
            gradient = batch.get(f"{layer.name}.{own}" if layer.name else own)
            return None if gradient is None else value(layer.stored(own), gradient)

        for name, values in sum_over_weights(twin, valued).items():
            sums[name].append(values)
    return sums


def batch_list(batches: Pairs | None, criterion: str) -> list[tuple[Any, Any]]:
    """The batches.

    Raises:
        TrimError: there are none.
    """
    pairs = [] if batches is None else list(batches)
    if not pairs:
        raise TrimError(f"criterion {criterion!r}: no batches, expected training batches")
    return pairs


def required_loss(loss: Loss | None, criterion: str) -> Loss:
    """The loss.

    Raises:
        TrimError: there is none.
    """
    if loss is None:
        raise TrimError(f"criterion {criterion!r}: no loss, expected a function of outputs and targets")
    return loss


def mean_of(values: Mapping[str, list[Tensor]]) -> dict[str, Tensor]:
    """The mean over batches of each layer's values."""
    return {name: torch.stack(each).mean(0) for name, each in values.items()}


def _input(layer: Layer, value: Any) -> Tensor | None:
    if isinstance(value, PackedSequence):
        return value.data
    if not value.is_floating_point():
        return None
    return _by_row(layer, value)


def _output(layer: Layer, value: Any) -> Tensor:
    if layer.kind == "recurrent" or (layer.kind == "cell" and isinstance(value, tuple)):
        value = value[0]
    return value.data if isinstance(value, PackedSequence) else _by_row(layer, value)


def _by_row(layer: Layer, value: Tensor) -> Tensor:
    """[rows, channels, …] from a layer's own order of axes."""
    if layer.kind in ("conv", "transposed"):
        kernel = layer.stored(layer.main_tensors()[0]).dim() - 2
        return value if value.dim() == kernel + 2 else value[None]
    if layer.kind == "recurrent" and value.dim() == 3 and not layer.module.batch_first:
        value = value.transpose(0, 1)
    return value.movedim(-1, 1) if value.dim() > 1 else value[None]
