"""Onsets by spectral flux, as librosa has it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ultralight_mir.annotations.events import Events
from ultralight_mir.systems.base import System

HOP_SECONDS = 0.01


class SpectralFlux(System):
    """Peaks of how much louder a mel spectrum gets, picked with librosa's settings."""

    name = "spectral_flux"
    task = "onset"
    about = "spectral flux with librosa's peak picker (McFee et al., SciPy 2015)"

    def estimate(self, samples: NDArray[np.float32], sample_rate: int) -> Events:
        """Onsets, to 10 ms."""
        import librosa

        hop = round(HOP_SECONDS * sample_rate)
        return Events(librosa.onset.onset_detect(y=samples, sr=sample_rate, hop_length=hop, units="time"))
