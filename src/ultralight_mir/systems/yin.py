"""YIN, as librosa has it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ultralight_mir.annotations.f0 import F0
from ultralight_mir.frames import centres
from ultralight_mir.systems.base import System
from ultralight_mir.systems.pyin import HIGHEST_HZ, HOP_SECONDS, LOWEST_HZ


class Yin(System):
    """The period at which a frame differs least from itself; it does not tell voiced from unvoiced."""

    name = "yin"
    task = "pitch"
    about = "YIN (de Cheveigné & Kawahara, JASA 2002), librosa"

    def estimate(self, samples: NDArray[np.float32], sample_rate: int) -> F0:
        """A row every 10 ms, each taken for voiced."""
        import librosa

        hop = round(HOP_SECONDS * sample_rate)
        hertz = librosa.yin(samples, fmin=LOWEST_HZ, fmax=HIGHEST_HZ, sr=sample_rate, hop_length=hop)
        return F0(centres(len(hertz), hop, sample_rate), np.asarray(hertz, np.float64))
