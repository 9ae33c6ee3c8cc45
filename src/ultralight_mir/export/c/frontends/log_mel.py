"""Log-mel spectrograms."""

from __future__ import annotations

from ultralight_mir.export.c.frontends.banks import Bank, Front, strong
from ultralight_mir.features.base import Feature


def log_mel(feature: Feature) -> Front:
    """`features.log_mel`, but for rounding."""
    import librosa

    settings, size = feature.settings, int(feature.settings["n_fft"])
    mel = librosa.filters.mel(
        sr=feature.sample_rate, n_fft=size, n_mels=feature.bins, fmin=settings["fmin"], fmax=settings["fmax"]
    )
    return Front(1000.0, [Bank("magnitudes", size, 0, [strong(row, 0.0) for row in mel])])
