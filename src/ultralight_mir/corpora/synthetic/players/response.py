"""Responses of bodies, horns, cabinets and microphones: decibels over frequency."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ultralight_mir.corpora.synthetic.contour import Curve
from ultralight_mir.corpora.synthetic.midi import SAMPLE_RATE

SIZE = 2048
"""Of the transform on which responses are given."""
HERTZ: Curve = np.linspace(0.0, SAMPLE_RATE / 2, SIZE // 2 + 1)
"""Frequencies at which a response is given, `[SIZE / 2 + 1]`."""
OCTAVES: Curve = np.log2(np.maximum(HERTZ, 10.0))
"""Their binary logarithms."""


def flat() -> Curve:
    """0 dB everywhere."""
    return np.zeros(len(HERTZ))


def peak(hertz: float, decibels: float, width: float) -> Curve:
    """A bump of `decibels` at `hertz`, `width` octaves to where it has fallen to 1 / e."""
    bump: Curve = decibels * np.exp(-(((OCTAVES - np.log2(hertz)) / width) ** 2))
    return bump


def low_cut(hertz: float, slope: float) -> Curve:
    """Falls below `hertz` by `slope` dB an octave."""
    cut: Curve = -slope * np.maximum(np.log2(hertz) - OCTAVES, 0.0)
    return cut


def high_cut(hertz: float, slope: float) -> Curve:
    """Falls above `hertz` by `slope` dB an octave."""
    cut: Curve = -slope * np.maximum(OCTAVES - np.log2(hertz), 0.0)
    return cut


def ripple(deviation: float, spacing: float, random: np.random.Generator) -> Curve:
    """Random gains at points about `spacing` octaves apart: normal with `deviation` dB."""
    points = np.arange(np.log2(40.0), np.log2(SAMPLE_RATE / 2) + spacing, spacing)
    points = points + random.uniform(0.0, spacing)
    bent: Curve = np.interp(OCTAVES, points, random.normal(0.0, deviation, len(points)))
    return bent


def modes(low: float, high: float, spacing: float, deviation: float, random: np.random.Generator) -> Curve:
    """Peaks and dips between `low` and `high` Hz, about `spacing` Hz apart, as of a plate's modes: ± `deviation` dB."""
    points = np.cumsum(random.uniform(0.5, 1.5, int((high - low) / spacing) + 2) * spacing) + low
    heights = random.normal(0.0, deviation, len(points))
    heights[[0, -1]] = 0.0
    shape: Curve = np.interp(HERTZ, points, heights, left=0.0, right=0.0)
    return shape


def resonances(peaks: Sequence[tuple[float, float, float]]) -> Curve:
    """The sum of `peak`s given as (hertz, decibels, width)."""
    return np.sum([peak(*each) for each in peaks], axis=0, initial=0.0) + flat()
