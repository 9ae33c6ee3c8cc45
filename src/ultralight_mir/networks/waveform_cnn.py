"""A dilated one-dimensional CNN on the raw waveform: what the paper trims for instruments and singing techniques.

Esling et al., *Ultra-light deep MIR by trimming lottery tickets* (ISMIR 2020), section 4; stacks of dilated
convolutions as in van den Oord et al., *WaveNet* (2016), without gates.
"""

from __future__ import annotations

from typing import ClassVar

import torch
from torch import Tensor, nn


class WaveformCnn(nn.Module):
    """Waveform at 16 kHz `[batch, samples]` → logits `[batch, outputs]`.

    Args:
        bins: 1.
        outputs: classes.
        framewise: must be False.
        hop: samples a frame; not used.
        width: channels of the first layer; they double at every second stage, up to four times.
        depth: stages, each a quarter as long as the one before it; each has two convolutions, of dilation 1 and 4.

    Raises:
        ValueError: `framewise` is True.
    """

    kind: ClassVar[str] = "waveform"

    def __init__(self, bins: int, outputs: int, framewise: bool, hop: int, width: int = 24, depth: int = 5) -> None:
        super().__init__()
        if framewise:
            raise ValueError("waveform_cnn gives one output a clip; it does not serve frame-wise tasks")
        self.stem = nn.Sequential(
            nn.Conv1d(1, width, 64, stride=8, padding=28, bias=False), nn.BatchNorm1d(width), nn.ReLU()
        )
        self.stages, channels = nn.Sequential(), width
        for stage in range(depth):
            wider = width * min(2 ** ((stage + 1) // 2), 4)
            self.stages.append(nn.Sequential(_dilated(channels, wider, 1), _dilated(wider, wider, 4), nn.MaxPool1d(4)))
            channels = wider
        self.classify = nn.Linear(2 * channels, outputs)

    def forward(self, x: Tensor) -> Tensor:
        """Waveform `[batch, samples]` → logits `[batch, outputs]`: mean and maximum over time, then one layer."""
        x = self.stages(self.stem(x[:, None]))
        logits: Tensor = self.classify(torch.cat((x.mean(dim=2), x.amax(dim=2)), dim=1))
        return logits


def _dilated(inputs: int, outputs: int, dilation: int) -> nn.Sequential:
    convolution = nn.Conv1d(inputs, outputs, 3, padding=dilation, dilation=dilation, bias=False)
    return nn.Sequential(convolution, nn.BatchNorm1d(outputs), nn.ReLU())
