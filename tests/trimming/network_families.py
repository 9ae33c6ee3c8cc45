"""Small networks, one for each way in which layers hang together. Used by the tests and by `benchmarks/trimming.py`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.nn.utils import parametrizations, weight_norm
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence


class Lambda(nn.Module):
    """A network from a function of (its modules, the input)."""

    def __init__(self, function: Callable[..., Any], **modules: nn.Module) -> None:
        super().__init__()
        self.function = function
        for name, module in modules.items():
            self.add_module(name, module)

    def forward(self, *inputs: Tensor) -> Any:
        return self.function(self, *inputs)


@dataclass(frozen=True)
class Family:
    """A network, an example, and what must come out: layers that are trimmed, and layers that are kept whole."""

    network: nn.Module
    example: Any
    trimmed: set[str]
    whole: frozenset[str] = frozenset()


Make = Callable[[], Family]
FAMILIES: dict[str, Make] = {}


def family(make: Make) -> Make:
    FAMILIES[make.__name__] = make
    return make


def wave(channels: int = 1, length: int = 40) -> Tensor:
    return torch.randn(2, channels, length)


def sequential(*modules: nn.Module) -> nn.Sequential:
    return nn.Sequential(*modules)


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
def gru() -> Family:
    net = Lambda(lambda net, x: net.last(net.gru(x)[0]), gru=nn.GRU(5, 7, batch_first=True), last=nn.Linear(7, 2))
    return Family(net, torch.randn(2, 6, 5), {"gru"})


@family
def gru_bidirectional_stacked() -> Family:
    rnn = nn.GRU(6, 7, num_layers=3, bidirectional=True, batch_first=True)
    net = Lambda(
        lambda net, x: net.last(net.gru(net.first(x).relu())[0]),
        first=nn.Linear(5, 6),
        gru=rnn,
        last=nn.Linear(14, 2),
    )
    return Family(net, torch.randn(2, 6, 5), {"first", "gru"})


@family
def lstm_time_first() -> Family:
    def run(net: Any, x: Tensor) -> Tensor:
        h = net.conv(x).permute(2, 0, 1)
        out, (hidden, cell) = net.lstm(h)
        return net.last(torch.cat([out[-1], hidden[-1], cell[0]], dim=1))

    lstm = nn.LSTM(6, 5, num_layers=2)
    net = Lambda(run, conv=nn.Conv1d(1, 6, 3), lstm=lstm, last=nn.Linear(15, 2))
    return Family(net, wave(length=9), {"conv", "lstm"})


@family
def rnn_encoder_decoder() -> Family:
    def run(net: Any, x: Tensor) -> Tensor:
        hidden = net.encoder(x)[1]
        return net.last(net.decoder(x.flip(1), hidden.tanh())[0])

    encoder, decoder = (nn.RNN(4, 6, bidirectional=True, batch_first=True, bias=False) for _ in range(2))
    return Family(
        Lambda(run, encoder=encoder, decoder=decoder, last=nn.Linear(12, 2)),
        torch.randn(2, 6, 4),
        {"encoder", "decoder"},
    )


@family
def lstm_packed() -> Family:
    def run(net: Any, x: Tensor, lengths: Tensor) -> Tensor:
        packed = pack_padded_sequence(x, lengths, batch_first=True, enforce_sorted=False)
        out, (hidden, _) = net.lstm(packed)
        return net.last(pad_packed_sequence(out, batch_first=True)[0]) + net.side(hidden[0])[:, None]

    lstm = nn.LSTM(4, 6, batch_first=True)
    net = Lambda(run, lstm=lstm, last=nn.Linear(6, 2), side=nn.Linear(6, 2))
    return Family(net, (torch.randn(2, 7, 4), torch.tensor([5, 7])), {"lstm"})


@family
def recurrent_cells() -> Family:
    def run(net: Any, x: Tensor) -> Tensor:
        h = x.new_zeros(len(x), net.gru.hidden_size)
        state = None
        for t in range(x.shape[1]):
            h = net.gru(x[:, t], h)
            state = net.lstm(h, state)
        return net.last(state[0])

    net = Lambda(run, gru=nn.GRUCell(4, 6), lstm=nn.LSTMCell(6, 5), last=nn.Linear(5, 2))
    return Family(net, torch.randn(2, 4, 4), {"gru", "lstm"})


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
