"""Pitch: melodies of one voice or instrument with an exact f0 at every 10 ms.

Three kinds of sound, each with tuning, glides, vibrato and drift: presets of the sound font (played in equal
temperament, then bent by resampling along a curve), harmonic sums (sustained or plucked, often with a weak
fundamental), and the source–filter voice. Between notes there is silence, breath and noise; in some clips other
instruments bleed in. Groups are presets, singers and timbres, the last two drawn for each clip: none is in two splits.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from scipy import signal

from ultralight_mir.annotations.f0 import F0
from ultralight_mir.corpora.synthetic import contour, partials, randomise, sung_text
from ultralight_mir.corpora.synthetic.bending import play_bent
from ultralight_mir.corpora.synthetic.contour import Curve
from ultralight_mir.corpora.synthetic.drum_patterns import Hit
from ultralight_mir.corpora.synthetic.excerpt import Excerpt
from ultralight_mir.corpora.synthetic.kits import Kits
from ultralight_mir.corpora.synthetic.midi import SAMPLE_RATE, Note, Part, render
from ultralight_mir.corpora.synthetic.mixing import add
from ultralight_mir.corpora.synthetic.randomise import Samples
from ultralight_mir.corpora.synthetic.sources import Deck, draw_seed, programs_of
from ultralight_mir.corpora.synthetic.techniques import TECHNIQUES
from ultralight_mir.corpora.synthetic.voice import articulate, control_times, draw_singer, neutral, phonate

STREAM = 2
"""Of random numbers: no other corpus draws these."""
DURATION = 6.0
"""Seconds a clip."""
ANNOTATION_HOP = 0.01
"""Seconds between rows of the annotation."""
SILENT_DB = -38.0
"""Level below the loudest moment of a clip from which on it counts as unvoiced."""
KINDS = {"preset": 0.45, "singer": 0.3, "timbre": 0.25}
"""Kind of sound → its share of the clips."""


@dataclass(frozen=True)
class Family:
    """Presets (General MIDI programs, 0-based) that are in tune within 10 cents, and their range as MIDI numbers."""

    programs: tuple[int, ...]
    low: int
    high: int


FAMILIES = (
    Family((24, 25, 26, 27, 28, 29, 30), 40, 80),
    Family((24, 25, 26, 27, 28, 29, 30), 40, 64),
    Family((32, 33, 34, 35, 36, 37), 28, 52),
    Family((40, 41, 42, 43, 45, 46, 110), 40, 84),
    Family((0, 2, 4, 5, 6, 7, 11), 36, 84),
    Family((56, 57, 58, 60, 61), 43, 80),
    Family((64, 65, 66, 67, 68, 69, 70, 71), 46, 84),
    Family((72, 73, 74, 75, 79), 58, 92),
    Family((53, 54, 80, 81, 82, 87), 40, 88),
    Family((105, 106, 107), 45, 80),
)
"""Guitars stand twice: once over their range, once for bass lines and riffs."""
BLEEDING = (0, 4, 24, 28, 32, 33, 36, 48, 50, 89)
"""Programs that are heard in the background."""


def excerpts(split: str, count: int, random: np.random.Generator) -> Iterator[Excerpt]:
    """`count` clips of a split, of every kind of sound."""
    presets = Deck(programs_of(split, sorted({p for family in FAMILIES for p in family.programs})), random)
    kits = Kits(split, random)
    makers = {"preset": _preset, "singer": _singer, "timbre": _timbre}
    for _ in range(count):
        kind = str(random.choice(list(KINDS), p=list(KINDS.values())))
        source = presets.draw() if kind == "preset" else draw_seed(random)
        samples, f0 = makers[kind](source, random)
        samples = samples / (np.abs(samples).max() + 1e-9)
        if random.random() < 0.35:
            samples = samples + _bleed(split, kits, random)
        text = F0(np.asarray(np.arange(len(f0)) * ANNOTATION_HOP, np.float64), f0).text(time_digits=3, hertz_digits=3)
        group = f"program-{source:03d}" if kind == "preset" else f"{kind}-{source:010x}"
        yield Excerpt(_record(samples, random), SAMPLE_RATE, text, F0.suffix, "", group)


def _preset(program: int, random: np.random.Generator) -> tuple[Samples, Curve]:
    families = [family for family in FAMILIES if program in family.programs]
    family = families[random.integers(len(families))]
    span = random.uniform(12.0, 24.0)
    low = random.uniform(family.low, max(family.low, family.high - span))
    events = contour.melody(DURATION, low, min(low + span, family.high), random)
    samples, f0 = play_bent(program, events, DURATION, random)
    return samples, _sampled(np.where(audible(samples, len(f0)), f0, 0.0))


def _singer(seed: int, random: np.random.Generator) -> tuple[Samples, Curve]:
    singer, times = draw_singer(np.random.default_rng(seed)), control_times(DURATION)
    events = contour.melody(DURATION, singer.low, singer.high, random)
    glides = random.uniform(0.02, random.uniform(0.05, 0.25), len(events))
    pitch = contour.glide(events, times, glides) + contour.wander(times, 5.0, 0.1, random) + random.uniform(-0.5, 0.5)
    loudness = contour.gate(events, times, random.uniform(0.02, 0.1), random.uniform(0.03, 0.15))
    loudness *= np.exp(contour.wander(times, 2.0, 0.2, random))
    vowels = sung_text.vowels(DURATION if random.random() < 0.7 else 0.0, random)
    controls = neutral(singer, times, pitch, loudness, articulate(singer, vowels, times, pitch))
    sung_text.add_consonants(controls, vowels, random)
    technique = str(
        random.choice(["straight", "vibrato", "breathy", "belt", "trill"], p=[0.35, 0.35, 0.12, 0.12, 0.06])
    )
    TECHNIQUES[technique](controls, singer, events, random)
    audible_voice = controls.loudness > 0.04
    return phonate(controls, random), _sampled(np.where(audible_voice, contour.to_hertz(controls.pitch), 0.0))


def _timbre(seed: int, random: np.random.Generator) -> tuple[Samples, Curve]:
    times = control_times(DURATION)
    low = random.uniform(28.0, 76.0)
    events = contour.melody(DURATION, low, min(low + random.uniform(10.0, 24.0), 94.0), random)
    slides = random.uniform(0.005, random.uniform(0.02, 0.3), len(events))
    pitch = contour.glide(events, times, slides) + random.uniform(-0.5, 0.5) + contour.wander(times, 4.0, 0.06, random)
    if random.random() < 0.5:
        pitch += contour.vibrato(events, times, random.uniform(4.0, 8.0), random.uniform(0.1, 1.0), random)
    samples = partials.play(events, times, pitch, np.random.default_rng(seed))
    f0 = contour.to_hertz(pitch)
    return samples, _sampled(np.where(audible(samples, len(f0)), f0, 0.0))


def audible(samples: Samples, frames: int) -> np.ndarray:
    """Whether each of `frames` control frames is within `SILENT_DB` of the loudest, bool `[frames]`."""
    hop = len(samples) / frames
    window = round(0.02 * SAMPLE_RATE)
    power = signal.oaconvolve(np.square(samples, dtype=np.float64), np.ones(window) / window, "same")
    level = power[np.minimum((np.arange(frames) * hop).astype(int), len(power) - 1)]
    return level > power.max() * 10 ** (SILENT_DB / 10)


def _sampled(f0: Curve) -> Curve:
    """From control frames to rows of the annotation."""
    moments = np.arange(0.0, DURATION - 1e-9, ANNOTATION_HOP)
    nearest = np.round(moments / DURATION * len(f0)).astype(int)
    rows: Curve = f0[np.minimum(nearest, len(f0) - 1)]
    return rows


def _record(samples: Samples, random: np.random.Generator) -> Samples:
    """Breath and hum between notes, microphone and room."""
    if random.random() < 0.7:
        samples = randomise.equalise(samples, SAMPLE_RATE, random)
    if random.random() < 0.3:
        samples = randomise.saturate(samples, random)
    if random.random() < 0.3:
        samples = randomise.compress(samples, SAMPLE_RATE, random)
    if random.random() < 0.5:
        samples = randomise.reverberate(samples, SAMPLE_RATE, random, longest=0.5)
    if random.random() < 0.7:
        samples = randomise.add_noise(samples, random, lowest=20.0)
    return randomise.set_level(samples, random)


def _bleed(split: str, kits: Kits, random: np.random.Generator) -> Samples:
    """Chords and drums, 18–45 dB below full scale."""
    program, root = int(random.choice(programs_of(split, BLEEDING))), int(random.integers(40, 60))
    starts = np.arange(random.uniform(0.0, 0.5), DURATION, random.uniform(0.3, 1.5))
    chords = [Note(s, 1.0, root + int(random.choice([0, 5, 7])) + i, 80) for s in starts for i in (0, 4, 7)]
    roles = ("kick", "snare", "closed", "open")
    beats = [Hit(float(s), roles[random.integers(len(roles))], 0.7) for s in np.arange(0.0, DURATION, 0.25)]
    other = add(render([Part(program, chords)], DURATION), kits.draw().play(beats, DURATION, random), 0.0)
    bled: Samples = other / (np.abs(other).max() + 1e-9) * 10 ** (-random.uniform(18.0, 45.0) / 20)
    return bled
