"""Variable-Q spectrograms (filters by librosa)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ultralight_mir.features.banks import Bank, kept
from ultralight_mir.features.base import Feature, Frames, Samples
from ultralight_mir.features.fourier import spectra
from ultralight_mir.pitch_scale import C1, PITCH_BINS

NEGLIGIBLE = 1e-3
"""Part of a filter's peak response below which its spectrum is cut off."""


@kept
def variable_q(*, sample_rate: int, fmin: float, bins: int, bins_per_octave: int, gamma: float, hop: int) -> Bank:
    """Filters (`librosa.filters.wavelet`) in the frequency domain, by half octaves: `size` of the Fourier transform;
    `lows` `[half octaves]`, the first bin of a spectrum that each hears; `filters0` …, `[bins of it, filters]`."""
    filters, _ = wavelets(
        sample_rate=sample_rate, fmin=fmin, bins=bins, bins_per_octave=bins_per_octave, gamma=gamma, hop=hop
    )
    size = filters.shape[1]
    # Parseval: the inner product with a filter in time is the one with its spectrum, and that is a narrow band.
    response = np.fft.fft(filters, axis=1)[:, : size // 2 + 1].conj().T / size
    lows, bands = [], []
    step = max(1, bins_per_octave // 2)
    for first in range(0, bins, step):
        some = response[:, first : first + step]
        strong = np.flatnonzero((np.abs(some) > NEGLIGIBLE * np.abs(some).max(axis=0)).any(axis=1))
        lows.append(strong[0])
        bands.append(some[strong[0] : strong[-1] + 1].astype(np.complex64))
    named = {f"filters{number}": band for number, band in enumerate(bands)}
    return {"size": np.array(size), "lows": np.array(lows), **named}


def wavelets(
    *, sample_rate: int, fmin: float, bins: int, bins_per_octave: int, gamma: float, hop: int
) -> tuple[NDArray[np.complexfloating], NDArray[np.floating]]:
    """The filters in time `[bins, samples]`, centred, as librosa makes them, and their lengths in samples `[bins]`."""
    import librosa

    centres = fmin * 2.0 ** (np.arange(bins) / bins_per_octave)
    filters, lengths = librosa.filters.wavelet(freqs=centres, sr=sample_rate, gamma=gamma, norm=1)
    return filters, lengths


def bands_of(bank: Mapping[str, NDArray[Any]]) -> list[tuple[int, NDArray[np.complex64]]]:
    """The half octaves of `variable_q`, from the lowest on: the first bin that is heard, and the filters."""
    return [(int(low), bank[f"filters{number}"]) for number, low in enumerate(bank["lows"])]


def log_vqt(
    samples: Samples, *, sample_rate: int, hop: int, fmin: float, bins: int, bins_per_octave: int, gamma: float
) -> Frames:
    """Variable-Q magnitudes compressed as log10(1 + 1000 · m), float32 `[frames, bins]`, about 0…3.

    `gamma` (Hz) widens every filter, so that the low ones stay short: constant Q would smear a bass note over a second
    (Schörkhuber et al., AES 2014). `samples` `[samples]` at `sample_rate` Hz; frames are centred; `fmin` in Hz.
    """
    bank = variable_q(
        sample_rate=sample_rate, fmin=fmin, bins=bins, bins_per_octave=bins_per_octave, gamma=gamma, hop=hop
    )
    bands = bands_of(bank)
    heard = [
        np.concatenate([np.abs(some[:, low : low + len(band)] @ band) for low, band in bands], axis=1)
        for some in spectra(samples, int(bank["size"]), hop)
    ]
    compressed: Frames = np.log10(1.0 + 1000.0 * np.concatenate(heard))
    return compressed


CQT_PITCH = Feature(
    "cqt_pitch",
    "spectral",
    16_000,
    160,
    264,
    log_vqt,
    {"fmin": C1, "bins_per_octave": PITCH_BINS, "gamma": 8.0},
    reach=1024,
    bank=variable_q,
)
"""100 frames a second, from C1 to 5.2 kHz, filters 116 ms…10 ms long (fundamental frequency)."""
