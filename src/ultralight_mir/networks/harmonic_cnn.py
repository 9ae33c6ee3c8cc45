"""A light pitch network on the constant-Q spectrum: harmonics stacked as channels, convolutions along log-frequency."""

from __future__ import annotations

import math
from typing import ClassVar

import torch
from torch import Tensor, nn
from torch.nn import functional

from ultralight_mir.pitch_scale import PITCH_BINS, SEMITONES

RARE = -4.0
"""Initial bias of the logits: few bins are active at a time, and training need not find that out."""
FOLD = PITCH_BINS // SEMITONES
"""Input bins a semitone: the first convolution's stride."""


class HarmonicCnn(nn.Module):
    """Shifting the log-frequency axis by log2 h puts the h-th harmonic of every pitch on one row.

    So stacked (Bittner et al., ISMIR 2017; in the network instead of the feature: Bittner et al., ICASSP 2022), small
    kernels see a whole harmonic series, and the same weights serve every pitch. A local branch works at every frame
    and semitone; a context branch at a quarter of the frames and half the rows, where most of the weights are.
    Frequency stays a spatial axis up to the output: `outputs` / rows logits a semitone, laid side by side.

    Args:
        bins: of the CQT input, 36 an octave.
        outputs: bins of pitch from the input's lowest frequency up; a whole number a semitone.
        framewise: must be True.
        hop: samples a frame; not used.
        width: channels of the local branch; the context branch has twice as many.
        depth: convolutions of the context branch.
        harmonics: which to stack; 0.5 is an octave below.
        octaves: that `outputs` span.

    Raises:
        ValueError: `framewise` is False, or `outputs` is no multiple of the semitones.
    """

    kind: ClassVar[str] = "spectral"

    def __init__(
        self,
        bins: int,
        outputs: int,
        framewise: bool,
        hop: int,
        width: int = 16,
        depth: int = 2,
        harmonics: tuple[float, ...] = (0.5, 1, 2, 3, 4, 5, 6, 7),
        octaves: int = 6,
    ) -> None:
        super().__init__()
        if not framewise:
            raise ValueError("harmonic_cnn gives one output a frame; it does not serve clip-wise tasks")
        self.rows = SEMITONES * octaves
        if outputs % self.rows:
            raise ValueError(f"{outputs} outputs over {octaves} octaves, expected a multiple of {self.rows}")
        self.shifts = [round(PITCH_BINS * math.log2(h)) for h in harmonics]
        self.norm = nn.BatchNorm2d(1, affine=False)  # nothing to learn before the stack: no gradient goes through it
        self.stack = _block(len(harmonics), width, kernel=(1, 7), stride=(1, FOLD), padding=(0, 2))
        self.local = _block(width, width, kernel=(3, 3), padding=(1, 1))
        self.context = nn.Sequential(_block(width, 2 * width, kernel=(5, 5), stride=(4, 2), padding=(2, 2)))
        for _ in range(depth - 1):
            self.context.append(_block(2 * width, 2 * width, kernel=(3, 5), padding=(1, 2)))
        # A 1 × 1 convolution of both, side by side: the context's part is computed where it is small.
        self.merge_local = nn.Conv2d(width, width, 1, bias=False)
        self.merge_context = nn.Conv2d(2 * width, width, 1, bias=False)
        self.merged = nn.Sequential(nn.BatchNorm2d(width), nn.ReLU())
        self.pitch = nn.Conv2d(width, outputs // self.rows, (1, 3), padding=(0, 1))
        nn.init.constant_(self.pitch.bias, RARE)  # type: ignore[arg-type]

    def forward(self, x: Tensor) -> Tensor:
        """CQT `[batch, frames, bins]` → logits `[batch, frames, outputs]`."""
        x = self.stack(self._harmonics(self.norm(x[:, None])))
        frames = x.shape[2]
        context = _repeated(self.merge_context(self.context(x)), 4, 2)[:, :, :frames]
        x = self.merged(self.merge_local(self.local(x)) + context)
        logits: Tensor = self.pitch(x).permute(0, 2, 3, 1).flatten(2)
        return logits

    def _harmonics(self, x: Tensor) -> Tensor:
        """`[batch, 1, frames, bins]` → `[batch, harmonics, frames, rows · FOLD]`, zero beyond the input's edges."""
        span = self.rows * FOLD
        below = max(0, -min(self.shifts))
        above = max(0, max(self.shifts) + span - x.shape[3])
        padded = functional.pad(x, (below, above))
        return torch.cat([padded[..., below + s : below + s + span] for s in self.shifts], dim=1)


def _repeated(x: Tensor, times: int, rows: int) -> Tensor:
    """Every value of `[batch, channels, frames, rows]` `times` times in time and `rows` times in frequency."""
    return functional.interpolate(x, scale_factor=(times, rows), mode="nearest")


def _block(
    inputs: int,
    outputs: int,
    kernel: tuple[int, int],
    stride: tuple[int, int] = (1, 1),
    padding: tuple[int, int] = (0, 0),
) -> nn.Sequential:
    convolution = nn.Conv2d(inputs, outputs, kernel, stride=stride, padding=padding, bias=False)
    return nn.Sequential(convolution, nn.BatchNorm2d(outputs), nn.ReLU())
