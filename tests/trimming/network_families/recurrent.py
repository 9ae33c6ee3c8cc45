"""Recurrent layers and cells."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from .family import Family, Lambda, family, wave


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
