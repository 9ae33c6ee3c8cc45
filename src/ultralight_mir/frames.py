"""Frames: when they are, and what kinds of input networks take."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

KINDS = ("spectral", "waveform")
"""What goes into a network: frames × bins, or samples. A feature is of one kind, and so is a network."""


def centres(frames: int, hop: int, sample_rate: int, first: int = 0) -> NDArray[np.float64]:
    """Centres of `frames` frames from `first` on, in seconds, `[frames]`: frame i is at i · hop / sample_rate."""
    return np.asarray(np.arange(first, first + frames) * (hop / sample_rate), np.float64)
