"""Frames: when they are, and what kinds of input networks take."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

KINDS = ("spectral", "waveform")
"""What goes into a network: frames × bins, or samples. A feature is of one kind, and so is a network."""


def centres(frames: int, hop: int, sample_rate: int) -> NDArray[np.float64]:
    """Centres of the first `frames` frames in seconds, `[frames]`: frame i is centred at i · hop / sample_rate."""
    return np.asarray(np.arange(frames) * (hop / sample_rate), np.float64)
