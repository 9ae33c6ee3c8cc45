"""Which axis of which tensor of a layer is an output channel, which an input index.

This is the only place that knows kinds of layers, and it knows them one by one: what connects layers is found by
running the network (`trimming.probe`), never by rules.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

import torch
from torch import Tensor, nn
from torch.nn.modules import batchnorm, conv, instancenorm
from torch.nn.parameter import UninitializedParameter
from torch.nn.utils.weight_norm import WeightNorm

from ultralight_mir.trimming.errors import TrimError

Side = Literal["out", "in"]
OUT: Side = "out"
IN: Side = "in"
GATES = {"LSTM": 4, "GRU": 3, "RNN": 1, "LSTMCell": 4, "GRUCell": 3, "RNNCell": 1}
Indices = Sequence[int]


@dataclass(frozen=True)
class Axis:
    """How the positions along one axis of a tensor follow from a layer's indices.

    Index j stands at positions j, width + j, …: `blocks` times (the gates of a recurrent layer, its two directions).
    `onward`: entries at index j carry j's value onward, so that zeroing them silences it.
    """

    side: Side
    blocks: int = 1
    onward: bool = False


Axes = tuple[Axis | None, ...]


@dataclass(frozen=True)
class Layer:
    """A module with weights, as the engine sees it.

    Attributes:
        kind: conv, transposed, linear, embedding, recurrent, cell, norm, prelu, slab, attention.
        outputs, inputs: how many output channels and input indices it has (a norm has only outputs, one per channel).
        tensors: its own tensors, by name within the module, and what their axes are.
        groups: of a convolution.
        weight_norms: for weight normalisation, the direction tensor's name → its magnitude tensor's.
        whole: the reason why it is always kept whole, or "".
    """

    name: str
    module: nn.Module
    kind: str
    outputs: int
    inputs: int = 0
    tensors: Mapping[str, Axes] = field(default_factory=dict)
    groups: int = 1
    weight_norms: Mapping[str, str] = field(default_factory=dict)
    whole: str = ""

    @property
    def depthwise(self) -> bool:
        """Each input index has its own group, so that it goes together with that group's outputs."""
        return self.groups > 1 and self.groups == self.inputs

    def width(self, side: Side) -> int:
        """How many indices it has on that side."""
        return self.outputs if side == OUT else self.inputs

    def sides(self) -> tuple[Side, ...]:
        """The sides on which it has indices."""
        return tuple(side for side in (OUT, IN) if self.width(side))

    def stored(self, name: str) -> Tensor:
        """The tensor of that name within the module."""
        return own_tensors(self.module)[name]

    def main_tensors(self) -> list[str]:
        """Names of the weights proper: no bias, no statistics, no magnitude of a weight norm, no norm's gain."""
        if self.kind in ("norm", "prelu", "slab", "attention"):
            return []
        return [name for name, axes in self.tensors.items() if len(axes) > 1 and name not in self.weight_norms.values()]

    def ties(self) -> list[list[tuple[Side, int]]]:
        """Indices that can only be removed together because a grouped convolution must stay regular."""
        if self.groups == 1:
            return []
        outs, ins = self.outputs // self.groups, self.inputs // self.groups
        if self.depthwise:
            return [[(IN, g), *((OUT, g * outs + p) for p in range(outs))] for g in range(self.groups)]
        pairs: list[list[tuple[Side, int]]] = [[(IN, g * ins + p) for g in range(self.groups)] for p in range(ins)]
        return pairs + [[(OUT, g * outs + p) for g in range(self.groups)] for p in range(outs)]


def own_tensors(module: nn.Module) -> dict[str, Tensor]:
    """All parameters and buffers below `module`, by name; a tensor that has two names is listed under both."""
    tensors: dict[str, Tensor] = dict(module.named_parameters(remove_duplicate=False))
    tensors.update(module.named_buffers(remove_duplicate=False))
    return tensors


def find_layers(network: nn.Module) -> dict[str, Layer]:
    """The layers of a network by name, in module order; a module with several names is listed once.

    Raises:
        TrimError: a layer is of a kind, or stores its weights in a way, that cannot be trimmed safely.
    """
    layers: dict[str, Layer] = {}
    inside: set[nn.Module] = set()
    for name, module in network.named_modules():
        if isinstance(module, torch.jit.ScriptModule):
            raise TrimError(f"layer {name or 'network'!r}: a ScriptModule, expected plain nn.Modules")
        if module in inside:
            continue
        for own, tensor in module.named_parameters(recurse=False):
            if isinstance(tensor, UninitializedParameter):
                raise TrimError(f"layer {name!r}: {own} is not initialised (lazy), run the network once first")
        layer = _layer(name, module)
        if layer is not None:
            layers[name] = layer
            inside.update(child for child in module.modules() if child is not module)
    return layers


def aliases(network: nn.Module) -> dict[str, str]:
    """Every name of every module → its first name (a shared module has several)."""
    first: dict[nn.Module, str] = {}
    return {name: first.setdefault(module, name) for name, module in network.named_modules(remove_duplicate=False)}


def _layer(name: str, module: nn.Module) -> Layer | None:
    match module:
        case conv._ConvTransposeNd():
            return _conv(name, module, "transposed", (Axis(IN, onward=True), Axis(OUT)))
        case conv._ConvNd():
            return _conv(name, module, "conv", (Axis(OUT), Axis(IN, onward=True)))
        case nn.Linear():
            sizes = module.out_features, module.in_features
            return _build(
                name, module, "linear", sizes, {"weight": (Axis(OUT), Axis(IN, onward=True)), "bias": (Axis(OUT),)}
            )
        case nn.Embedding():
            return _build(name, module, "embedding", (module.embedding_dim, 0), {"weight": (None, Axis(OUT))})
        case nn.RNNBase():
            return _recurrent(name, module)
        case nn.RNNCellBase():
            return _cell(name, module)
        case batchnorm._BatchNorm() | instancenorm._InstanceNorm():
            return _norm(name, module, module.num_features)
        case nn.GroupNorm():
            return _norm(name, module, module.num_channels)
        case nn.PReLU():
            is_shared = module.num_parameters == 1
            axes: dict[str, Axes] = {} if is_shared else {"weight": (Axis(OUT),)}
            return _build(name, module, "prelu", (0 if is_shared else module.num_parameters, 0), axes)
        case nn.LayerNorm() | nn.RMSNorm():
            return Layer(name, module, "slab", 1, whole="it normalises over features together")
        case nn.MultiheadAttention():
            return Layer(name, module, "attention", 1, 1, whole="attention mixes its features within every head")
    return None


def _conv(name: str, module: conv._ConvNd, kind: str, axes: Axes) -> Layer:
    tensors = {"weight": (*axes, *(None for _ in module.kernel_size)), "bias": (Axis(OUT),)}
    sizes = module.out_channels, module.in_channels
    return _build(name, module, kind, sizes, tensors, groups=module.groups)


def _norm(name: str, module: nn.Module, channels: int) -> Layer:
    names = ("weight", "bias", "running_mean", "running_var")
    return _build(name, module, "norm", (channels, 0), {own: (Axis(OUT),) for own in names})


def _recurrent(name: str, module: nn.RNNBase) -> Layer:
    if module.proj_size:
        raise TrimError(
            f"layer {name!r}: {module.mode} with proj_size={module.proj_size}: a projection's outputs are not its "
            "hidden units, expected proj_size=0"
        )
    gates = GATES[type_name(module)]
    tensors: dict[str, Axes] = {}
    for depth in range(module.num_layers):
        for suffix in (f"_l{depth}", f"_l{depth}_reverse")[: 1 + module.bidirectional]:
            below = Axis(OUT, 1 + module.bidirectional, onward=True) if depth else Axis(IN, onward=True)
            tensors[f"weight_ih{suffix}"] = (Axis(OUT, gates), below)
            tensors[f"weight_hh{suffix}"] = (Axis(OUT, gates), Axis(OUT, onward=True))
            tensors[f"bias_ih{suffix}"] = tensors[f"bias_hh{suffix}"] = (Axis(OUT, gates),)
    return _build(name, module, "recurrent", (module.hidden_size, module.input_size), tensors)


def _cell(name: str, module: nn.RNNCellBase) -> Layer:
    gates = GATES[type_name(module)]
    tensors: dict[str, Axes] = {
        "weight_ih": (Axis(OUT, gates), Axis(IN, onward=True)),
        "weight_hh": (Axis(OUT, gates), Axis(OUT, onward=True)),
        "bias_ih": (Axis(OUT, gates),),
        "bias_hh": (Axis(OUT, gates),),
    }
    return _build(name, module, "cell", (module.hidden_size, module.input_size), tensors)


def type_name(module: nn.Module) -> str:
    """The name of the torch class that a recurrent module is or inherits from."""
    return next(kind.__name__ for kind in type(module).__mro__ if kind.__name__ in GATES)


def _build(
    name: str, module: nn.Module, kind: str, sizes: tuple[int, int], tensors: Mapping[str, Axes], groups: int = 1
) -> Layer:
    """The layer with the tensors that the module really has, under the names that they are stored by."""
    own_axes: dict[str, Axes] = {}
    weight_norms: dict[str, str] = {}
    present = own_tensors(module)
    for own, axes in tensors.items():
        value = getattr(module, own, None)
        if value is None:
            continue
        if own in present:
            own_axes[own] = axes
            continue
        pair = _weight_norm_names(module, own)
        if pair is None or kind == "recurrent":
            raise TrimError(
                f"layer {name!r}: {own} is computed from other tensors (parametrisation, spectral norm, pruning hook), "
                "expected a plain parameter or, outside recurrent layers, a weight norm"
            )
        magnitude, direction = pair
        shape = present[magnitude].shape
        own_axes[direction] = axes
        own_axes[magnitude] = tuple(axis if size > 1 else None for axis, size in zip(axes, shape, strict=False))
        weight_norms[direction] = magnitude
    return Layer(name, module, kind, *sizes, own_axes, groups, weight_norms)


def _weight_norm_names(module: nn.Module, own: str) -> tuple[str, str] | None:
    """The stored names of (magnitude, direction) where `own` is weight-normed, in torch's old way or its new one."""
    if any(isinstance(hook, WeightNorm) and hook.name == own for hook in module._forward_pre_hooks.values()):
        return f"{own}_g", f"{own}_v"
    chain = dict(module.named_children()).get("parametrizations")
    if isinstance(chain, nn.ModuleDict) and own in chain:
        steps = list(chain[own].children())
        if len(steps) == 1 and type(steps[0]).__name__ == "_WeightNorm":
            return f"parametrizations.{own}.original0", f"parametrizations.{own}.original1"
    return None
