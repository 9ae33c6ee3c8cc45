"""CREPE (Kim, Salamon, Li, Bello, ICASSP 2018): pitch from 1,024 samples of waveform at a time."""

from __future__ import annotations

from typing import ClassVar

from torch import Tensor, nn
from torch.nn import functional

WINDOW = 1024
"""Samples a frame sees."""
CHANNELS = (32, 4, 4, 4, 8, 16)
"""Channels of the six layers at `width` 1; the published model has width 32, its "tiny" one width 4."""
KERNELS = (512, 64, 64, 64, 64, 64)


class Crepe(nn.Module):
    """Six strided convolutions over each frame, then one linear layer, framed inside `forward`.

    A frame is normalised to mean 0 and standard deviation 1, as published; each convolution is followed by ReLU,
    batch normalisation, maximum pooling by two and dropout, in that order.

    Args:
        bins: 1 (waveform).
        outputs: bins of pitch.
        framewise: must be True.
        hop: samples between two frames.
        width: factor on `CHANNELS`.
        depth: how many of the six layers are kept, from the first on (each halves what is left of the window).
        dropout: probability of a silenced value after each layer.

    Raises:
        ValueError: `framewise` is False, or `depth` is not 1…6.
    """

    kind: ClassVar[str] = "waveform"

    def __init__(
        self, bins: int, outputs: int, framewise: bool, hop: int, width: int = 2, depth: int = 6, dropout: float = 0.25
    ) -> None:
        super().__init__()
        if not framewise:
            raise ValueError("crepe gives one output a frame; it does not serve clip-wise tasks")
        if not 1 <= depth <= len(CHANNELS):
            raise ValueError(f"crepe has 1 to {len(CHANNELS)} layers, not {depth}")
        self.hop = hop
        self.layers = nn.Sequential()
        inputs, length = 1, WINDOW
        for index, (channels, kernel) in enumerate(zip(CHANNELS[:depth], KERNELS, strict=False)):
            stride = 4 if index == 0 else 1
            self.layers.append(_layer(inputs, channels * width, kernel, stride, dropout))
            inputs, length = channels * width, length // stride // 2
        self.pitch = nn.Linear(inputs * length, outputs)

    def forward(self, x: Tensor) -> Tensor:
        """Waveform `[batch, samples]` → logits `[batch, samples // hop, outputs]`; frame i is centred at i · hop."""
        frames = x.shape[1] // self.hop
        padded = functional.pad(x, (WINDOW // 2, WINDOW // 2))
        windows = padded.unfold(1, WINDOW, self.hop)[:, :frames].flatten(0, 1)
        centred = windows - windows.mean(dim=1, keepdim=True)
        level = centred.square().mean(dim=1, keepdim=True).sqrt()
        made = self.layers((centred / level.clamp(min=1e-5))[:, None])
        logits: Tensor = self.pitch(made.flatten(1)).unflatten(0, (x.shape[0], frames))
        return logits


def _layer(inputs: int, outputs: int, kernel: int, stride: int, dropout: float) -> nn.Sequential:
    # "Same" padding of an even kernel: one sample more behind than before.
    before = (kernel - stride) // 2
    return nn.Sequential(
        nn.ConstantPad1d((before, kernel - stride - before), 0.0),
        nn.Conv1d(inputs, outputs, kernel, stride=stride),
        nn.ReLU(),
        nn.BatchNorm1d(outputs),
        nn.MaxPool1d(2),
        nn.Dropout(dropout),
    )
