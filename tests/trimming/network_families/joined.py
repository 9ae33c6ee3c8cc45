"""Layers that hang together by sums, concatenations, gates, folds and bands."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from .family import Family, Lambda, family, sequential, wave


@family
def residual() -> Family:
    def run(net: Any, x: Tensor) -> Tensor:
        x = net.first(x)
        x = x + net.norm(net.second(x.relu()))
        x = x + net.fourth(net.third(x.relu()).relu())
        return net.last(x)

    net = Lambda(
        run,
        first=nn.Conv1d(1, 8, 3),
        second=nn.Conv1d(8, 8, 3, padding=1),
        norm=nn.BatchNorm1d(8),
        third=nn.Conv1d(8, 5, 1),
        fourth=nn.Conv1d(5, 8, 1),
        last=nn.Conv1d(8, 2, 1),
    )
    return Family(net, wave(), {"first", "second", "norm", "third", "fourth"})


@family
def residual_shortcut() -> Family:
    def run(net: Any, x: Tensor) -> Tensor:
        x = net.first(x)
        return net.last((net.body(x) + net.shortcut(x)).relu())

    body = sequential(nn.Conv1d(6, 7, 3, stride=2, padding=1), nn.ReLU(), nn.Conv1d(7, 9, 3, padding=1))
    shortcut = nn.Conv1d(6, 9, 1, stride=2)
    net = Lambda(run, first=nn.Conv1d(1, 6, 3), body=body, shortcut=shortcut, last=nn.Conv1d(9, 2, 1))
    return Family(net, wave(), {"first", "body.0", "body.2", "shortcut"})


@family
def dense_concatenation() -> Family:
    def run(net: Any, x: Tensor) -> Tensor:
        a = net.first(x)
        b = torch.cat([a, net.second(a.relu())], dim=1)
        c = torch.cat([net.third(net.norm(b).relu()), b], dim=1)
        return net.last(c)

    net = Lambda(
        run,
        first=nn.Conv1d(1, 6, 3),
        second=nn.Conv1d(6, 4, 3, padding=1),
        norm=nn.BatchNorm1d(10),
        third=nn.Conv1d(10, 5, 1),
        last=nn.Conv1d(15, 2, 1),
    )
    return Family(net, wave(), {"first", "second", "norm", "third"})


@family
def squeeze_and_excite() -> Family:
    def run(net: Any, x: Tensor) -> Tensor:
        x = net.conv(x).relu()
        gate = net.up(net.down(x.mean((2, 3))).relu()).sigmoid()
        return net.last(x * gate[:, :, None, None])

    net = Lambda(run, conv=nn.Conv2d(1, 8, 3), down=nn.Linear(8, 4), up=nn.Linear(4, 8), last=nn.Conv2d(8, 2, 1))
    return Family(net, torch.randn(2, 1, 7, 7), {"conv", "down", "up"})


@family
def gated_linear_unit() -> Family:
    net = sequential(nn.Conv1d(1, 12, 3), nn.GLU(dim=1), nn.Conv1d(6, 10, 3), nn.GLU(dim=1), nn.Conv1d(5, 2, 1))
    return Family(net, wave(), {"0", "2"})


@family
def chunk_gate() -> Family:
    def run(net: Any, x: Tensor) -> Tensor:
        value, gate, bias = net.first(x).chunk(3, dim=1)
        return net.last(value.tanh() * gate.sigmoid() + bias)

    return Family(Lambda(run, first=nn.Conv1d(1, 15, 3), last=nn.Conv1d(5, 2, 1)), wave(), {"first"})


@family
def wavenet_dead_branch() -> Family:
    def run(net: Any, x: Tensor) -> Tensor:
        x, skips = net.first(x), 0
        for gate, skip, back in zip(net.gates, net.skips, net.backs, strict=True):
            value, control = gate(functional.pad(x, (2, 0))).chunk(2, dim=1)
            h = value.tanh() * control.sigmoid()
            skips = skips + skip(h)
            x = x + back(h)
        return net.last(skips.relu())

    net = Lambda(
        run,
        first=nn.Conv1d(1, 6, 1),
        gates=nn.ModuleList(nn.Conv1d(6, 10, 2, dilation=2) for _ in range(3)),
        skips=nn.ModuleList(nn.Conv1d(5, 7, 1) for _ in range(3)),
        backs=nn.ModuleList(nn.Conv1d(5, 6, 1) for _ in range(3)),
        last=nn.Conv1d(7, 2, 1),
    )
    return Family(net, wave(), {"first", "gates.0", "gates.2", "skips.0", "backs.0", "backs.2"})


@family
def flatten_fold() -> Family:
    net = sequential(nn.Conv2d(1, 6, 3), nn.ReLU(), nn.Flatten(), nn.Linear(6 * 4 * 3, 9), nn.Linear(9, 2))
    return Family(net, torch.randn(2, 1, 6, 5), {"0", "3"})


@family
def crnn_channel_major() -> Family:
    def run(net: Any, x: Tensor) -> Tensor:
        h = net.norm(net.conv(x[:, None])).relu()
        return net.last(net.gru(h.permute(0, 2, 1, 3).flatten(2))[0])

    gru = nn.GRU(6 * 8, 5, bidirectional=True, batch_first=True)
    net = Lambda(run, conv=nn.Conv2d(1, 6, 3, padding=1), norm=nn.BatchNorm2d(6), gru=gru, last=nn.Linear(10, 2))
    return Family(net, torch.randn(2, 7, 8), {"conv", "norm", "gru"})


@family
def crnn_bin_major() -> Family:
    def run(net: Any, x: Tensor) -> Tensor:
        h = net.conv(x[:, None]).relu()
        return net.last(net.lstm(h.permute(2, 0, 3, 1).reshape(h.shape[2], len(h), -1))[0].transpose(0, 1))

    net = Lambda(run, conv=nn.Conv2d(1, 6, 3, padding=1), lstm=nn.LSTM(8 * 6, 5), last=nn.Linear(5, 2))
    return Family(net, torch.randn(2, 7, 8), {"conv", "lstm"})


@family
def frames_folded_into_batch() -> Family:
    def run(net: Any, x: Tensor) -> Tensor:
        frames = x.unfold(2, 10, 5).permute(0, 2, 1, 3)
        h = net.second(net.first(frames.flatten(0, 1)).relu()).mean(2)
        h = h.unflatten(0, frames.shape[:2]).transpose(0, 1)
        return net.last(net.mid(h.flatten(0, 1)).relu().unflatten(0, h.shape[:2])).transpose(0, 1)

    net = Lambda(run, first=nn.Conv1d(1, 6, 3), second=nn.Conv1d(6, 5, 3), mid=nn.Linear(5, 7), last=nn.Linear(7, 2))
    return Family(net, wave(), {"first", "second", "mid"})


@family
def frequency_bands() -> Family:
    def run(net: Any, x: Tensor) -> Tensor:
        x = net.first(x).relu()
        low, high = net.low(x[..., :4]), net.high(x[..., 4:])
        return net.last(net.mix(torch.cat([low, high], dim=3).relu()).flatten(2).mean(2))

    net = Lambda(
        run,
        first=nn.Conv2d(1, 6, 3, padding=1),
        low=nn.Conv2d(6, 5, 1),
        high=nn.Conv2d(6, 5, 1),
        mix=nn.Conv2d(5, 4, 1),
        last=nn.Linear(4, 2),
    )
    return Family(net, torch.randn(2, 1, 7, 9), {"first", "low", "high", "mix"})


@family
def frequency_bands_twice() -> Family:
    def run(net: Any, x: Tensor) -> Tensor:
        x = torch.cat([net.low1(x[..., :4]), net.high1(x[..., 4:])], dim=3).relu()
        x = torch.cat([net.low2(x[..., :4]), net.high2(x[..., 4:])], dim=-1).relu()
        return net.last(x.mean(3).transpose(1, 2))

    first, second = [nn.Conv2d(1, 6, 1) for _ in range(2)], [nn.Conv2d(6, 6, 1) for _ in range(2)]
    net = Lambda(run, low1=first[0], high1=first[1], low2=second[0], high2=second[1], last=nn.Linear(6, 2))
    return Family(net, torch.randn(2, 1, 7, 9), {"low1", "high1", "low2", "high2"})


@family
def channels_placed_after_each_other_in_time() -> Family:
    def run(net: Any, x: Tensor) -> Tensor:
        return net.last(torch.cat(net.first(x).chunk(2, dim=1), dim=2))

    return Family(Lambda(run, first=nn.Conv1d(1, 12, 3), last=nn.Conv1d(6, 2, 1)), wave(), {"first"})


@family
def chosen_by_time() -> Family:
    def run(net: Any, x: Tensor) -> Tensor:
        early = torch.arange(x.shape[2]) < 20
        h = torch.where(early, net.one(x), net.two(x))
        return net.last(h[..., :20]) + net.other(h[..., 20:])

    net = Lambda(run, one=nn.Conv1d(1, 6, 1), two=nn.Conv1d(1, 6, 1), last=nn.Conv1d(6, 2, 1), other=nn.Conv1d(6, 2, 1))
    return Family(net, wave(), {"one", "two"})


@family
def class_token() -> Family:
    def run(net: Any, x: Tensor) -> Tensor:
        h = net.first(x)
        return net.last(net.mid(torch.cat([net.token.weight[None].expand(len(x), -1, -1), h], dim=1)).relu())

    token = nn.ParameterDict({"weight": torch.rand(1, 6)})
    net = Lambda(run, first=nn.Linear(4, 6), token=token, mid=nn.Linear(6, 5), last=nn.Linear(5, 2))
    return Family(net, torch.randn(2, 7, 4), {"mid"}, frozenset({"first"}))
