"""Hybrid constant-Q spectrograms (filters by librosa)."""

from __future__ import annotations

from typing import Any

import numpy as np
import soxr
from numpy.typing import NDArray

from ultralight_mir.features.banks import Bank, kept
from ultralight_mir.features.base import Feature, Frames, Samples
from ultralight_mir.features.fourier import hann, spectra
from ultralight_mir.pitch_scale import C1

CHORD_BINS, CHORD_OCTAVES = 24, 6
"""Bins an octave of the feature that chords are read from, and how many octaves."""
SPARSITY = 0.01
"""librosa's: how much of a filter's spectrum, the weakest part, is left out."""


@kept
def hybrid_q(*, sample_rate: int, hop: int, fmin: float, bins: int, bins_per_octave: int) -> Bank:
    """Filters in the frequency domain, as `librosa.hybrid_cqt` makes them: of high bins, and of low ones.

    `high` `[high bins, hop + 1]`: what magnitudes of spectra (2 · hop samples, Hann window) are weighed with. The low
    bins are read off ever slower copies of the recording, an octave a copy: `low` `[bins of an octave, size // 2]`,
    what spectra of `size` samples are weighed with, the same for each octave; `early`, halvings of the rate before the
    highest octave; `counts` `[octaves]`, bins of each from the highest on, the last ones of `low` where they are fewer.
    """
    import librosa

    frequencies = librosa.cqt_frequencies(bins, fmin=fmin, bins_per_octave=bins_per_octave)
    widths = librosa.filters._relative_bandwidth(freqs=frequencies)
    lengths, _ = librosa.filters.wavelet_lengths(freqs=frequencies, sr=sample_rate, alpha=widths)
    split = int((2.0 ** np.ceil(np.log2(lengths)) >= 2 * hop).sum())
    high = frequencies[split:]
    spectra_ = _spectra_of_filters(high, sample_rate, librosa.filters._relative_bandwidth(freqs=high), 2 * hop)
    return {
        "high": (np.abs(spectra_) / np.sqrt(2 * hop)).astype(np.float32),
        **_octaves(frequencies[:split], bins_per_octave, sample_rate, hop),
    }


def _octaves(bins: NDArray[np.floating], bins_per_octave: int, sample_rate: int, hop: int) -> Bank:
    """How bins, in Hz, are read off slower copies (`librosa.vqt`)."""
    import librosa

    octaves = -(-len(bins) // bins_per_octave)
    widths = librosa.filters._relative_bandwidth(freqs=bins)
    lengths, highest = librosa.filters.wavelet_lengths(freqs=bins, sr=sample_rate, alpha=widths)
    twos = (hop & -hop).bit_length() - 1
    early = max(0, min(int(np.ceil(np.log2(sample_rate / 2 / highest))) - 2, twos - octaves + 1))
    top = slice(max(0, len(bins) - bins_per_octave), len(bins))
    spectra_ = _spectra_of_filters(bins[top], sample_rate / 2**early, widths[top]) * 2.0**early
    return {
        "low": (spectra_[:, :-1] / np.sqrt(lengths[top, None])).astype(np.complex64),
        "early": np.array(early),
        "counts": np.array([min(bins_per_octave, len(bins) - bins_per_octave * octave) for octave in range(octaves)]),
    }


def _spectra_of_filters(
    bins: NDArray[np.floating], sample_rate: float, widths: Any, size: int | None = None
) -> NDArray[np.complexfloating]:
    """`[bins, size // 2 + 1]`; `size` is the filters' own where it is left out."""
    import librosa

    filters, lengths = librosa.filters.wavelet(freqs=bins, sr=sample_rate, alpha=widths)
    size = size or filters.shape[1]
    whole = np.fft.fft(filters * (lengths[:, None] / size), n=size)[:, : size // 2 + 1]
    sparse: NDArray[np.complexfloating] = librosa.util.sparsify_rows(whole, quantile=SPARSITY).toarray()
    return sparse


def log_cqt(samples: Samples, *, sample_rate: int, hop: int, fmin: float, bins: int, bins_per_octave: int) -> Frames:
    """Hybrid constant-Q magnitudes compressed as log10(1 + 100 · m), float32 `[frames, bins]`.

    `samples` `[samples]` at `sample_rate` Hz; frames are centred; `fmin` in Hz. The magnitudes are those of
    `librosa.hybrid_cqt`, but for rounding.
    """
    bank = hybrid_q(sample_rate=sample_rate, hop=hop, fmin=fmin, bins=bins, bins_per_octave=bins_per_octave)
    weights = bank["high"].T
    bands = [np.concatenate([np.abs(some) @ weights for some in spectra(samples, 2 * hop, hop, hann(2 * hop))])]
    low, early = bank["low"].T, int(bank["early"])
    slow = slower(samples, 2**early)
    for octave, count in enumerate(bank["counts"]):
        if octave:
            slow = slower(slow, 2)
        hops = spectra(slow, 2 * len(low), hop >> (early + octave))
        band = np.concatenate([np.abs(some[:, :-1] @ low[:, -count:]) for some in hops])
        bands.insert(0, octave_scale(octave) * band)
    count = min(len(band) for band in bands)  # a slower copy may end a frame sooner
    compressed: Frames = np.log10(1.0 + 100.0 * np.concatenate([band[:count] for band in bands], axis=1))
    return compressed


def octave_scale(octave: int) -> float:
    """What magnitudes of an octave of `hybrid_q` are multiplied by, the highest being 0."""
    return float(np.sqrt(2.0**octave))


def slower(samples: NDArray[np.floating], times: int) -> NDArray[np.floating]:
    """Samples at the rate over `times`, the last one silent where the resampler leaves it out (`librosa.resample`)."""
    slow, count = soxr.resample(samples, times, 1), -(-len(samples) // times)
    return np.pad(slow[:count], (0, max(0, count - len(slow))))


CQT_CHORD = Feature(
    "cqt_chord",
    "spectral",
    22_050,
    2048,
    CHORD_BINS * CHORD_OCTAVES,
    log_cqt,
    {"fmin": C1, "bins_per_octave": CHORD_BINS},
    reach=24_576,
    bank=hybrid_q,
)
"""10.8 frames a second, from C1 up (chords)."""
