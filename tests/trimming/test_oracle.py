"""The oracle as a property: over networks that mix blocks at random, and over random sets of units."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from torch import Tensor, nn
from torch.nn import functional
from torch.nn.utils import parametrizations
from trimming.network_families import Lambda
from trimming.test_families import assert_oracle, outputs, some_units, train

from ultralight_mir.trimming import Sizes, apply_kept, find_units, kept_after, slice_state

torch.set_num_threads(1)
LENGTH = 12
Block = Callable[[int, int], nn.Module]
"""From channels in and out (a multiple of four) to a module from [batch, in, time] to [batch, out, time]."""


def conv(ins: int, outs: int) -> nn.Module:
    return nn.Sequential(nn.Conv1d(ins, outs, 3, padding=2, dilation=2), nn.ReLU())


def normed(ins: int, outs: int) -> nn.Module:
    return nn.Sequential(nn.Conv1d(ins, outs, 1, bias=False), nn.BatchNorm1d(outs), nn.PReLU(outs))


def grouped(ins: int, outs: int) -> nn.Module:
    wide = nn.Conv1d(outs, outs, 3, padding="same", groups=2)
    return nn.Sequential(nn.Conv1d(ins, outs, 1), wide, nn.InstanceNorm1d(outs, affine=True), nn.Tanh())


def separable(ins: int, outs: int) -> nn.Module:
    deep = nn.Conv1d(ins, 2 * ins, 3, padding=1, groups=ins)
    return nn.Sequential(deep, nn.SiLU(), nn.Conv1d(2 * ins, outs, 1))


def group_norm(ins: int, outs: int) -> nn.Module:
    return nn.Sequential(nn.Conv1d(ins, outs, 1), nn.GroupNorm(outs // 2, outs), nn.ReLU())


def layer_norm(ins: int, outs: int) -> nn.Module:
    body = nn.Sequential(nn.Linear(ins, outs), nn.LayerNorm(outs), nn.GELU(), nn.Linear(outs, outs))
    return Lambda(lambda net, x: net.body(x.transpose(1, 2)).transpose(1, 2), body=body)


def weight_normed(ins: int, outs: int) -> nn.Module:
    return nn.Sequential(parametrizations.weight_norm(nn.Conv1d(ins, outs, 3, padding=1)), nn.LeakyReLU())


def down_and_up(ins: int, outs: int) -> nn.Module:
    def run(net: Any, x: Tensor) -> Tensor:
        low = net.down(x).relu()
        return torch.cat([net.up(low), net.side(x)], dim=1)

    up = nn.ConvTranspose1d(outs, outs // 2, 4, stride=2, padding=1)
    down = nn.Conv1d(ins, outs, 4, stride=2, padding=1)
    return Lambda(run, down=down, up=up, side=nn.Conv1d(ins, outs // 2, 1))


def residual(ins: int, outs: int) -> nn.Module:
    inner = nn.Sequential(nn.BatchNorm1d(outs), nn.ReLU(), nn.Conv1d(outs, outs, 3, padding=1))
    return Lambda(lambda net, x: (h := net.first(x)) + net.inner(h), first=nn.Conv1d(ins, outs, 1), inner=inner)


def shortcut(ins: int, outs: int) -> nn.Module:
    body, side = nn.Conv1d(ins, outs, 3, padding=1), nn.Conv1d(ins, outs, 1)
    return Lambda(lambda net, x: (net.body(x) + net.side(x)).relu(), body=body, side=side)


def identity_residual(ins: int, outs: int) -> nn.Module:
    """Adds to what it is given, so that blocks are tied to each other."""
    body = nn.Conv1d(ins, ins, 3, padding=1)
    return Lambda(lambda net, x: net.out(x + net.body(x.relu())), body=body, out=nn.Conv1d(ins, outs, 1))


def dense(ins: int, outs: int) -> nn.Module:
    grow = nn.Conv1d(ins, 4, 3, padding=1)
    return Lambda(
        lambda net, x: net.out(torch.cat([x, net.grow(x)], 1).relu()), grow=grow, out=nn.Conv1d(ins + 4, outs, 1)
    )


def excite(ins: int, outs: int) -> nn.Module:
    def run(net: Any, x: Tensor) -> Tensor:
        x = net.first(x)
        return x * net.up(net.down(x.mean(2)).relu()).sigmoid()[:, :, None]

    return Lambda(run, first=nn.Conv1d(ins, outs, 1), down=nn.Linear(outs, 4), up=nn.Linear(4, outs))


def gated(ins: int, outs: int) -> nn.Module:
    return nn.Sequential(nn.Conv1d(ins, 2 * outs, 3, padding=1), nn.GLU(dim=1))


def wavenet(ins: int, outs: int) -> nn.Module:
    def run(net: Any, x: Tensor) -> Tensor:
        x, total = net.first(x), 0
        for gate, skip, back in zip(net.gates, net.skips, net.backs, strict=True):
            value, control = gate(functional.pad(x, (1, 0))).chunk(2, dim=1)
            h = value.tanh() * control.sigmoid()
            total, x = total + skip(h), x + back(h)
        return total

    gates = nn.ModuleList(nn.Conv1d(outs, 8, 2) for _ in range(2))
    skips, backs = (nn.ModuleList(nn.Conv1d(4, outs, 1) for _ in range(2)) for _ in range(2))
    return Lambda(run, first=nn.Conv1d(ins, outs, 1), gates=gates, skips=skips, backs=backs)


def recurrent(ins: int, outs: int) -> nn.Module:
    rnn = nn.GRU(ins, outs // 2, bidirectional=True, batch_first=True)
    return Lambda(lambda net, x: net.rnn(x.transpose(1, 2))[0].transpose(1, 2), rnn=rnn)


def stacked_recurrent(ins: int, outs: int) -> nn.Module:
    rnn = nn.LSTM(ins, outs, num_layers=2)
    return Lambda(lambda net, x: net.rnn(x.permute(2, 0, 1))[0].permute(1, 2, 0), rnn=rnn)


def shared(ins: int, outs: int) -> nn.Module:
    same = nn.Conv1d(outs, outs, 3, padding=1)
    return Lambda(lambda net, x: net.same(net.same(net.first(x)).relu()), first=nn.Conv1d(ins, outs, 1), same=same)


def image(ins: int, outs: int) -> nn.Module:
    """Channels as bins of an image, convolved, and folded back, bins first or channels first."""

    def run(net: Any, x: Tensor) -> Tensor:
        h = net.conv(net.first(x).transpose(1, 2)[:, None]).relu()
        return net.fold(h.permute(0, 2, 3, 1).flatten(2)).transpose(1, 2)

    conv2d = nn.Conv2d(1, 5, 3, padding=1)
    return Lambda(run, first=nn.Conv1d(ins, 4, 1), conv=conv2d, fold=nn.Linear(20, outs))


def frames(ins: int, outs: int) -> nn.Module:
    """Time folded into the batch."""

    def run(net: Any, x: Tensor) -> Tensor:
        h = net.second(net.first(x.transpose(1, 2).flatten(0, 1)).relu())
        return h.unflatten(0, (len(x), -1)).transpose(1, 2)

    return Lambda(run, first=nn.Linear(ins, 6), second=nn.Linear(6, outs))


def bands(ins: int, outs: int) -> nn.Module:
    def run(net: Any, x: Tensor) -> Tensor:
        return torch.cat([net.early(x[..., :5]), net.late(x[..., 5:])], dim=2)

    return Lambda(run, early=nn.Conv1d(ins, outs, 1), late=nn.Conv1d(ins, outs, 3, padding=1))


def attention(ins: int, outs: int) -> nn.Module:
    mixer = nn.MultiheadAttention(outs, 2, batch_first=True)

    def run(net: Any, x: Tensor) -> Tensor:
        h = net.first(x.transpose(1, 2))
        return (h + net.mixer(h, h, h, need_weights=False)[0]).transpose(1, 2)

    return Lambda(run, first=nn.Linear(ins, outs), mixer=mixer)


BLOCKS: list[Block] = [
    *(conv, normed, grouped, separable, group_norm, layer_norm, weight_normed, down_and_up, residual, shortcut),
    *(identity_residual, dense, excite, gated, wavenet, recurrent, stacked_recurrent, shared, image, frames, bands),
    attention,
]


class Mixed(nn.Module):
    """Blocks one after another, each of which may also be heard by the second head."""

    def __init__(self, blocks: list[Block], widths: list[int], tap: int) -> None:
        super().__init__()
        self.blocks = nn.ModuleList(
            block(ins, outs) for block, ins, outs in zip(blocks, [2, *widths], widths, strict=False)
        )
        self.tap = tap % len(blocks)
        self.frames = nn.Conv1d(widths[len(blocks) - 1], 3, 1)
        self.clip = nn.Linear(widths[self.tap], 2)

    def forward(self, x: Tensor) -> dict[str, Tensor]:
        for number, block in enumerate(self.blocks):
            x = block(x)
            if number == self.tap:
                clip = self.clip(x.mean(2))
        return {"frames": self.frames(x), "clip": clip}


@settings(max_examples=60, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
@given(
    blocks=st.lists(st.sampled_from(BLOCKS), min_size=1, max_size=4),
    widths=st.lists(st.sampled_from([4, 8, 12]), min_size=4, max_size=4),
    tap=st.integers(0, 3),
    seed=st.integers(0, 99),
    share=st.sampled_from([0.2, 0.5, 0.9]),
    trained=st.booleans(),
)
def test_trimmed_equals_silenced(
    blocks: list[Block], widths: list[int], tap: int, seed: int, share: float, trained: bool
) -> None:
    torch.manual_seed(seed)
    network = Mixed(blocks, widths, tap).double()
    example = torch.randn(2, 2, LENGTH, dtype=torch.float64)
    begin = {name: tensor.clone() for name, tensor in network.state_dict().items()}
    if trained:
        train(network, example)
    units = some_units(network, find_units(network, example), share, seed)
    trimmed = assert_oracle(network, units, example)
    assert sum(p.numel() for p in trimmed.parameters()) == Sizes(network).after(units)[-1]

    kept = kept_after(network, units)
    again = apply_kept(Mixed(blocks, widths, tap).double(), kept)
    again.load_state_dict(trimmed.state_dict())
    for one, two in zip(outputs(again, example), outputs(trimmed, example), strict=True):
        assert torch.equal(one, two)
    again.load_state_dict(slice_state(begin, network, kept))


def test_every_block_alone_can_be_trimmed() -> None:
    torch.manual_seed(0)
    example = torch.randn(2, 2, LENGTH)
    for block in BLOCKS:
        network = Mixed([block, conv], [8, 8], 1)
        assert any(name.startswith("blocks.0") for unit in find_units(network, example) for name in unit.group) or (
            block is attention
        ), block.__name__
