"""One kind of layer each: convolutions, linear layers, embeddings, normalisations, weight norms."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.utils import parametrizations, weight_norm

from .family import Family, Lambda, family, sequential, wave


@family
def conv1d_stride_dilation() -> Family:
    net = sequential(nn.Conv1d(1, 6, 5, stride=2), nn.ReLU(), nn.Conv1d(6, 8, 3, dilation=3), nn.Conv1d(8, 2, 1))
    return Family(net, wave(), {"0", "2"}, frozenset({"3"}))


@family
def conv2d_padding_modes() -> Family:
    first = nn.Conv2d(1, 6, 3, padding="same", padding_mode="reflect")
    net = sequential(first, nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(6, 7, 3, padding="valid"), nn.Conv2d(7, 3, 1))
    return Family(net, torch.randn(2, 1, 12, 10), {"0", "3"})


@family
def conv_groups() -> Family:
    net = sequential(nn.Conv1d(1, 8, 3), nn.Conv1d(8, 12, 3, groups=4), nn.ReLU(), nn.Conv1d(12, 2, 1))
    return Family(net, wave(), {"0", "1"})


@family
def depthwise_separable() -> Family:
    deep = nn.Conv2d(6, 12, 3, groups=6, padding=1)
    net = sequential(nn.Conv2d(1, 6, 3), deep, nn.BatchNorm2d(12), nn.ReLU(), nn.Conv2d(12, 5, 1), nn.Conv2d(5, 2, 1))
    return Family(net, torch.randn(2, 1, 9, 9), {"0", "1", "2", "4"})


@family
def conv_transpose1d() -> Family:
    up = nn.ConvTranspose1d(6, 8, 4, stride=2, padding=1)
    return Family(sequential(nn.Conv1d(1, 6, 3), up, nn.ReLU(), nn.Conv1d(8, 2, 3)), wave(), {"0", "1"})


@family
def conv_transpose2d_groups() -> Family:
    up = nn.ConvTranspose2d(8, 12, 3, stride=2, groups=2, output_padding=1)
    deep = nn.ConvTranspose2d(12, 24, 2, groups=12)
    net = sequential(nn.Conv2d(1, 8, 3), up, nn.ReLU(), deep, nn.Conv2d(24, 2, 1))
    return Family(net, torch.randn(2, 1, 7, 6), {"0", "1", "3"})


@family
def conv_transpose_output_size() -> Family:
    def run(net: Any, x: Tensor) -> Tensor:
        return net.last(net.up(net.first(x), output_size=[x.shape[-1]]))

    up = nn.ConvTranspose1d(6, 5, 3, stride=2, padding=1)
    net = Lambda(run, first=nn.Conv1d(1, 6, 3, stride=2, padding=1), up=up, last=nn.Conv1d(5, 1, 1))
    return Family(net, wave(), {"first", "up"})


@family
def linear_stack() -> Family:
    net = sequential(nn.Linear(7, 9), nn.PReLU(9), nn.Linear(9, 6), nn.PReLU(), nn.Linear(6, 3))
    return Family(net, torch.randn(2, 4, 7)[:, 0], {"0", "1", "2"}, frozenset({"4"}))


@family
def embedding() -> Family:
    net = Lambda(
        lambda net, i: net.last(net.conv(net.embed(i).transpose(1, 2))),
        embed=nn.Embedding(11, 6),
        conv=nn.Conv1d(6, 5, 3),
        last=nn.Conv1d(5, 2, 1),
    )
    return Family(net, torch.randint(0, 11, (2, 9)), {"embed", "conv"})


@family
def embedding_plus_positions() -> Family:
    def run(net: Any, i: Tensor) -> Tensor:
        return net.last(net.embed(i) + net.position(torch.arange(i.shape[1])))

    net = Lambda(run, embed=nn.Embedding(11, 6), position=nn.Embedding(16, 6), last=nn.Linear(6, 2))
    return Family(net, torch.randint(0, 11, (2, 16)), {"embed", "position"})


@family
def tied_embedding() -> Family:
    net = Lambda(
        lambda net, i: net.last(net.mid(net.embed(i)).relu()),
        embed=nn.Embedding(11, 6),
        mid=nn.Linear(6, 6),
        last=nn.Linear(6, 11, bias=False),
    )
    net.last.weight = net.embed.weight
    return Family(net, torch.randint(0, 11, (2, 9)), {"embed", "mid"})


@family
def batch_norms() -> Family:
    def run(net: Any, x: Tensor) -> Tensor:
        h = net.norm2(net.conv2(x)).relu().flatten(2)
        return net.last(net.norm0(net.fold(net.norm1(net.conv1(h)).mean(2))))

    net = Lambda(
        run,
        conv2=nn.Conv2d(1, 6, 3),
        norm2=nn.BatchNorm2d(6),
        conv1=nn.Conv1d(6, 8, 3, bias=False),
        norm1=nn.BatchNorm1d(8, affine=False),
        fold=nn.Linear(8, 5),
        norm0=nn.BatchNorm1d(5),
        last=nn.Linear(5, 2),
    )
    return Family(net, torch.randn(3, 1, 8, 8), {"conv2", "norm2", "conv1", "norm1", "fold", "norm0"})


@family
def group_norm() -> Family:
    net = sequential(nn.Conv1d(1, 12, 3), nn.GroupNorm(4, 12), nn.ReLU(), nn.Conv1d(12, 6, 3), nn.Conv1d(6, 2, 1))
    return Family(net, wave(), {"0", "1", "3"})


@family
def layer_norm_over_features() -> Family:
    net = sequential(nn.Linear(7, 8), nn.LayerNorm(8), nn.ReLU(), nn.Linear(8, 6), nn.ReLU(), nn.Linear(6, 2))
    return Family(net, torch.randn(2, 7), {"3"}, frozenset({"0"}))


@family
def layer_norm_over_time() -> Family:
    net = sequential(nn.Conv1d(1, 8, 3), nn.LayerNorm(38), nn.ReLU(), nn.Conv1d(8, 6, 3), nn.Conv1d(6, 2, 1))
    return Family(net, wave(), {"0", "3"})


@family
def instance_norm() -> Family:
    norm = nn.InstanceNorm1d(6, affine=True, track_running_stats=True)
    net = sequential(nn.Conv1d(1, 6, 3), norm, nn.ReLU(), nn.Conv1d(6, 8, 3), nn.InstanceNorm1d(8), nn.Conv1d(8, 2, 1))
    return Family(net, wave(), {"0", "1", "3"})


@family
def weight_normed() -> Family:
    first = parametrizations.weight_norm(nn.Conv1d(1, 6, 3))
    up = parametrizations.weight_norm(nn.ConvTranspose1d(6, 8, 4, stride=2))
    net = sequential(first, nn.ReLU(), up, nn.ReLU(), parametrizations.weight_norm(nn.Conv1d(8, 2, 3), dim=1))
    return Family(net, wave(), {"0", "2"})


@family
def weight_normed_old() -> Family:
    net = sequential(weight_norm(nn.Conv1d(1, 6, 3)), nn.ReLU(), weight_norm(nn.Conv1d(6, 5, 3), dim=None))
    net.append(weight_norm(nn.Conv1d(5, 2, 1)))
    return Family(net, wave(), {"0", "2"})
