"""librosa's hybrid constant-Q transform."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from ultralight_mir.export.frontends.filters import magnitude
from ultralight_mir.export.frontends.fourier import magnitudes
from ultralight_mir.features.base import Feature

SPARSITY = 0.01
"""librosa's: how much of a filter's spectrum, the weakest part, is left out."""
FIRST = (23, 31)
"""Taps of the filters before the first halvings, which keep a quarter of what there is, or less, and need not be
librosa's."""
BETA = 12.3
"""Of their Kaiser windows: 120 dB, as librosa's."""
BEYOND = 128
"""Samples of the highest octave's copy on either side of the recording, as many as the filters before it reach."""
FAINT = 1e-6
"""Part of its largest tap below which librosa's halving filter is cut off."""


@dataclass(frozen=True)
class Halvings:
    """How the low bins are read off ever slower copies of the recording, an octave a copy.

    Attributes:
        filters: taps, an odd number, of the filter before each halving of the rate; the last ones are librosa's.
        early: halvings before the highest octave.
        spectra: `[bins of an octave, size // 2]`, what an octave's spectra are weighed with: the same for each.
        size: of an octave's Fourier transform, whose window is all ones.
        counts: bins of each octave, from the highest on; where they are fewer than `spectra`, the last of those.
    """

    filters: tuple[NDArray[np.float32], ...]
    early: int
    spectra: NDArray[np.complex64]
    size: int
    counts: tuple[int, ...]

    def scale(self, octave: int) -> float:
        """What magnitudes of an octave are multiplied by."""
        return float(np.sqrt(2.0**octave))


class HybridCqt(nn.Module):
    """`features.cqt.log_cqt`: librosa's hybrid constant-Q transform, but for 1e-3 (0.05 in the last frames, as
    librosa's resampler may leave out its last sample).

    The high bins are magnitudes of a Fourier transform, weighed; the low ones are read off ever slower copies of the
    recording, as librosa does. Its early halvings are one resampling there and several here.

    Args:
        feature: whose settings are `log_cqt`'s.
    """

    bins: Tensor
    places: Tensor
    weights: Tensor
    octave: Tensor

    def __init__(self, feature: Feature) -> None:
        super().__init__()
        self.hop = feature.hop
        bins, low = split(feature)
        self._set_high(feature.sample_rate, bins[low:])
        self.halvings = halvings(feature)
        for number, taps in enumerate(self.halvings.filters):
            self.register_buffer(f"taps{number}", torch.from_numpy(taps)[None, None])
        # The product with a spectrum is one in time, with a filter as long as the transform.
        filters = np.fft.fft(self.halvings.spectra, n=self.halvings.size, axis=1)
        parts = np.concatenate((filters.real, filters.imag))[:, None].astype(np.float32)
        self.register_buffer("octave", torch.from_numpy(parts))

    def _set_high(self, sample_rate: int, bins: NDArray[np.floating]) -> None:
        import librosa

        self.size = 2 * self.hop
        widths: Any = librosa.filters._relative_bandwidth(freqs=bins)
        filters, lengths = librosa.filters.wavelet(freqs=bins, sr=sample_rate, alpha=widths)
        spectra = np.fft.fft(filters * (lengths[:, None] / self.size), n=self.size)[:, : self.size // 2 + 1]
        weights = np.abs(librosa.util.sparsify_rows(spectra, quantile=SPARSITY).toarray()) / np.sqrt(self.size)
        heard = np.flatnonzero(weights.any(axis=0))
        self.register_buffer("bins", torch.from_numpy(heard).int()[:, None])
        self.register_buffer("places", torch.arange(self.size, dtype=torch.int32)[None])
        self.register_buffer("weights", torch.from_numpy(weights[:, heard].T.astype(np.float32)))

    def forward(self, samples: Tensor) -> Tensor:
        """`[1, samples]` → `[1, frames, bins]`."""
        high = magnitudes(samples, self.bins, self.places, self.hop) @ self.weights
        told = self.halvings
        # The early halvings are one in librosa: what the first of them give beyond the ends is heard by the last.
        bands, stream = [high], functional.pad(samples[:, None], (BEYOND << told.early, BEYOND << told.early))
        for number in range(1 + len(told.filters)):
            if number:
                taps = getattr(self, f"taps{number - 1}")
                stream = functional.conv1d(functional.pad(stream, (taps.shape[2] // 2,) * 2), taps, stride=2)
            if number == told.early:
                stream = stream[:, :, BEYOND : stream.shape[2] - BEYOND]
            if (octave := number - told.early) >= 0:
                padded = functional.pad(stream, (told.size // 2, told.size // 2))
                heard = functional.conv1d(padded, self.octave, stride=self.hop >> number)
                band = told.scale(octave) * magnitude(heard)[:, : high.shape[1]]
                bands.insert(0, band[:, :, -told.counts[octave] :])
        return torch.log10(1.0 + 100.0 * torch.cat(bands, dim=2))


def split(feature: Feature) -> tuple[NDArray[np.floating], int]:
    """A feature's bins in Hz, and how many of them are low: read off slower copies."""
    import librosa

    per_octave = int(feature.settings["bins_per_octave"])
    bins = librosa.cqt_frequencies(feature.bins, fmin=feature.settings["fmin"], bins_per_octave=per_octave)
    widths = librosa.filters._relative_bandwidth(freqs=bins)
    lengths, _ = librosa.filters.wavelet_lengths(freqs=bins, sr=feature.sample_rate, alpha=widths)
    return bins, int((2.0 ** np.ceil(np.log2(lengths)) >= 2 * feature.hop).sum())


def halvings(feature: Feature) -> Halvings:
    """How a feature's low bins are found (`librosa.vqt`)."""
    import librosa
    from scipy import signal

    bins, low = split(feature)
    per_octave, rate = int(feature.settings["bins_per_octave"]), feature.sample_rate
    octaves = -(-low // per_octave)
    widths = librosa.filters._relative_bandwidth(freqs=bins[:low])
    lengths, highest = librosa.filters.wavelet_lengths(freqs=bins[:low], sr=rate, alpha=widths)
    twos = (feature.hop & -feature.hop).bit_length() - 1
    early = max(0, min(int(np.ceil(np.log2(rate / 2 / highest))) - 2, twos - octaves + 1))
    top: Any = slice(max(0, low - per_octave), low)
    slower = rate / 2**early
    filters, own = librosa.filters.wavelet(freqs=bins[top], sr=slower, alpha=widths[top])
    size = filters.shape[1]
    spectra = np.fft.fft(filters * (own[:, None] / size), axis=1)[:, : size // 2 + 1]
    kept = librosa.util.sparsify_rows(spectra, quantile=SPARSITY).toarray()[:, :-1] * 2.0**early
    first = [
        signal.firwin(taps, 0.5, window=("kaiser", BETA)).astype(np.float32) for taps in FIRST[: max(0, early - 1)]
    ]
    return Halvings(
        (*first, *[halving()] * (early + octaves - 1 - len(first))),
        early,
        (kept / np.sqrt(lengths[top, None])).astype(np.complex64),
        size,
        tuple(min(per_octave, low - per_octave * octave) for octave in range(octaves)),
    )


@lru_cache(maxsize=1)
def halving() -> NDArray[np.float32]:
    """The taps that librosa's resampler halves a rate with, found by an impulse at an even place and at an odd one."""
    import librosa

    half = 512
    taps = np.empty(2 * half + 1)
    for place in (0, 1):
        impulse = np.zeros(4 * half)
        impulse[2 * half + place] = 1.0
        answer = librosa.resample(impulse, orig_sr=2, target_sr=1, res_type="soxr_hq")
        times = 2 * np.arange(len(answer)) - 2 * half - place
        near = np.abs(times) <= half
        taps[times[near] + half] = answer[near]
    taps = (taps + taps[::-1]) / 2  # but for rounding it is the same backwards
    cut = np.flatnonzero(np.abs(taps) > FAINT * np.abs(taps).max())[0]
    return taps[cut : len(taps) - cut].astype(np.float32)
