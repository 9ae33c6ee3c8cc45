"""Constant-Q spectrograms (librosa)."""

from __future__ import annotations

from functools import partial

import numpy as np

from ultralight_mir.features.base import Feature, Frames, Samples


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


def _feature(name: str, sample_rate: int, hop: int, fmin: float, bins: int, bins_per_octave: int) -> Feature:
    compute = partial(log_cqt, sample_rate=sample_rate, hop=hop, fmin=fmin, bins=bins, bins_per_octave=bins_per_octave)
    return Feature(name, "spectral", sample_rate, hop, bins, compute)


CQT_PITCH = _feature("cqt_pitch", 16_000, 160, 32.703, 264, 36)
"""100 frames a second, 36 bins an octave from C1 (fundamental frequency)."""
CQT_CHORD = _feature("cqt_chord", 22_050, 2048, 32.703, 144, 24)
"""10.8 frames a second, 24 bins an octave over six octaves from C1 (chords)."""
