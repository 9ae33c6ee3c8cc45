"""One track beside another."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Samples = NDArray[np.float32]


def add(track: Samples, other: Samples, decibels: float) -> Samples:
    """`track` and `other`, `[samples]` each, `other` that much louder (RMS); a silent one adds nothing."""
    level = 10 ** (decibels / 20) * _rms(track) / (_rms(other) + 1e-9)
    return np.asarray(track + level * other, np.float32)


def _rms(samples: Samples) -> float:
    return float(np.sqrt(np.square(samples).mean()))
