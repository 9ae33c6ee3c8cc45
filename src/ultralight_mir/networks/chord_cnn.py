"""The chord network: convolutions over a constant-Q spectrogram, 15 frames of context, one chord a frame.

After Korzeniowski & Widmer, *A fully convolutional deep auditory model for musical chord recognition* (MLSP 2016), and
Carsault, Nika & Esling, *Using musical relationships between chord labels in automatic chord extraction tasks*
(ISMIR 2018), whose 15-frame window becomes convolution over time, so that a clip is run whole.
"""

from __future__ import annotations

from typing import ClassVar

from torch import Tensor, nn

CONTEXT = 15
"""Frames that one output sees."""


class ChordCnn(nn.Module):
    """3 × 3 convolutions on time × frequency, then one over all frequencies, then one over the rest of the context.

    Args:
        bins: of the constant-Q input, at least 4.
        outputs: classes.
        framewise: False averages the logits over time.
        hop: samples a frame; not used.
        width: channels of the first block; the wide layers have 8 times as many.
        depth: 3 × 3 convolutions, 2…6; frequency is halved after the second, channels double from the third on.
        dropout: share of the last layer's inputs that is dropped in training.

    Raises:
        ValueError: `depth` is not 2…6.
    """

    kind: ClassVar[str] = "spectral"

    def __init__(
        self, bins: int, outputs: int, framewise: bool, hop: int, width: int = 8, depth: int = 3, dropout: float = 0.3
    ) -> None:
        super().__init__()
        if not 2 <= depth <= 6:
            raise ValueError(f"chord_cnn: depth is {depth}, expected 2 to 6 ({CONTEXT} frames of context)")
        self.framewise = framewise
        self.norm = nn.BatchNorm1d(bins)
        self.local = nn.Sequential()
        channels = 1
        for layer in range(depth):
            wider = width if layer < 2 else 2 * width
            self.local.append(_conv2d(channels, wider))
            channels = wider
            if layer == 1:
                self.local.append(nn.MaxPool2d((1, 2)))
        self.across = _conv1d(channels * (bins // 2), 8 * width, 1)
        self.around = _conv1d(8 * width, 8 * width, CONTEXT - 2 * depth)
        self.classify = nn.Sequential(nn.Dropout(dropout), nn.Conv1d(8 * width, outputs, 1))

    def forward(self, x: Tensor) -> Tensor:
        """Constant-Q `[batch, frames, bins]` → logits `[batch, frames, outputs]` (or `[batch, outputs]`)."""
        x = self.norm(x.transpose(1, 2)).transpose(1, 2)
        x = self.local(x[:, None])
        x = self.across(x.permute(0, 1, 3, 2).flatten(1, 2))
        logits: Tensor = self.classify(self.around(x)).transpose(1, 2)
        return logits if self.framewise else logits.mean(dim=1)


def _conv2d(inputs: int, outputs: int) -> nn.Sequential:
    return nn.Sequential(nn.Conv2d(inputs, outputs, 3, padding=1, bias=False), nn.BatchNorm2d(outputs), nn.ReLU())


def _conv1d(inputs: int, outputs: int, frames: int) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv1d(inputs, outputs, frames, padding=frames // 2, bias=False), nn.BatchNorm1d(outputs), nn.ReLU()
    )
