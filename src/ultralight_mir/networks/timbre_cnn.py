"""A light CNN for what a clip sounds like: log-mel in, one row of logits a clip."""

from __future__ import annotations

from typing import ClassVar

import torch
from torch import Tensor, nn


class TimbreCnn(nn.Module):
    """Convolutions on log-mel, a temporal head for modulations, then mean and maximum over time.

    It sees two planes: the log-mel, and its deviation from the clip's mean spectrum, in which the equalisation of the
    recording is gone and what moves (vibrato, trill, attack) stands out. The maximum keeps what happens once in a
    clip, the mean what lasts; both are per channel, so every channel can be trimmed.

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
        self.level = nn.BatchNorm1d(bins)
        self.deviation = nn.BatchNorm1d(bins)
        # The first block halves the frame rate, so it looks five frames far: lips flap at up to half that rate.
        self.stem = nn.Sequential(
            _block(2, width, kernel=(5, 3), stride=(2, 2)),
            _block(width, 2 * width, kernel=(3, 3), stride=(1, 2)),
            _block(2 * width, 3 * width, kernel=(3, 3), stride=(2, 2)),
            _block(3 * width, 3 * width, kernel=(3, 3), stride=(1, 2)),
        )
        channels = 3 * width * -(-bins // 16)
        self.head = nn.Sequential()
        for layer in range(depth):
            self.head.append(_temporal(channels, 6 * width, dilation=2**layer))
            channels = 6 * width
        self.classify = nn.Linear(2 * channels, outputs)

    def forward(self, x: Tensor) -> Tensor:
        """Log-mel `[batch, frames, bins]` → logits `[batch, outputs]`."""
        x = x.transpose(1, 2)
        planes = torch.stack((self.level(x), self.deviation(x - x.mean(dim=2, keepdim=True))), dim=1)
        x = self.stem(planes.transpose(2, 3))
        x = self.head(x.permute(0, 1, 3, 2).flatten(1, 2))
        logits: Tensor = self.classify(torch.cat((x.mean(dim=2), x.amax(dim=2)), dim=1))
        return logits


def _block(inputs: int, outputs: int, kernel: tuple[int, int], stride: tuple[int, int]) -> nn.Sequential:
    padding = (kernel[0] // 2, kernel[1] // 2)
    convolution = nn.Conv2d(inputs, outputs, kernel, stride=stride, padding=padding, bias=False)
    return nn.Sequential(convolution, nn.BatchNorm2d(outputs), nn.ReLU())


def _temporal(inputs: int, outputs: int, dilation: int) -> nn.Sequential:
    convolution = nn.Conv1d(inputs, outputs, 3, padding=dilation, dilation=dilation, bias=False)
    return nn.Sequential(convolution, nn.BatchNorm1d(outputs), nn.ReLU())
