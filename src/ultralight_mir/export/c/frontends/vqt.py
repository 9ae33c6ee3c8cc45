"""Variable-Q spectrograms."""

from __future__ import annotations

import numpy as np

from ultralight_mir.errors import InputError
from ultralight_mir.export.c.frontends.banks import Bank, Front, Rows
from ultralight_mir.features.base import Feature
from ultralight_mir.features.vqt import bands_of

REAL = 1e-4
"""Part of a filter's peak that its imaginary part may be."""


def vqt(feature: Feature) -> Front:
    """`features.vqt.log_vqt`, but for rounding.

    Its filters are as long as a whole number of samples and one, and so are centred half a sample beside a sample. Of a
    spectrum that is turned by that much their own are real, which halves tables and work.
    """
    size = int(feature.filters["size"])
    rows: Rows = []
    for low, kernel in bands_of(feature.filters):
        places = low + np.arange(len(kernel))
        turned = kernel.T * np.exp(2j * np.pi * places * ((size / 2 + 0.5) / size))
        peaks = np.take_along_axis(turned, np.abs(turned).argmax(axis=1)[:, None], axis=1)
        turned *= peaks.conj() / np.abs(peaks)
        if np.abs(turned.imag).max() > REAL * np.abs(turned).max():
            raise InputError(f"feature '{feature.name}': filters that are not symmetric, expected them to be")
        # The spectrum is of frames that begin, not that are centred, at 0: every other bin is the other way round.
        rows += [(low, row) for row in (turned.real * (-1.0) ** places).astype(np.float32)]
    return Front(1000.0, [Bank("turned", size, 0, rows)])
