"""librosa's hybrid constant-Q transform."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from ultralight_mir.export.frontends.filters import FilterBank
from ultralight_mir.export.frontends.fourier import magnitudes
from ultralight_mir.features.base import Feature

SPARSITY = 0.01
"""librosa's: how much of a filter's spectrum, the weakest part, is left out of its high bins."""
FAINT = 3e-4
"""Part of a low filter's peak below which it is cut off."""


class HybridCqt(nn.Module):
    """`features.cqt.log_cqt`: librosa's hybrid constant-Q transform, but for 0.01 (more in the first and last second).

    The high bins are librosa's: magnitudes of a Fourier transform, weighed. The low ones it reads off ever slower
    copies of the recording; here off one copy, by the filters that this amounts to, which are found by sending impulses
    through it.

    Args:
        feature: whose settings are `log_cqt`'s.
    """

    bins: Tensor
    places: Tensor
    weights: Tensor
    slow: Tensor
    SLOWER = 16
    """How many times fewer samples the low bins are read off."""
    TAPS = 401
    """Of the filter before that: what lies above half the slower rate must not come down to the low bins."""

    def __init__(self, feature: Feature) -> None:
        import librosa

        super().__init__()
        self.hop, per_octave = feature.hop, int(feature.settings["bins_per_octave"])
        bins = librosa.cqt_frequencies(feature.bins, fmin=feature.settings["fmin"], bins_per_octave=per_octave)
        widths = librosa.filters._relative_bandwidth(freqs=bins)
        lengths, _ = librosa.filters.wavelet_lengths(freqs=bins, sr=feature.sample_rate, alpha=widths)
        low = int((2.0 ** np.ceil(np.log2(lengths)) >= 2 * self.hop).sum())
        self._set_high(feature.sample_rate, bins[low:])
        self._set_low(feature, low, per_octave)

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

    def _set_low(self, feature: Feature, count: int, per_octave: int) -> None:
        from scipy import signal

        settings = (feature.sample_rate, self.hop, feature.settings["fmin"], per_octave)
        responses = _responses(*settings, count, feature.reach or 0)[:, :: self.SLOWER] * self.SLOWER
        octaves = (responses[first : first + per_octave] for first in range(0, count, per_octave))
        self.bank = FilterBank(map(_without_ends, octaves), self.hop // self.SLOWER)
        cut = feature.sample_rate / self.SLOWER / 2
        slow = signal.firwin(self.TAPS, cut, fs=feature.sample_rate, window=("kaiser", 9.0))
        self.register_buffer("slow", torch.from_numpy(slow.astype(np.float32))[None, None])

    def forward(self, samples: Tensor) -> Tensor:
        """`[1, samples]` → `[1, frames, bins]`."""
        high = magnitudes(samples, self.bins, self.places, self.hop) @ self.weights
        slow = functional.conv1d(
            functional.pad(samples[:, None], (self.TAPS // 2, self.TAPS // 2)), self.slow, stride=self.SLOWER
        )
        low = self.bank(slow)[:, : high.shape[1]]
        return torch.log10(1.0 + 100.0 * torch.cat((low, high), dim=2))


def _without_ends(filters: NDArray[np.complex64]) -> NDArray[np.complex64]:
    """Filters cut off on either side of their middle, where all of them are `FAINT`."""
    middle = filters.shape[1] // 2
    strong = np.flatnonzero((np.abs(filters) > FAINT * np.abs(filters).max()).any(axis=0))
    half = max(middle - strong[0], strong[-1] + 1 - middle)
    return filters[:, middle - half : middle + half]


@lru_cache(maxsize=1)
def _responses(
    sample_rate: int, hop: int, fmin: float, per_octave: int, count: int, reach: int
) -> NDArray[np.complex64]:
    """What the lowest `count` bins of the constant-Q transform answer to an impulse, `[bins, samples]`, time reversed.

    The middle is where a frame is centred. The transform is the same for every frame, so that one impulse at each place
    between two frames tells all.
    """
    import librosa

    together, frames = 64, -(-reach // hop) + 2  # impulses at a time; frames on either side
    responses = np.zeros((count, 2 * frames * hop), np.complex64)
    for first in range(0, hop, together):
        impulses = np.zeros((together, (2 * frames + 1) * hop), np.float32)
        impulses[np.arange(together), frames * hop + first + np.arange(together)] = 1.0
        answers = librosa.cqt(
            impulses,
            sr=sample_rate,
            hop_length=hop,
            fmin=fmin,
            n_bins=count,
            bins_per_octave=per_octave,
            tuning=0.0,
        )
        for frame in range(1, 2 * frames + 1):
            place = (2 * frames - frame) * hop + first
            responses[:, place : place + together] = answers[:, :, frame].T
    return responses
