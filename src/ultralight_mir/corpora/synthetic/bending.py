"""Presets of the sound font, played in equal temperament and bent afterwards: exact f0 for sampled instruments."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from ultralight_mir.corpora.synthetic import contour
from ultralight_mir.corpora.synthetic.contour import Curve, Event
from ultralight_mir.corpora.synthetic.midi import SAMPLE_RATE, Note, Part, render
from ultralight_mir.corpora.synthetic.randomise import Samples
from ultralight_mir.corpora.synthetic.voice import CONTROL_RATE, HOP, control_times

WIDEST = 2.6
"""Semitones that a clip is bent at most; what is rendered is longer by as much."""


def play_bent(
    program: int, events: Sequence[Event], duration: float, random: np.random.Generator
) -> tuple[Samples, Curve]:
    """Samples `[duration · SAMPLE_RATE]` and f0 in Hz at the control frames (that of the last note, also in rests).

    The rendering is read along a warped clock that runs 2^(bend / 12) times as fast: pitch and speed change together,
    as on a tape, and f0 is the note's times that factor.
    """
    times = control_times(duration)
    semitones = np.clip(bend(events, times, random), -WIDEST, WIDEST)
    velocities = np.clip(random.normal(90, 15, len(events)), 40, 127).astype(int)
    notes = [Note(e.start, e.duration, round(e.pitch), int(v)) for e, v in zip(events, velocities, strict=True)]
    samples, clock = read_bent(lambda length: render([Part(program, notes)], length), semitones)
    starts = np.array([n.start for n in notes])
    sounding = np.maximum(np.searchsorted(starts, clock, side="right") - 1, 0)
    f0 = contour.to_hertz(np.array([n.pitch for n in notes], float)[sounding]) * 2.0 ** (semitones / 12.0)
    return samples, f0


def read_bent(renders: Callable[[float], Samples], semitones: Curve) -> tuple[Samples, Curve]:
    """What `renders(seconds)` gives, bent by `semitones` `[frames]`: `[frames · HOP]`; and its clock, `[frames]`."""
    speed = 2.0 ** (semitones / 12.0)
    clock = np.concatenate(([0.0], np.cumsum(speed)[:-1])) / CONTROL_RATE
    count = len(semitones)
    rendered = renders(float(clock[-1]) + 0.1)
    fine = np.interp(np.arange(count * HOP) / HOP, np.arange(count), clock) * SAMPLE_RATE
    return _read(rendered, fine), clock


def bend(events: Sequence[Event], times: Curve, random: np.random.Generator) -> Curve:
    """Semitones: tuning, drift, and on some clips vibrato and slides into notes as of a guitar or trombone."""
    bent = random.uniform(-0.5, 0.5) + contour.wander(times, 3.0, 0.04, random)
    if random.random() < 0.5:
        extent = random.uniform(0.1, 0.8)
        bent += contour.vibrato(events, times, random.uniform(3.5, 7.5), extent, random, delay=random.uniform(0.0, 0.3))
    if random.random() < 0.5:
        for event in events:
            if event.duration > 0.2 and random.random() < 0.4:
                late, long = random.uniform(0.0, 0.15), random.uniform(0.04, 0.25)
                way = np.clip((times - event.start - late) / long, 0.0, 1.0)
                back = np.clip((times - event.end + 0.05) / 0.05, 0.0, 1.0)
                bent += random.choice([-1.0, 1.0, 2.0]) * way * (1.0 - back)
    return bent


def _read(samples: Samples, places: Curve) -> Samples:
    """Catmull–Rom interpolation of `samples` at fractional `places`: linear would dull the top octave."""
    padded = np.pad(samples, (1, 3))
    whole = np.minimum(places.astype(np.int64), len(samples) - 1)
    t = (places - whole).astype(np.float32)
    a, b, c, d = (padded[whole + i] for i in range(4))
    read: Samples = b + 0.5 * t * (c - a + t * (2 * a - 5 * b + 4 * c - d + t * (3 * (b - c) + d - a)))
    return read
