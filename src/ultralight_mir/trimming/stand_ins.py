"""What stands in for a layer while a network is probed: it reports the NaNs it is given and gives clean zeros.

Every class here inherits from a torch layer and overrides its forward pass. A user's subclass of the torch layer gets
the stand-in slipped in between (`stand_in`), so that its own forward pass still runs and meets ours where it calls
`super().forward`.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any, Protocol, cast

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.nn.modules import batchnorm, conv, instancenorm
from torch.nn.utils.rnn import PackedSequence

from ultralight_mir.trimming.layers import IN, OUT, Layer, Side


class Watcher(Protocol):
    """Who a stand-in reports to. A row is what a layer treats on its own: a sample, a frame."""

    def see(self, layer: Layer, side: Side, nans: Tensor) -> None:
        """Take down [rows, indices] which of the layer's indices are NaN."""

    def layer(self, inputs: Any) -> AbstractContextManager[None]:
        """Within this, a layer that was given these inputs runs."""

    def poison(self, layer: Layer, rows: int, reference: Tensor) -> Tensor:
        """[rows, outputs] of zeros, and NaN where the layer's output is to be poisoned, in `reference`'s type."""


def stand_in(layer: Layer, watcher: Watcher) -> None:
    """Turn a layer's module into its stand-in, for good: only for a copy of a network."""
    module = layer.module
    stand = next(stand for kind, stand in _KINDS.items() if isinstance(module, kind))
    base = next(kind for kind in type(module).__mro__ if kind.__module__.startswith("torch.nn.modules"))
    ours = stand if issubclass(stand, base) else type(stand.__name__, (stand, base), {})
    module.__dict__["probed_layer"], module.__dict__["probed_by"] = layer, watcher
    kind = type(module)
    module.__class__ = ours if kind is base else type(kind.__name__, (kind, ours), {})


def _rows_nan(values: Tensor) -> Tensor:
    """[rows, channels] whether any of [rows, channels, …] is NaN; a maximum keeps NaN and needs no large mask."""
    flat = values if values.dim() == 2 else values.flatten(2).amax(-1)
    return flat.isnan()


def _as_layer(forward: Callable[..., Any]) -> Callable[..., Any]:
    """A forward pass whose operations are the layer's own (`joints`)."""

    @functools.wraps(forward)
    def inner(self: _Probed, *inputs: Any, **options: Any) -> Any:
        with self.probed_by.layer((inputs, options)):
            return forward(self, *inputs, **options)

    return inner


class _Probed(nn.Module):
    """What all stand-ins share."""

    probed_layer: Layer
    probed_by: Watcher

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        if "forward" in vars(cls) and __name__ == cls.__module__:
            cls.forward = _as_layer(cls.forward)

    def _probe_see(self, values: Tensor, side: Side = IN) -> None:
        self.probed_by.see(self.probed_layer, side, _rows_nan(values))

    def _probe_output(self, rows: int, like: Tensor) -> Tensor:
        """[rows, outputs], zero or poisoned."""
        return self.probed_by.poison(self.probed_layer, rows, like)


class _Conv(_Probed):
    def forward(self, input: Tensor, output_size: list[int] | None = None) -> Tensor:
        module = cast(Any, self)
        spatial = len(module.kernel_size)
        batch = input if input.dim() == spatial + 2 else input[None]
        self._probe_see(batch)
        sizes = _output_sizes(module, batch, output_size)
        poison = self._probe_output(len(batch), batch)
        full = poison.reshape(*poison.shape, *[1] * spatial).expand(*poison.shape, *sizes).contiguous()
        return full if input.dim() == spatial + 2 else full[0]


def _output_sizes(module: Any, input: Tensor, output_size: list[int] | None) -> list[int]:
    """The spatial sizes that a convolution gives, as torch documents them."""
    if isinstance(module, conv._ConvTransposeNd):
        geometry: Any = module.stride, module.padding, module.kernel_size, len(module.kernel_size), module.dilation
        extra = module._output_padding(input, output_size, *geometry)
        each = zip(
            input.shape[2:], module.stride, module.padding, module.dilation, module.kernel_size, extra, strict=True
        )
        return [
            (size - 1) * step - 2 * pad + spread * (taps - 1) + more + 1 for size, step, pad, spread, taps, more in each
        ]
    if module.padding == "same":
        return list(input.shape[2:])
    padding = [0] * len(module.kernel_size) if module.padding == "valid" else module.padding
    each = zip(input.shape[2:], module.stride, padding, module.dilation, module.kernel_size, strict=True)
    return [(size + 2 * pad - spread * (taps - 1) - 1) // step + 1 for size, step, pad, spread, taps in each]


class _Linear(_Probed, nn.Linear):
    def forward(self, input: Tensor) -> Tensor:
        flat = input.reshape(-1, input.shape[-1])
        self._probe_see(flat)
        return self._probe_output(len(flat), flat).reshape(*input.shape[:-1], -1)


class _Embedding(_Probed, nn.Embedding):
    def forward(self, input: Tensor) -> Tensor:
        return self._probe_output(input.numel(), self.weight).reshape(*input.shape, -1)


class _Recurrent(_Probed):
    def forward(self, input: Any, hx: Any = None) -> Any:
        module = cast(Any, self)
        directions = 1 + module.bidirectional
        is_packed = isinstance(input, PackedSequence)
        if is_packed:
            self._probe_see(input.data)
            rows, count = len(input.data), int(input.batch_sizes[0])
        else:
            batch = input if input.dim() == 3 else input.unsqueeze(0 if module.batch_first else 1)
            by_row = batch.transpose(1, 2) if module.batch_first else batch.permute(1, 2, 0)
            self._probe_see(by_row)
            rows = count = len(by_row)
        for state in () if hx is None else hx if isinstance(hx, tuple) else (hx,):
            states = state if state.dim() == 3 else state[:, None]
            self._probe_see(states.permute(1, 2, 0), OUT)
        poison = self._probe_output(rows, input.data)
        last = poison[:count][None].repeat(directions * module.num_layers, 1, 1)
        wide = poison.repeat(1, directions)
        output: Any
        if is_packed:
            output = PackedSequence(wide, *input[1:])
            last = last if input.unsorted_indices is None else last.index_select(1, input.unsorted_indices)
        else:
            time_axis = 1 if module.batch_first else 0
            output = wide.unsqueeze(time_axis).repeat_interleave(batch.shape[time_axis], time_axis)
            if input.dim() == 2:
                output, last = output.squeeze(1 - time_axis), last[:, 0]
        return output, (last, last.clone()) if isinstance(self, nn.LSTM) else last


class _Cell(_Probed):
    def forward(self, input: Tensor, hx: Any = None) -> Any:
        single = input.dim() == 1
        self._probe_see(input[None] if single else input)
        for state in () if hx is None else hx if isinstance(hx, tuple) else (hx,):
            self._probe_see(state[None] if single else state, OUT)
        poison = self._probe_output(1 if single else len(input), input)
        poison = poison[0] if single else poison
        return (poison, poison.clone()) if isinstance(self, nn.LSTMCell) else poison


class _Norm(_Probed):
    """A batch or instance norm: every channel passes on its own."""

    def forward(self, input: Tensor) -> Tensor:
        single = isinstance(self, instancenorm._InstanceNorm) and input.dim() == _instance_dim(self)
        self._probe_see(input[None] if single else input, OUT)
        return input.clone()


def _instance_dim(module: nn.Module) -> int:
    """The number of axes of an instance norm's input that has no batch axis."""
    return cast(int, cast(Any, module)._get_no_batch_dim())


class _GroupNorm(_Probed, nn.GroupNorm):
    def forward(self, input: Tensor) -> Tensor:
        spread = functional.group_norm(input, self.num_groups)
        self._probe_see(spread, OUT)
        return spread


class _PReLU(_Probed, nn.PReLU):
    def forward(self, input: Tensor) -> Tensor:
        if self.probed_layer.outputs:
            self._probe_see(input, OUT)
        return input.clone()


class _Slab(_Probed):
    """A layer norm. A slab that is poisoned in part only has the poisoned channel among its features."""

    def forward(self, input: Tensor) -> Tensor:
        shape = tuple(cast(Any, self).normalized_shape)
        nans = input.isnan().reshape(input.shape[0], -1, *shape).flatten(2)
        partly = nans.any(-1) & ~nans.all(-1)
        self.probed_by.see(self.probed_layer, OUT, partly.any(1, keepdim=True))
        return functional.layer_norm(input, shape)


class _LayerNorm(_Slab, nn.LayerNorm):
    pass


class _RMSNorm(_Slab, nn.RMSNorm):
    pass


class _Attention(_Probed, nn.MultiheadAttention):
    def forward(self, query: Tensor, key: Tensor, value: Tensor, *args: Any, **options: Any) -> Any:
        single, first = query.dim() == 2, self.batch_first
        inputs = [q[None] if single else q if first else q.transpose(0, 1) for q in (query, key, value)]
        nans = torch.stack([q.isnan().flatten(1).any(1) for q in inputs]).any(0)
        self.probed_by.see(self.probed_layer, IN, nans[:, None])
        poison = self._probe_output(len(inputs[0]), query)[:, :, None].expand(-1, inputs[0].shape[1], self.embed_dim)
        output = poison[0] if single else poison if first else poison.transpose(0, 1)
        wants = options.get("need_weights", args[1] if len(args) > 1 else True)
        weights = (
            self._probe_weights(poison[:, 0, 0], inputs, options.get("average_attn_weights", True)) if wants else None
        )
        return output.contiguous(), weights[0] if single and weights is not None else weights

    def _probe_weights(self, poison: Tensor, inputs: list[Tensor], average: bool) -> Tensor:
        shape = (len(inputs[0]), *([] if average else [self.num_heads]), inputs[0].shape[1], inputs[1].shape[1])
        return poison.reshape(-1, *[1] * (len(shape) - 1)).expand(shape).contiguous()


_KINDS: dict[type[nn.Module], type[_Probed]] = {
    conv._ConvTransposeNd: _Conv,
    conv._ConvNd: _Conv,
    nn.Linear: _Linear,
    nn.Embedding: _Embedding,
    nn.RNNBase: _Recurrent,
    nn.RNNCellBase: _Cell,
    batchnorm._BatchNorm: _Norm,
    instancenorm._InstanceNorm: _Norm,
    nn.GroupNorm: _GroupNorm,
    nn.PReLU: _PReLU,
    nn.LayerNorm: _LayerNorm,
    nn.RMSNorm: _RMSNorm,
    nn.MultiheadAttention: _Attention,
}
