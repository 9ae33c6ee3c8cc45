"""Log-mel spectrograms."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor, nn

from ultralight_mir.export.frontends.fourier import magnitudes
from ultralight_mir.features.base import Feature


class LogMel(nn.Module):
    """`features.log_mel`, but for rounding.

    Args:
        feature: whose settings are `log_mel`'s.
    """

    bins: Tensor
    places: Tensor
    mel: Tensor

    def __init__(self, feature: Feature) -> None:
        import librosa

        super().__init__()
        settings = feature.settings
        self.size, self.hop = int(settings["n_fft"]), feature.hop
        mel = librosa.filters.mel(
            sr=feature.sample_rate,
            n_fft=self.size,
            n_mels=feature.bins,
            fmin=settings["fmin"],
            fmax=settings["fmax"],
        )
        heard = np.flatnonzero(mel.any(axis=0))
        self.register_buffer("bins", torch.from_numpy(heard).int()[:, None])
        self.register_buffer("places", torch.arange(self.size, dtype=torch.int32)[None])
        self.register_buffer("mel", torch.from_numpy(mel[:, heard].T.astype(np.float32)))

    def forward(self, samples: Tensor) -> Tensor:
        """`[1, samples]` → `[1, frames, bins]`."""
        heard = magnitudes(samples, self.bins, self.places, self.hop)
        return torch.log10(1.0 + 1000.0 * (heard @ self.mel))
