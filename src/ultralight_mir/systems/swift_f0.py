"""SwiftF0, whose wheel brings its weights."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ultralight_mir.annotations.f0 import F0
from ultralight_mir.systems.base import System

VOICED = 0.5
"""Its confidence from which a frame is voiced, as its authors calibrated it."""


class SwiftF0(System):
    """A small CNN on a spectrogram, run by onnxruntime."""

    name = "swift_f0"
    task = "pitch"
    about = "SwiftF0 (Nieradzik, 2025, arXiv 2508.18440)"
    parameters = 29_861  # weights in the graph of version 0.3.0; the paper's network had 95,842
    bytes = 135_090
    needs = ("swift_f0",)

    def __init__(self) -> None:
        super().__init__()
        from swift_f0 import SwiftF0 as Detector

        self._detector = Detector(threads=1)

    def estimate(self, samples: NDArray[np.float32], sample_rate: int) -> F0:
        """A row every 16 ms, negative where it is taken for unvoiced."""
        found = self._detector.detect(samples, sample_rate)
        return F0(found.timestamps, np.where(found.confidence >= VOICED, found.pitch_hz, -found.pitch_hz))
