"""Log-mel spectrograms (librosa)."""

from __future__ import annotations

import numpy as np

from ultralight_mir.features.base import Feature, Frames, Samples


def log_mel(samples: Samples, *, sample_rate: int, n_fft: int, hop: int, bins: int, fmin: float, fmax: float) -> Frames:
    """Mel magnitudes compressed as log10(1 + 1000 · m), float32 `[frames, bins]`, about 0…4.

    `samples` `[samples]` at `sample_rate` Hz; frames are centred; `fmin`, `fmax` in Hz.
    """
    import librosa

    mel = librosa.feature.melspectrogram(
        y=samples, sr=sample_rate, n_fft=n_fft, hop_length=hop, n_mels=bins, fmin=fmin, fmax=fmax, power=1.0
    )
    compressed: Frames = np.log10(1.0 + 1000.0 * mel.T).astype(np.float32)
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
)
"""69 frames a second, for what a clip sounds like (instrument, singing technique)."""
