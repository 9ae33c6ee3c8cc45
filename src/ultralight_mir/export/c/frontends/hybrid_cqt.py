"""librosa's hybrid constant-Q transform."""

from __future__ import annotations

import numpy as np

from ultralight_mir.export.c.frontends.banks import Bank, Front, strong
from ultralight_mir.export.frontends.hybrid_cqt import HybridCqt
from ultralight_mir.features.base import Feature
from ultralight_mir.features.cqt import octave_scale


def hybrid_cqt(feature: Feature) -> Front:
    """The exported front end, `HybridCqt`, but for rounding, and but for where the recording ends."""
    whole = HybridCqt(feature)
    heard, weights, told = whole.bins[:, 0].numpy(), whole.weights.numpy(), whole.halvings
    spectrum = np.zeros((weights.shape[1], whole.size // 2 + 1), np.float32)
    spectrum[:, heard] = weights.T
    octave = [strong(row, 0.0) for row in told.spectra]
    banks, first_row = [], feature.bins - len(spectrum)
    banks.append(Bank("magnitudes", whole.size, first_row, [strong(row, 0.0) for row in spectrum]))
    for number, count in enumerate(told.counts):
        first_row -= count
        banks.append(Bank("complex", told.size, first_row, octave[-count:], told.early + number, octave_scale(number)))
    streams = [taps[len(taps) // 2 :] for taps in told.filters]
    return Front(100.0, banks, streams, -(-(feature.reach or 0) // feature.hop))
