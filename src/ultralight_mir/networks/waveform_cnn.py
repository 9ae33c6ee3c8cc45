"""The dilated 1-D CNN on raw waveform of Esling et al. (ISMIR 2020) for the two classifiers."""

from __future__ import annotations

from typing import ClassVar

import torch
from torch import Tensor, nn


class WaveformCnn(nn.Module):
    """A strided front end, then convolutions of growing dilation with pooling between, then the classifier.

    Clip-wise, mean and maximum over time come before the classifier. Frame-wise, the features are brought to one row
    a frame (mean over what falls into it).

    Args:
        bins: 1 (waveform).
        outputs: classes, or outputs a frame.
        framewise: one row of logits a frame instead of one a clip.
        hop: samples a frame.
        width: channels of the first layer; they double every second layer, up to four times as many.
        depth: dilated layers; layer i has dilation 2^(i mod 4).

    Raises:
        ValueError: `depth` is less than 1.
    """

    kind: ClassVar[str] = "waveform"

    def __init__(self, bins: int, outputs: int, framewise: bool, hop: int, width: int = 16, depth: int = 6) -> None:
        super().__init__()
        if depth < 1:
            raise ValueError(f"waveform_cnn has at least one dilated layer, not {depth}")
        self.framewise = framewise
        self.hop = hop
        self.front = nn.Sequential(
            nn.Conv1d(1, width, 64, stride=8, padding=28, bias=False), nn.BatchNorm1d(width), nn.ReLU()
        )
        self.layers = nn.Sequential()
        channels = width
        for layer in range(depth):
            made = width * min(2 ** ((layer + 1) // 2), 4)
            self.layers.append(_layer(channels, made, dilation=2 ** (layer % 4)))
            channels = made
        self.classify = nn.Linear(channels if framewise else 2 * channels, outputs)

    def forward(self, x: Tensor) -> Tensor:
        """Waveform `[batch, samples]` → logits `[batch, outputs]`, or `[batch, samples // hop, outputs]`."""
        frames = x.shape[1] // self.hop
        x = self.layers(self.front(x[:, None]))
        if self.framewise:
            rows: Tensor = self.classify(nn.functional.adaptive_avg_pool1d(x, frames).transpose(1, 2))
            return rows
        logits: Tensor = self.classify(torch.cat((x.mean(dim=2), x.amax(dim=2)), dim=1))
        return logits


def _layer(inputs: int, outputs: int, dilation: int) -> nn.Sequential:
    """A dilated convolution; then the maximum of two neighbours (of one, where a clip is that short)."""
    return nn.Sequential(
        nn.Conv1d(inputs, outputs, 5, padding=2 * dilation, dilation=dilation, bias=False),
        nn.BatchNorm1d(outputs),
        nn.ReLU(),
        nn.MaxPool1d(2, ceil_mode=True),
    )
