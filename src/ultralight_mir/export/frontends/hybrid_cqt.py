"""librosa's hybrid constant-Q transform."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from ultralight_mir.export.frontends.filters import magnitude
from ultralight_mir.export.frontends.fourier import magnitudes
from ultralight_mir.features.base import Feature
from ultralight_mir.features.cqt import octave_scale, slower

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
        self._set_high(feature.filters["high"])
        self.halvings = halvings(feature)
        for number, taps in enumerate(self.halvings.filters):
            self.register_buffer(f"taps{number}", torch.from_numpy(taps)[None, None])
        # The product with a spectrum is one in time, with a filter as long as the transform.
        filters = np.fft.fft(self.halvings.spectra, n=self.halvings.size, axis=1)
        parts = np.concatenate((filters.real, filters.imag))[:, None].astype(np.float32)
        self.register_buffer("octave", torch.from_numpy(parts))

    def _set_high(self, weights: NDArray[np.float32]) -> None:
        self.size = 2 * self.hop
        heard = np.flatnonzero(weights.any(axis=0))
        self.register_buffer("bins", torch.from_numpy(heard).int()[:, None])
        self.register_buffer("places", torch.arange(self.size, dtype=torch.int32)[None])
        self.register_buffer("weights", torch.from_numpy(weights[:, heard].T.copy()))

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
                band = octave_scale(octave) * magnitude(heard)[:, : high.shape[1]]
                bands.insert(0, band[:, :, -told.counts[octave] :])
        return torch.log10(1.0 + 100.0 * torch.cat(bands, dim=2))


def halvings(feature: Feature) -> Halvings:
    """How a feature's low bins are found (`librosa.vqt`)."""
    from scipy import signal

    bank = feature.filters
    early, octaves = int(bank["early"]), len(bank["counts"])
    first = [
        signal.firwin(taps, 0.5, window=("kaiser", BETA)).astype(np.float32) for taps in FIRST[: max(0, early - 1)]
    ]
    return Halvings(
        (*first, *[halving()] * (early + octaves - 1 - len(first))),
        early,
        bank["low"],
        2 * bank["low"].shape[1],
        tuple(int(count) for count in bank["counts"]),
    )


@lru_cache(maxsize=1)
def halving() -> NDArray[np.float32]:
    """The taps that librosa's resampler halves a rate with, found by an impulse at an even place and at an odd one."""
    half = 512
    taps = np.empty(2 * half + 1)
    for place in (0, 1):
        impulse = np.zeros(4 * half)
        impulse[2 * half + place] = 1.0
        answer = slower(impulse, 2)
        times = 2 * np.arange(len(answer)) - 2 * half - place
        near = np.abs(times) <= half
        taps[times[near] + half] = answer[near]
    taps = (taps + taps[::-1]) / 2  # but for rounding it is the same backwards
    cut = np.flatnonzero(np.abs(taps) > FAINT * np.abs(taps).max())[0]
    return taps[cut : len(taps) - cut].astype(np.float32)
