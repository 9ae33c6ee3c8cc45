"""A light CNN for what a clip sounds like: log-mel in, one row of logits a clip."""

from __future__ import annotations

from typing import ClassVar

import torch
from torch import Tensor, nn


class TimbreCnn(nn.Module):
    """3 × 3 convolutions on log-mel, a temporal head for modulations, then mean and maximum over time.

    The maximum keeps what happens once in a clip (an attack, a turn), the mean what lasts; both are per channel, so
    every channel can be trimmed.

    Args:
        bins: of the log-mel input.
        outputs: classes.
        framewise: must be False.
        hop: samples a frame; not used.
        width: channels of the first block.
        depth: temporal convolutions in the head (dilation 1, 2, 4, …).

    Raises:
        ValueError: `framewise` is True.
    """

    kind: ClassVar[str] = "spectral"

    def __init__(self, bins: int, outputs: int, framewise: bool, hop: int, width: int = 16, depth: int = 2) -> None:
        super().__init__()
        if framewise:
            raise ValueError("timbre_cnn gives one output a clip; it does not serve frame-wise tasks")
        self.norm = nn.BatchNorm1d(bins)
        self.stem = nn.Sequential(
            _block(1, width, stride=(1, 2)),
            _block(width, 2 * width, stride=(2, 2)),
            _block(2 * width, 3 * width, stride=(1, 2)),
            _block(3 * width, 3 * width, stride=(1, 2)),
        )
        rows = -(-bins // 16)
        self.head = nn.Sequential()
        channels = 3 * width * rows
        for layer in range(depth):
            self.head.append(_temporal(channels, 6 * width, dilation=2**layer))
            channels = 6 * width
        self.classify = nn.Linear(2 * channels, outputs)

    def forward(self, x: Tensor) -> Tensor:
        """Log-mel `[batch, frames, bins]` → logits `[batch, outputs]`."""
        x = self.norm(x.transpose(1, 2)).transpose(1, 2)
        x = self.stem(x[:, None])
        x = self.head(x.permute(0, 1, 3, 2).flatten(1, 2))
        logits: Tensor = self.classify(torch.cat((x.mean(dim=2), x.amax(dim=2)), dim=1))
        return logits


def _block(inputs: int, outputs: int, stride: tuple[int, int]) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, 3, stride=stride, padding=1, bias=False), nn.BatchNorm2d(outputs), nn.ReLU()
    )


def _temporal(inputs: int, outputs: int, dilation: int) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv1d(inputs, outputs, 3, padding=dilation, dilation=dilation, bias=False),
        nn.BatchNorm1d(outputs),
        nn.ReLU(),
    )
