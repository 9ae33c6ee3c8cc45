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
        super().__init__()
        self.size, self.hop = int(feature.settings["n_fft"]), feature.hop
        mel = feature.filters["mel"]
        heard = np.flatnonzero(mel.any(axis=0))
        self.register_buffer("bins", torch.from_numpy(heard).int()[:, None])
        self.register_buffer("places", torch.arange(self.size, dtype=torch.int32)[None])
        self.register_buffer("mel", torch.from_numpy(mel[:, heard].T.astype(np.float32)))

    def forward(self, samples: Tensor) -> Tensor:
        """`[1, samples]` → `[1, frames, bins]`."""
        heard = magnitudes(samples, self.bins, self.places, self.hop)
        return torch.log10(1.0 + 1000.0 * (heard @ self.mel))
