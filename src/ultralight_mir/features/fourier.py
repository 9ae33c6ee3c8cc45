"""Short-time Fourier transforms, in constant memory."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from ultralight_mir.features.base import Samples

BLOCK = 2**19
"""Samples of all frames that are transformed at a time, together."""


def spectra(
    samples: Samples, size: int, hop: int, window: NDArray[np.float32] | None = None
) -> Iterator[NDArray[np.complex64]]:
    """The spectra `[some frames, size // 2 + 1]` of frames that are centred at multiples of `hop`, in order.

    What lies beyond the recording is silence: so many frames, one more than hops, are as `librosa.stft` gives.

    Args:
        samples: `[samples]`.
        size: of a frame, in samples, even.
        window: `[size]`; left out, all ones.
    """
    frames = np.lib.stride_tricks.sliding_window_view(np.pad(samples, size // 2), size)[::hop]
    for first in range(0, len(frames), step := max(1, BLOCK // size)):
        some = frames[first : first + step]
        yield np.fft.rfft(some if window is None else some * window).astype(np.complex64, copy=False)


@lru_cache(maxsize=8)
def hann(size: int) -> NDArray[np.float32]:
    """The periodic Hann window, `[size]`."""
    window: NDArray[np.float32] = (0.5 - 0.5 * np.cos(2 * np.pi * np.arange(size) / size)).astype(np.float32)
    return window
