"""Peaks of an activation: found once, thresholded as often as one likes."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ultralight_mir.annotations.events import Times
from ultralight_mir.tasks.events import WINDOW, Counts

FLOOR = 0.02
"""Activation below which nothing is a peak, whatever the threshold."""
SPACING = 0.03
"""Seconds between two estimates, at least. A setting of the picker; how references are merged is another matter
(`annotations.events.MERGED`)."""
CANDIDATES = tuple(float(t) for t in np.round(np.linspace(0.04, 0.9, 44), 2))
"""Thresholds that are tried."""


@dataclass(frozen=True)
class Peaks:
    """`times` in seconds, in order, and the activations there, `heights` in 0…1; both `[peaks]`."""

    times: Times
    heights: NDArray[np.float64]

    def above(self, threshold: float) -> Times:
        """Times of the peaks that reach `threshold`."""
        return self.times[self.heights >= threshold]


def find_peaks(activation: NDArray[np.floating], times: Times) -> Peaks:
    """Local maxima of `activation` `[frames]` that are the highest within `SPACING` seconds.

    Each time is that of the parabola through the maximum and its two neighbours: events lie between frames.
    """
    if len(activation) < 2:
        return Peaks(np.zeros(0), np.zeros(0))
    wide = np.pad(activation.astype(np.float64), 1)
    left, middle, right = wide[:-2], wide[1:-1], wide[2:]
    at = np.flatnonzero((middle > left) & (middle >= right) & (middle >= FLOOR))
    curvature = left[at] - 2 * middle[at] + right[at]
    shift = np.clip(0.5 * (left[at] - right[at]) / np.minimum(curvature, -1e-9), -0.5, 0.5)
    shift[(at == 0) | (at == len(activation) - 1)] = 0.0
    return _spaced(Peaks(times[at] + shift * (times[1] - times[0]), middle[at]))


def _spaced(peaks: Peaks) -> Peaks:
    """Without the lower of two peaks closer than `SPACING`, highest first."""
    kept: list[float] = []  # in order of time, so that only its two neighbours can be too close to a candidate
    chosen = np.zeros(len(peaks.times), bool)
    for candidate in np.argsort(-peaks.heights, kind="stable"):
        time = float(peaks.times[candidate])
        place = bisect_left(kept, time)
        if all(abs(time - other) >= SPACING for other in kept[max(0, place - 1) : place + 1]):
            kept.insert(place, time)
            chosen[candidate] = True
    return Peaks(peaks.times[chosen], peaks.heights[chosen])


def matches(reference: Times, estimate: Times, window: float = WINDOW) -> Counts:
    """The size of the largest matching within `window` seconds, by one walk along both; equals mir_eval's, faster.

    Greedy is optimal here: on a line with equal windows, the earliest two that fit can always be paired.
    """
    first = second = matched = 0
    while first < len(reference) and second < len(estimate):
        ahead = estimate[second] - reference[first]
        if abs(ahead) <= window:
            matched += 1
        first += bool(ahead >= -window)
        second += bool(ahead <= window)
    return Counts(matched, len(estimate), len(reference))


def best_threshold(peaks: Sequence[Peaks], references: Sequence[Times]) -> float:
    """The candidate with the best F (`WINDOW`) of all clips' events together; the middle one where several are as good.

    That is what is scored (`events`): matches, estimates and references added up over the clips, F of the sums.
    """
    scores = [_pooled_f([matches(r, p.above(t)) for p, r in zip(peaks, references, strict=True)]) for t in CANDIDATES]
    best = np.flatnonzero(np.array(scores) >= max(scores) - 1e-9)
    return CANDIDATES[best[len(best) // 2]]


def _pooled_f(counts: Sequence[Counts]) -> float:
    total = sum(counts, Counts(0, 0, 0))
    return total.f_measure if total.defined else 0.0
