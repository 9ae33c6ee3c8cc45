"""CREPE: fundamental frequency from 1,024 samples at a time.

Kim, Salamon, Li & Bello, *CREPE: a convolutional representation for pitch estimation* (ICASSP 2018). Published at
width 32 (22 million parameters); the frames are cut inside `forward`, so that it takes whole segments.
"""

from __future__ import annotations

from typing import ClassVar

from torch import Tensor, nn

FRAME = 1024
"""Samples that one output sees."""
MULTIPLES = (32, 4, 4, 4, 8, 16)
"""Channels of the six layers, in multiples of the width."""


class Crepe(nn.Module):
    """Waveform at 16 kHz `[batch, samples]` → logits `[batch, samples // hop, outputs]`.

    Args:
        bins: 1.
        outputs: pitch bins (360).
        framewise: must be True.
        hop: samples between frames (160 = 10 ms).
        width: 32 as published, 4 for its "tiny" size.
        depth: of the six layers, how many.
        dropout: after each layer.

    Raises:
        ValueError: `framewise` is False, or `depth` is not 1 to 6.
    """

    kind: ClassVar[str] = "waveform"

    def __init__(
        self,
        bins: int,
        outputs: int,
        framewise: bool,
        hop: int,
        width: int = 4,
        depth: int = 6,
        dropout: float = 0.25,
    ) -> None:
        super().__init__()
        if not framewise:
            raise ValueError("crepe gives one output a frame; it does not serve clip-wise tasks")
        if not 1 <= depth <= len(MULTIPLES):
            raise ValueError(f"crepe: depth {depth}, expected 1 to {len(MULTIPLES)}")
        self.hop = hop
        self.layers, channels = nn.Sequential(), 1
        for layer, multiple in enumerate(MULTIPLES[:depth]):
            first = layer == 0
            self.layers.append(_layer(channels, multiple * width, 512 if first else 64, 4 if first else 1, dropout))
            channels = multiple * width
        self.classify = nn.Linear(channels * (FRAME // 4 >> depth), outputs)

    def forward(self, x: Tensor) -> Tensor:
        """Waveform `[batch, samples]` → logits `[batch, frames, outputs]`; frame i is centred at sample i · hop."""
        batch, frames = x.shape[0], x.shape[1] // self.hop
        cut = nn.functional.pad(x, (FRAME // 2, FRAME // 2)).unfold(1, FRAME, self.hop)[:, :frames]
        level = cut - cut.mean(dim=2, keepdim=True)
        level = level / (level.std(dim=2, keepdim=True) + 1e-5)
        hidden = self.layers(level.reshape(batch * frames, 1, FRAME))
        logits: Tensor = self.classify(hidden.flatten(1))
        return logits.reshape(batch, frames, -1)


def _layer(inputs: int, outputs: int, kernel: int, stride: int, dropout: float) -> nn.Sequential:
    before = (kernel - stride) // 2
    pad = nn.ConstantPad1d((before, kernel - stride - before), 0.0)
    convolution = nn.Conv1d(inputs, outputs, kernel, stride=stride)
    return nn.Sequential(pad, convolution, nn.ReLU(), nn.BatchNorm1d(outputs), nn.MaxPool1d(2), nn.Dropout(dropout))
