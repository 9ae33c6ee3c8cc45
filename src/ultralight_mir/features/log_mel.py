"""Log-mel spectrograms (filters by librosa)."""

from __future__ import annotations

import numpy as np

from ultralight_mir.features.banks import Bank, kept
from ultralight_mir.features.base import Feature, Frames, Samples
from ultralight_mir.features.fourier import hann, spectra


@kept
def mel(*, sample_rate: int, n_fft: int, bins: int, fmin: float, fmax: float, hop: int) -> Bank:
    """`mel` `[bins, n_fft // 2 + 1]`: triangles on Slaney's mel scale, of equal areas (`librosa.filters.mel`)."""
    import librosa

    return {"mel": librosa.filters.mel(sr=sample_rate, n_fft=n_fft, n_mels=bins, fmin=fmin, fmax=fmax)}


def log_mel(samples: Samples, *, sample_rate: int, n_fft: int, hop: int, bins: int, fmin: float, fmax: float) -> Frames:
    """Mel magnitudes compressed as log10(1 + 1000 · m), float32 `[frames, bins]`, about 0…4.

    `samples` `[samples]` at `sample_rate` Hz; frames are centred; `fmin`, `fmax` in Hz. The magnitudes are those of
    `librosa.feature.melspectrogram`, but for rounding.
    """
    bank = mel(sample_rate=sample_rate, n_fft=n_fft, bins=bins, fmin=fmin, fmax=fmax, hop=hop)
    weights = bank["mel"].T
    heard = [np.abs(some) @ weights for some in spectra(samples, n_fft, hop, hann(n_fft))]
    compressed: Frames = np.log10(1.0 + 1000.0 * np.concatenate(heard))
    return compressed


N_FFT = 1024
LOG_MEL = Feature(
    "log_mel",
    "spectral",
    22_050,
    220,
    80,
    log_mel,
    {"n_fft": N_FFT, "fmin": 27.5, "fmax": 11_025.0},
    reach=N_FFT // 2,
    bank=mel,
)
"""100.2 frames a second, for events in time (drums, onsets)."""
LOG_MEL_TIMBRE = Feature(
    "log_mel_timbre",
    "spectral",
    22_050,
    320,
    64,
    log_mel,
    {"n_fft": N_FFT, "fmin": 50.0, "fmax": 11_025.0},
    reach=N_FFT // 2,
    bank=mel,
)
"""69 frames a second, for what a clip sounds like (instrument, singing technique)."""
