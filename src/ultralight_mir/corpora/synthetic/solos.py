"""Solo phrases of one instrument: melodies with vibrato, slides and drift; chords; a singing voice."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ultralight_mir.corpora.synthetic import accompaniment, contour
from ultralight_mir.corpora.synthetic.accompaniment import Span
from ultralight_mir.corpora.synthetic.bending import play_bent
from ultralight_mir.corpora.synthetic.harmony import progression
from ultralight_mir.corpora.synthetic.midi import SAMPLE_RATE, Note, Part
from ultralight_mir.corpora.synthetic.randomise import Samples
from ultralight_mir.corpora.synthetic.tuning import render_tuned
from ultralight_mir.corpora.synthetic.voice import (
    VOWELS,
    Singer,
    articulate,
    control_times,
    draw_singer,
    neutral,
    phonate,
)

LEAD_IN = 0.8
"""Seconds at most that a phrase has been going on when its clip begins."""
SMALLEST_WOMAN = 1.06
"""Vocal tract (formants relative to an adult man's) from which a voice counts as a woman's."""


def play_melody(program: int, low: float, high: float, duration: float, random: np.random.Generator) -> Samples:
    """One voice between the MIDI numbers `low` and `high`, bent as players bend notes: `[duration · SAMPLE_RATE]`."""
    skip = random.uniform(0.0, LEAD_IN)
    events = contour.melody(duration + LEAD_IN, low, high, random, rests=random.uniform(0.0, 0.15))
    samples, _ = play_bent(program, events, duration + LEAD_IN, random)
    return cut(samples, skip, duration)


def play_chords(program: int, low: float, high: float, duration: float, random: np.random.Generator) -> Samples:
    """Chords in some style, in half of the clips with a melody above: `[duration · SAMPLE_RATE]`."""
    skip, beat = random.uniform(0.0, LEAD_IN), 60.0 / random.uniform(60.0, 150.0)
    tonic, mode = int(random.integers(12)), str(random.choice(["major", "minor"]))
    chords = progression(tonic, mode, 16, 0.4, random)
    length = float(random.choice([1.0, 2.0, 4.0])) * beat
    starts = np.arange(0.0, duration + skip, length)
    spans = [Span(float(t), float(t) + length, beat, chord) for t, chord in zip(starts, chords * 4, strict=False)]
    lowest = int(random.integers(int(low), max(int(low) + 1, int(high) - 19)))
    notes = accompaniment.comp(spans, lowest, True, int(random.integers(45, 115)), random)
    if random.random() < 0.5:
        notes += accompaniment.sing_over(spans, tonic, mode, int(random.integers(60, 120)), random)
    samples = render_tuned([Part(program, notes)], duration + skip, random.uniform(-40.0, 40.0))
    return cut(samples, skip, duration)


def play_power_chords(program: int, low: float, high: float, duration: float, random: np.random.Generator) -> Samples:
    """Root, fifth and often octave in riffs, as electric guitars play them: `[duration · SAMPLE_RATE]`."""
    skip, step = random.uniform(0.0, LEAD_IN), random.uniform(0.12, 0.6)
    roots = [int(p) for p in random.integers(int(low), int(low) + 15, 3)]
    tones: Sequence[int] = (0, 7, 12) if random.random() < 0.6 else (0, 7)
    length = step * random.uniform(0.4, 1.1)
    times = np.arange(0.0, duration + skip, step)
    velocity = int(random.integers(70, 120))
    notes = [
        Note(float(t), length, root + tone, velocity)
        for t, root in zip(times, random.choice(roots, len(times)), strict=True)
        for tone in tones
        if root + tone <= high
    ]
    return cut(render_tuned([Part(program, notes)], duration + skip, random.uniform(-40.0, 40.0)), skip, duration)


def draw_woman(random: np.random.Generator) -> Singer:
    """A random singer with a woman's vocal tract."""
    while (singer := draw_singer(random)).tract < SMALLEST_WOMAN:
        continue
    return singer


def sing(singer: Singer, duration: float, random: np.random.Generator) -> Samples:
    """A phrase on vowels in the singer's own voice, with vibrato: `[duration · SAMPLE_RATE]`."""
    skip = random.uniform(0.0, LEAD_IN)
    times = control_times(duration + LEAD_IN)
    events = contour.melody(duration + LEAD_IN, singer.low, singer.high, random, rests=0.1, shortest=0.3)
    pitch = contour.glide(events, times, random.uniform(0.03, 0.12)) + contour.wander(times, 5.0, 0.06, random)
    pitch += contour.vibrato(events, times, singer.vibrato_rate, singer.vibrato_extent * random.uniform(0, 1), random)
    loudness = contour.gate(events, times, random.uniform(0.02, 0.12), random.uniform(0.03, 0.15))
    loudness *= np.exp(contour.wander(times, 2.0, 0.25, random))
    vowels = [(event.start, str(random.choice(list(VOWELS)))) for event in events]
    controls = neutral(singer, times, pitch, loudness, articulate(singer, vowels, times, pitch))
    return cut(phonate(controls, random), skip, duration)


def cut(samples: Samples, skip: float, duration: float) -> Samples:
    """`duration` seconds from `skip` on, with silence after the end."""
    first, length = round(skip * SAMPLE_RATE), round(duration * SAMPLE_RATE)
    cut = np.zeros(length, np.float32)
    piece = samples[first : first + length]
    cut[: len(piece)] = piece
    return cut
