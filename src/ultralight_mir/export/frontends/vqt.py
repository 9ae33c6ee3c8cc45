"""Variable-Q spectrograms, by filters in time."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor, nn

from ultralight_mir.export.frontends.filters import FilterBank
from ultralight_mir.features.base import Feature
from ultralight_mir.features.vqt import wavelets


class Vqt(nn.Module):
    """`features.vqt.log_vqt` with its filters in time, whole.

    The feature cuts their spectra off where they are below a thousandth of their peak: up to 0.05 of difference (in
    the mean 0.0005) where next to nothing sounds.

    Args:
        feature: whose settings are `log_vqt`'s.
    """

    def __init__(self, feature: Feature) -> None:
        super().__init__()
        step = int(feature.settings["bins_per_octave"]) // 2
        filters, lengths = wavelets(**feature.numbers)  # type: ignore[arg-type]  # all of them are floats to mypy
        middle = filters.shape[1] // 2  # where a frame is centred
        halves = np.ceil(lengths / 2).astype(int) + 1
        groups = (  # by half octaves, as the high ones are short
            filters[first : first + step, middle - halves[first] : middle + halves[first]]
            for first in range(0, feature.bins, step)
        )
        self.bank = FilterBank(groups, feature.hop)

    def forward(self, samples: Tensor) -> Tensor:
        """`[1, samples]` → `[1, frames, bins]`."""
        return torch.log10(1.0 + 1000.0 * self.bank(samples[:, None]))
