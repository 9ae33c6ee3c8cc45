"""Variable-Q spectrograms, by filters in time."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from ultralight_mir.features.base import Feature


class Vqt(nn.Module):
    """`features.cqt.log_vqt` with its filters in time, whole.

    The feature cuts their spectra off where they are below a thousandth of their peak: up to 0.01 of difference where
    next to nothing sounds.

    Args:
        feature: whose settings are `log_vqt`'s.
    """

    def __init__(self, feature: Feature) -> None:
        import librosa

        super().__init__()
        settings = feature.settings
        step = int(settings["bins_per_octave"]) // 2
        centres = settings["fmin"] * 2.0 ** (np.arange(feature.bins) / settings["bins_per_octave"])
        filters, lengths = librosa.filters.wavelet(
            freqs=centres, sr=feature.sample_rate, gamma=settings["gamma"], norm=1
        )
        middle = filters.shape[1] // 2  # where a frame is centred
        self.hop = feature.hop
        self.halves: list[int] = []
        for first in range(0, feature.bins, step):  # by half octaves, as the high ones are short
            half = int(np.ceil(lengths[first] / 2)) + 1
            some = filters[first : first + step, middle - half : middle + half]
            parts = np.concatenate((some.real, some.imag))[:, None].astype(np.float32)
            self.register_buffer(f"filters{len(self.halves)}", torch.from_numpy(parts))
            self.halves.append(half)

    def forward(self, samples: Tensor) -> Tensor:
        """`[1, samples]` → `[1, frames, bins]`."""
        bands = []
        for number, half in enumerate(self.halves):
            padded = functional.pad(samples[:, None], (half, half))
            heard = functional.conv1d(padded, getattr(self, f"filters{number}"), stride=self.hop)
            real, imaginary = heard.chunk(2, dim=1)
            bands.append((real.square() + imaginary.square()).sqrt())
        return torch.log10(1.0 + 1000.0 * torch.cat(bands, dim=1).transpose(1, 2))
