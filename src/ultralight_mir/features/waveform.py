"""The raw waveform as a feature: 16 kHz samples, for networks that learn their own front end."""

from __future__ import annotations

from ultralight_mir.features.base import Feature, Frames, Samples


def _samples(samples: Samples, **_: float) -> Frames:
    return samples[:, None]


WAVEFORM = Feature("waveform", "waveform", 16_000, 160, 1, _samples, reach=0)
"""16 kHz, 10 ms hop (CREPE: Kim et al., ICASSP 2018)."""
