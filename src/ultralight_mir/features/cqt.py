"""Constant-Q and variable-Q spectrograms (filters by librosa)."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from ultralight_mir.features.base import Feature, Frames, Samples
from ultralight_mir.pitch_scale import C1, PITCH_BINS

CHORD_BINS, CHORD_OCTAVES = 24, 6
"""Bins an octave of the feature that chords are read from, and how many octaves."""
NEGLIGIBLE = 1e-3
"""Part of a filter's peak response below which its spectrum is cut off."""


def log_cqt(samples: Samples, *, sample_rate: int, hop: int, fmin: float, bins: int, bins_per_octave: int) -> Frames:
    """Hybrid constant-Q magnitudes compressed as log10(1 + 100 · m), float32 `[frames, bins]`.

    `samples` `[samples]` at `sample_rate` Hz; frames are centred; `fmin` in Hz.
    """
    import librosa

    cqt = librosa.hybrid_cqt(
        samples, sr=sample_rate, hop_length=hop, fmin=fmin, n_bins=bins, bins_per_octave=bins_per_octave, tuning=0.0
    )
    compressed: Frames = np.log10(1.0 + 100.0 * np.abs(cqt.T)).astype(np.float32)
    return compressed


def log_vqt(
    samples: Samples, *, sample_rate: int, hop: int, fmin: float, bins: int, bins_per_octave: int, gamma: float
) -> Frames:
    """Variable-Q magnitudes compressed as log10(1 + 1000 · m), float32 `[frames, bins]`, about 0…3.

    `gamma` (Hz) widens every filter, so that the low ones stay short: constant Q would smear a bass note over a second
    (Schörkhuber et al., AES 2014). `samples` `[samples]` at `sample_rate` Hz; frames are centred; `fmin` in Hz.
    """
    bands, size = kernels(sample_rate, fmin, bins, bins_per_octave, gamma)
    count = 1 + len(samples) // hop
    windows = np.lib.stride_tricks.sliding_window_view(np.pad(samples, size // 2), size)[::hop]
    magnitudes = np.empty((count, bins), np.float32)
    for first in range(0, count, 1000):
        spectrum = np.fft.rfft(windows[first : first + 1000]).astype(np.complex64)
        for row, low, kernel in bands:
            part = np.abs(spectrum[:, low : low + kernel.shape[0]] @ kernel)
            magnitudes[first : first + 1000, row : row + kernel.shape[1]] = part
    compressed: Frames = np.log10(1.0 + 1000.0 * magnitudes)
    return compressed


@lru_cache(maxsize=4)
def kernels(
    sample_rate: int, fmin: float, bins: int, bins_per_octave: int, gamma: float
) -> tuple[list[tuple[int, int, NDArray[np.complex64]]], int]:
    """Filters in the frequency domain, by half octaves: (first bin, first FFT bin, `[FFT bins, bins]`); FFT size."""
    import librosa

    centres = fmin * 2.0 ** (np.arange(bins) / bins_per_octave)
    filters, _ = librosa.filters.wavelet(freqs=centres, sr=sample_rate, gamma=gamma, norm=1)
    size = filters.shape[1]
    # Parseval: the inner product with a filter in time is the one with its spectrum, and that is a narrow band.
    response = np.fft.fft(filters, axis=1)[:, : size // 2 + 1].conj().T / size
    bands = []
    for first in range(0, bins, max(1, bins_per_octave // 2)):
        some = response[:, first : first + max(1, bins_per_octave // 2)]
        strong = np.flatnonzero((np.abs(some) > NEGLIGIBLE * np.abs(some).max(axis=0)).any(axis=1))
        low, high = int(strong[0]), int(strong[-1]) + 1
        bands.append((first, low, np.ascontiguousarray(some[low:high], dtype=np.complex64)))
    return bands, size


CQT_PITCH = Feature(
    "cqt_pitch",
    "spectral",
    16_000,
    160,
    264,
    log_vqt,
    {"fmin": C1, "bins_per_octave": PITCH_BINS, "gamma": 8.0},
    reach=1024,
)
"""100 frames a second, from C1 to 5.2 kHz, filters 116 ms…10 ms long (fundamental frequency)."""
CQT_CHORD = Feature(
    "cqt_chord",
    "spectral",
    22_050,
    2048,
    CHORD_BINS * CHORD_OCTAVES,
    log_cqt,
    {"fmin": C1, "bins_per_octave": CHORD_BINS},
    reach=24_576,
)
"""10.8 frames a second, from C1 up (chords)."""
