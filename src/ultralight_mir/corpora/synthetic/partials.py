"""Harmonic sums: timbres that no sample set has, sustained or plucked, the fundamental strong or nearly absent."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ultralight_mir.corpora.synthetic import contour
from ultralight_mir.corpora.synthetic.contour import Curve, Event
from ultralight_mir.corpora.synthetic.midi import SAMPLE_RATE
from ultralight_mir.corpora.synthetic.randomise import Samples
from ultralight_mir.corpora.synthetic.voice import HOP

MOST = 24
"""Partials."""


def play(events: Sequence[Event], times: Curve, pitch: Curve, random: np.random.Generator) -> Samples:
    """Samples `[times · HOP]`, peak 1, of a new timbre that follows `pitch` (MIDI numbers at control frames)."""
    f0 = contour.to_hertz(pitch)
    fine = np.interp(np.arange(len(times) * HOP) / HOP, np.arange(len(times)), f0)
    phase = 2 * np.pi * np.cumsum(fine) / SAMPLE_RATE
    strengths = _spectrum(f0, random) * _envelopes(events, times, random)
    twice_cosine, now = 2.0 * np.cos(phase).astype(np.float32), np.sin(phase).astype(np.float32)
    before, sound = np.zeros(len(fine), np.float32), np.zeros(len(fine), np.float32)
    moments, knots = np.arange(len(fine), dtype=np.float32) / HOP, np.arange(len(times))
    for strength in strengths:
        if strength.any():
            sound += np.interp(moments, knots, strength).astype(np.float32) * now
        before, now = now, twice_cosine * now - before  # sin (k + 1) φ = 2 cos φ sin k φ − sin (k − 1) φ
    level = np.interp(moments, knots, contour.gate(events, times, 0.03, 0.05))
    breath = random.choice([0.0, random.uniform(0.002, 0.03)])
    sound += (breath * level * random.standard_normal(len(fine))).astype(np.float32)
    return (sound / (np.abs(sound).max() + 1e-9)).astype(np.float32)


def _spectrum(f0: Curve, random: np.random.Generator) -> Curve:
    """Amplitudes `[MOST, frames]`: a slope, random strengths, resonances fixed in Hz; none near Nyquist."""
    number = np.arange(1.0, MOST + 1)
    strength: Curve = number ** -random.uniform(0.3, 2.2) * np.exp(random.normal(0.0, 0.6, MOST))
    if random.random() < 0.2:
        strength[1::2] *= 10 ** (-random.uniform(10.0, 40.0) / 20)
    if random.random() < 0.4:
        strength[0] *= 10 ** (-random.uniform(5.0, 40.0) / 20)
    hertz = number[:, None] * f0
    shape: Curve = np.zeros_like(hertz)
    for _ in range(int(random.integers(1, 4))):
        centre, width = np.exp(random.uniform(np.log(200.0), np.log(4000.0))), random.uniform(0.2, 1.0)
        shape += random.uniform(0.3, 2.0) * np.exp(-((np.log(hertz / centre) / width) ** 2))
    shape = np.exp(shape)
    amplitudes: Curve = strength[:, None] * shape * (hertz < 0.46 * SAMPLE_RATE)
    return amplitudes


def _envelopes(events: Sequence[Event], times: Curve, random: np.random.Generator) -> Curve:
    """Loudness `[MOST, frames]`: plucked (high partials die first) or sustained with a slow swell."""
    number = np.arange(1, MOST + 1)[:, None]
    if random.random() < 0.5:
        sustained = contour.gate(events, times, random.uniform(0.005, 0.1), random.uniform(0.01, 0.2))
        return np.broadcast_to(sustained * np.exp(contour.wander(times, 3.0, 0.2, random)), (MOST, len(times)))
    lasting, spread = random.uniform(0.15, 1.5), random.uniform(0.0, 1.2)
    starts = np.array([e.start for e in events])
    since = times - starts[np.maximum(np.searchsorted(starts, times, side="right") - 1, 0)]
    level = contour.gate(events, times, 0.004, random.uniform(0.02, 0.2))
    decaying: Curve = level * np.exp(-np.maximum(since, 0.0) * number**spread / lasting)
    return decaying
