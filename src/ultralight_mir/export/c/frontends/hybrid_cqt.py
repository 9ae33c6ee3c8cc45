"""librosa's hybrid constant-Q transform."""

from __future__ import annotations

import numpy as np

from ultralight_mir.export.c.frontends.banks import Bank, Front, Rows, strong
from ultralight_mir.export.frontends.filters import FilterBank
from ultralight_mir.export.frontends.hybrid_cqt import HybridCqt
from ultralight_mir.features.base import Feature

SIZE = 2048
"""Of the Fourier transform of the slow stream, which the longest filters but fill."""
FAINT = 3e-4
"""Part of a low filter's peak response below which its spectrum is cut off."""


def hybrid_cqt(feature: Feature) -> Front:
    """The exported front end, `HybridCqt`, with its low filters as spectra: a twentieth of the weights."""
    whole = HybridCqt(feature)
    low = _low(whole.bank)
    heard, weights = whole.bins[:, 0].numpy(), whole.weights.numpy()
    spectrum = np.zeros((weights.shape[1], whole.size // 2 + 1), np.float32)
    spectrum[:, heard] = weights.T
    middle = whole.TAPS // 2
    return Front(
        100.0,
        [
            Bank("magnitudes", whole.size, len(low), [strong(row, 0.0) for row in spectrum]),
            Bank("complex", SIZE, 0, low, whole.SLOWER),
        ],
        whole.slow[0, 0].numpy()[middle:],
        -(-(feature.reach or 0) // feature.hop),
    )


def _low(bank: FilterBank) -> Rows:
    rows: Rows = []
    for number, half in enumerate(bank.halves):
        real, imaginary = np.split(getattr(bank, f"filters{number}").numpy()[:, 0], 2)
        kept = min(half, SIZE // 2)
        filters = (real + 1j * imaginary)[:, half - kept : half + kept]
        padded = np.pad(filters, ((0, 0), (SIZE // 2 - kept, SIZE // 2 - kept)))
        # Parseval: the product with a filter in time is the one with its spectrum, and that is a narrow band.
        spectra = np.fft.fft(padded.conj(), axis=1).conj()[:, : SIZE // 2] / SIZE
        rows += [strong(row.astype(np.complex64), FAINT) for row in spectra]
    return rows
