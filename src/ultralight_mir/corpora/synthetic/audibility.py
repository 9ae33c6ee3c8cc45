"""Which onsets can be heard: a note that begins under louder ones, or below the noise, nobody would mark."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

WINDOW = 512
"""Samples that a spectrum is taken over, 23 ms at 22,050 Hz."""
BANDS = 12
LOWEST = 60.0
"""Hz, where the first band begins; the bands are equally wide in octaves."""
RISE = 3.0
"""dB by which two bands must rise at an audible onset. By chance they do so at one in thirteen other moments of the
onset clips, and at one in four of steady white noise."""
FLOOR = -45.0
"""dB relative to the loudest band of the clip, below which nothing is heard."""


def audible(samples: NDArray[np.float32], sample_rate: int, onsets: Iterable[float]) -> list[float]:
    """Those of `onsets` (seconds) at which two bands of `samples` rise by `RISE` dB within 40 ms; in order.

    They must rise above the most of the 54 ms before: what is louder masks for a while (Zwicker & Fastl,
    *Psychoacoustics*, section 4.4).
    """
    times = np.array(sorted(set(onsets)))
    if not len(times):
        return []
    before = np.stack([_levels(samples, times - lag, sample_rate) for lag in (0.030, 0.042, 0.054)]).max(axis=0)
    after = np.stack([_levels(samples, times + lag, sample_rate) for lag in (-0.002, 0.008, 0.018)])
    floor = after.max() * 10 ** (FLOOR / 10)
    rises = np.sort(10 * np.log10((after + floor) / (before + floor)).max(axis=0), axis=1)
    return [float(time) for time in times[rises[:, -2] >= RISE]]


def _levels(samples: NDArray[np.float32], starts: NDArray[np.float64], sample_rate: int) -> NDArray[np.float64]:
    """Mean power in each band of the windows that begin at `starts` (seconds), `[windows, BANDS]`."""
    padded = np.pad(samples, (WINDOW, 2 * WINDOW))
    first = np.clip(np.round(starts * sample_rate).astype(int) + WINDOW, 0, len(padded) - WINDOW)
    windows = np.lib.stride_tricks.sliding_window_view(padded, WINDOW)[first] * np.hanning(WINDOW)
    power = np.square(np.abs(np.fft.rfft(windows, axis=1)))
    edges = np.geomspace(LOWEST, sample_rate / 2, BANDS + 1) * WINDOW / sample_rate
    lows = np.floor(edges[:-1]).astype(int)
    highs = np.maximum(lows + 1, np.ceil(edges[1:]).astype(int))
    return np.stack([power[:, low:high].mean(axis=1) for low, high in zip(lows, highs, strict=True)], axis=1)
