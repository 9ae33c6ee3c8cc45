"""A fully convolutional network for events in time, on log-mel spectrograms.

After Schlüter & Böck, *Improved musical onset detection with convolutional neural networks* (ICASSP 2014): small
two-dimensional convolutions that see a whole neighbourhood, then layers over all that is left of the frequency axis.
Their 15-frame window becomes convolution over time, so that a clip is run whole, and frequency is halved by strides
early, which costs a tenth of theirs.
"""

from __future__ import annotations

from typing import ClassVar

from torch import Tensor, nn


class SpectralCnn(nn.Module):
    """Log-mel `[batch, frames, bins]` → logits `[batch, frames, outputs]`.

    Args:
        bins: of the input, at least 8.
        outputs: classes.
        framewise: False averages the logits over time.
        hop: samples a frame; not used.
        width: channels of the first block; the second has 2, the third 3, the layers over time 6 times as many.
        depth: layers over time after the fold (dilation 1, 2, 4, …); each sees three frames.
    """

    kind: ClassVar[str] = "spectral"

    def __init__(self, bins: int, outputs: int, framewise: bool, hop: int, width: int = 12, depth: int = 3) -> None:
        super().__init__()
        self.framewise = framewise
        self.norm = nn.BatchNorm1d(bins)
        self.local = nn.Sequential(_local(1, width), _local(width, 2 * width), _local(2 * width, 3 * width))
        rows = -(-bins // 8)
        self.temporal = nn.Sequential()
        channels = 3 * width * rows
        for layer in range(depth):
            self.temporal.append(_temporal(channels, 6 * width, 2**layer))
            channels = 6 * width
        self.classify = nn.Conv1d(channels, outputs, 1)

    def forward(self, x: Tensor) -> Tensor:
        """Log-mel `[batch, frames, bins]` → logits `[batch, frames, outputs]` (or `[batch, outputs]`)."""
        x = self.norm(x.transpose(1, 2)).transpose(1, 2)
        x = self.local(x[:, None])
        x = self.temporal(x.transpose(2, 3).flatten(1, 2))
        logits: Tensor = self.classify(x).transpose(1, 2)
        return logits if self.framewise else logits.mean(dim=1)


def _local(inputs: int, outputs: int) -> nn.Sequential:
    convolution = nn.Conv2d(inputs, outputs, 3, stride=(1, 2), padding=1, bias=False)
    return nn.Sequential(convolution, nn.BatchNorm2d(outputs), nn.ReLU())


def _temporal(inputs: int, outputs: int, dilation: int) -> nn.Sequential:
    convolution = nn.Conv1d(inputs, outputs, 3, padding=dilation, dilation=dilation, bias=False)
    return nn.Sequential(convolution, nn.BatchNorm1d(outputs), nn.ReLU())
