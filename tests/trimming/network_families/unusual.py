"""Shared modules, several outputs, control flow, attention, and weights used where no layer is called."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from .family import Family, Lambda, family, sequential, wave


@family
def shared_module() -> Family:
    def run(net: Any, x: Tensor, y: Tensor) -> Tensor:
        a, b = net.same(net.first(x)).relu(), net.same(net.other(y)).relu()
        return net.last(torch.cat([a, net.alias(a), b], dim=1))

    same = nn.Conv1d(6, 6, 3, padding=1)
    net = Lambda(
        run,
        first=nn.Conv1d(1, 6, 3),
        other=nn.Conv1d(2, 6, 3),
        same=same,
        alias=same,
        last=nn.Conv1d(18, 2, 1),
    )
    return Family(net, (wave(), wave(2)), {"first", "other", "same"})


@family
def u_net() -> Family:
    def run(net: Any, x: Tensor) -> Tensor:
        a = net.down1(x).relu()
        b = net.down2(functional.max_pool1d(a, 2)).relu()
        c = functional.interpolate(net.bottom(functional.max_pool1d(b, 2)).relu(), scale_factor=2)
        d = functional.interpolate(net.up2(torch.cat([b, c], dim=1)).relu(), scale_factor=2, mode="linear")
        return net.last(net.up1(torch.cat([d, a], dim=1)).relu())

    net = Lambda(
        run,
        down1=nn.Conv1d(1, 5, 3, padding=1),
        down2=nn.Conv1d(5, 6, 3, padding=1),
        bottom=nn.Conv1d(6, 7, 3, padding=1),
        up2=nn.Conv1d(13, 6, 3, padding=1),
        up1=nn.Conv1d(11, 5, 3, padding=1),
        last=nn.Conv1d(5, 1, 1),
    )
    return Family(net, wave(), {"down1", "down2", "bottom", "up2", "up1"})


@family
def several_outputs() -> Family:
    def run(net: Any, x: Tensor) -> Any:
        h = net.body(x).relu()
        return {"frames": net.frames(h), "clip": (net.clip(h.mean(2)), h.shape[2]), "none": None}

    net = Lambda(run, body=nn.Conv1d(1, 8, 3), frames=nn.Conv1d(8, 3, 1), clip=nn.Linear(8, 4))
    return Family(net, wave(), {"body"}, frozenset({"frames", "clip"}))


@family
def control_flow_and_functions() -> Family:
    def run(net: Any, x: Tensor) -> Tensor:
        for index, layer in enumerate(net.layers):
            x = layer(x)
            x = functional.leaky_relu(x) if index % 2 else functional.softplus(x) * x.abs().sqrt()
            if x.shape[2] > 20:
                x = functional.avg_pool1d(x, 2) - functional.max_pool1d(x, 2)
        high, rest = x.split([1, x.shape[1] - 1], dim=1)
        return net.last(torch.cat([rest, high], dim=1)).log_softmax(dim=1)

    layers = nn.ModuleList([nn.Conv1d(1, 6, 3), nn.Conv1d(6, 8, 3)])
    whole = frozenset({"layers.1"})  # its first channel has a role of its own
    return Family(Lambda(run, layers=layers, last=nn.Conv1d(8, 3, 1)), wave(), {"layers.0"}, whole)


@family
def control_flow_on_width() -> Family:
    def run(net: Any, x: Tensor) -> Tensor:
        h = net.first(x)
        return net.last(net.second(h.relu() if h.shape[1] > 5 else h))

    net = Lambda(run, first=nn.Conv1d(1, 8, 3), second=nn.Conv1d(8, 6, 3), last=nn.Conv1d(6, 2, 1))
    return Family(net, wave(), {"second"}, frozenset({"first"}))


@family
def pixel_shuffle() -> Family:
    net = sequential(nn.Conv2d(1, 12, 3), nn.PixelShuffle(2), nn.Conv2d(3, 6, 3), nn.Conv2d(6, 1, 1))
    return Family(net, torch.randn(2, 1, 7, 7), {"0", "2"})


@family
def overridden_forward() -> Family:
    class Causal(nn.Conv1d):
        def forward(self, input: Tensor) -> Tensor:
            return functional.glu(super().forward(functional.pad(input, (2, 0))), dim=1)

    return Family(sequential(Causal(1, 12, 3), Causal(6, 8, 3), nn.Conv1d(4, 2, 1)), wave(), {"0", "1"})


@family
def transformer_encoder() -> Family:
    encoder = nn.TransformerEncoderLayer(8, 2, dim_feedforward=12, batch_first=True)
    net = Lambda(
        lambda net, x: net.last(net.after(net.encoder(net.first(x))).relu()),
        first=nn.Linear(5, 8),
        encoder=encoder,
        after=nn.Linear(8, 6),
        last=nn.Linear(6, 2),
    )
    return Family(net, torch.randn(2, 6, 5), {"encoder.linear1", "after"}, frozenset({"first", "encoder.linear2"}))


def attend(net: Any, x: Tensor, split: Callable[[Tensor], Tensor]) -> Tensor:
    q, k, v = (split(layer(x)) for layer in (net.q, net.k, net.v))
    weights = (q.transpose(1, 2) @ k.permute(0, 2, 3, 1)).softmax(dim=-1)
    return net.last((weights @ v.transpose(1, 2)).transpose(1, 2).flatten(2))


def projections() -> dict[str, nn.Module]:
    return {name: nn.Linear(5, 12) for name in "qkv"} | {"last": nn.Linear(12, 2)}


@family
def attention_by_head_size() -> Family:
    net = Lambda(lambda net, x: attend(net, x, lambda y: y.unflatten(2, (-1, 3))), **projections())
    return Family(net, torch.randn(2, 6, 5), {"q", "k", "v"})


@family
def attention_by_number_of_heads() -> Family:
    net = Lambda(lambda net, x: attend(net, x, lambda y: y.unflatten(2, (4, -1))), **projections())
    return Family(net, torch.randn(2, 6, 5), set(), frozenset("qkv"))


class Scaled(nn.Module):
    """A network with a parameter and a buffer that belong to no layer, and a convolution called as a function."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.second, self.last = nn.Conv1d(1, 6, 3), nn.Conv1d(6, 8, 3), nn.Conv1d(4, 2, 1)
        self.scale = nn.Parameter(torch.rand(8, 1))
        self.kernel = nn.Parameter(torch.rand(4, 8, 3))
        self.gain = nn.Parameter(torch.ones(1))
        self.register_buffer("window", torch.rand(40))

    def forward(self, x: Tensor) -> Tensor:
        h = self.second(self.first(x * self.window).relu() * self.gain) * self.scale
        return self.last(functional.conv1d(h, self.kernel))


@family
def loose_parameters() -> Family:
    return Family(Scaled(), wave(), {"first"}, frozenset({"second"}))


@family
def weights_used_elsewhere() -> Family:
    def run(net: Any, x: Tensor) -> Tensor:
        h = net.mid(net.first(x).relu()).relu()
        return net.last(torch.cat([h, functional.linear(h, net.mid.weight)], dim=1))

    net = Lambda(run, first=nn.Linear(5, 6), mid=nn.Linear(6, 6), last=nn.Linear(12, 2))
    return Family(net, torch.randn(2, 5), set(), frozenset({"mid"}))


@family
def fixed_view() -> Family:
    def run(net: Any, x: Tensor) -> Tensor:
        h = net.first(x).view(len(x), 8, -1)
        return net.last(net.second(h).relu())

    net = Lambda(run, first=nn.Conv1d(1, 8, 3), second=nn.Conv1d(8, 6, 3), last=nn.Conv1d(6, 2, 1))
    return Family(net, wave(), {"second"}, frozenset({"first"}))
