"""pYIN, as librosa has it."""

from __future__ import annotations

import warnings

import numpy as np
from numpy.typing import NDArray

from ultralight_mir.annotations.f0 import F0
from ultralight_mir.frames import centres
from ultralight_mir.systems.base import System

LOWEST_HZ, HIGHEST_HZ = 65.4, 2_093.0
"""C2 to C7, as librosa's own example has it."""
HOP_SECONDS = 0.01


class Pyin(System):
    """A probabilistic YIN: many thresholds, then the most likely path."""

    name = "pyin"
    task = "pitch"
    about = "pYIN (Mauch & Dixon, ICASSP 2014), librosa"

    def estimate(self, samples: NDArray[np.float32], sample_rate: int) -> F0:
        """A row every 10 ms, negative where it is taken for unvoiced."""
        import librosa

        hop = round(HOP_SECONDS * sample_rate)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # librosa warns of silence
            hertz, voiced, _ = librosa.pyin(
                samples, fmin=LOWEST_HZ, fmax=HIGHEST_HZ, sr=sample_rate, hop_length=hop, fill_na=None
            )
        times = centres(len(hertz), hop, sample_rate)
        return F0(times, np.asarray(np.where(voiced, hertz, -hertz), np.float64))
