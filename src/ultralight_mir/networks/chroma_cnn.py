"""A light chord network: constant-Q in, folded into pitch classes, the same weights for all twelve roots.

A chord moved up by a semitone is the same chord: convolutions that run around the circle of pitch classes learn each
quality once, not twelve times (compare the tied weights of Humphrey & Bello, *Rethinking automatic chord recognition
with convolutional neural networks*, ICMLA 2012). The 15-frame context is that of `chord_cnn`.
"""

from __future__ import annotations

from typing import ClassVar

import torch
from torch import Tensor, nn
from torch.nn import functional

CONTEXT = 15
"""Frames that one output sees."""
SEMITONES = 12


class ChromaCnn(nn.Module):
    """3 × 3 convolutions on time × frequency; octaves become channels; circular convolution over pitch classes.

    Args:
        bins: of the constant-Q input, which starts at a C: whole octaves of 12 · `per_semitone` bins.
        outputs: 12 for each quality, by quality then root from C, and one for no chord.
        framewise: False averages the logits over time.
        hop: samples a frame; not used.
        width: channels of the first block.
        depth: 3 × 3 convolutions, 1…6.
        per_semitone: bins a semitone, pooled after the first convolution.

    Raises:
        ValueError: `bins`, `outputs` or `depth` is not as above.
    """

    kind: ClassVar[str] = "spectral"

    def __init__(
        self,
        bins: int,
        outputs: int,
        framewise: bool,
        hop: int,
        width: int = 8,
        depth: int = 3,
        per_semitone: int = 2,
        dropout: float = 0.1,
    ) -> None:
        super().__init__()
        if bins % (SEMITONES * per_semitone) or outputs % SEMITONES != 1 or not 1 <= depth <= 6:
            raise ValueError(
                f"chroma_cnn: {bins} bins, {outputs} outputs, depth {depth}; expected bins in whole octaves, "
                "outputs 12 a quality and one for no chord, depth 1 to 6"
            )
        self.framewise = framewise
        self.octaves = bins // (SEMITONES * per_semitone)
        self.local = nn.Sequential(nn.BatchNorm2d(1), _block(1, width, (3, 3)), nn.MaxPool2d((1, per_semitone)))
        for _ in range(depth - 1):
            self.local.append(_block(width, width, (3, 3)))
        wide = 4 * width
        self.around = _block(width * self.octaves, wide, (1, SEMITONES))
        self.along = _block(wide, wide, (CONTEXT - 2 * depth, 1))
        self.drop = nn.Dropout(dropout)
        self.chord = nn.Conv2d(wide, outputs // SEMITONES, 1)
        self.none = nn.Conv1d(wide, 1, 1)

    def forward(self, x: Tensor) -> Tensor:
        """Constant-Q `[batch, frames, bins]` → logits `[batch, frames, outputs]` (or `[batch, outputs]`)."""
        batch, frames, _ = x.shape
        x = self.local(x[:, None])
        x = x.unflatten(3, (self.octaves, SEMITONES)).transpose(2, 3).flatten(1, 2)
        x = self.around(functional.pad(x, (0, SEMITONES - 1, 0, 0), mode="circular"))
        x = self.drop(self.along(x))
        chords = self.chord(x).transpose(1, 2).reshape(batch, frames, -1)
        none = self.none(x.mean(dim=3)).transpose(1, 2)
        logits = torch.cat((chords, none), dim=2)
        return logits if self.framewise else logits.mean(dim=1)


def _block(inputs: int, outputs: int, kernel: tuple[int, int]) -> nn.Sequential:
    """Convolution over frames × pitch, same length where the kernel is odd (the pitch circle is padded outside)."""
    padding = tuple(k // 2 if k % 2 else 0 for k in kernel)
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, kernel, padding=padding, bias=False), nn.BatchNorm2d(outputs), nn.ReLU()
    )
