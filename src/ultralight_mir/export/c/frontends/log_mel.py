"""Log-mel spectrograms."""

from __future__ import annotations

from ultralight_mir.export.c.frontends.banks import Bank, Front, strong
from ultralight_mir.features.base import Feature


def log_mel(feature: Feature) -> Front:
    """`features.log_mel`, but for rounding."""
    rows = [strong(row, 0.0) for row in feature.filters["mel"]]
    return Front(1000.0, [Bank("magnitudes", int(feature.settings["n_fft"]), 0, rows)])
