"""Chord clips: progressions in all keys, with bass, melody and drums in part of them, in mir_eval.chord's labels."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from ultralight_mir.annotations.chords import NO_CHORD, Chords
from ultralight_mir.corpora.synthetic import accompaniment as play
from ultralight_mir.corpora.synthetic.accompaniment import Span
from ultralight_mir.corpora.synthetic.excerpt import Excerpt
from ultralight_mir.corpora.synthetic.harmony import Chord, progression
from ultralight_mir.corpora.synthetic.midi import SAMPLE_RATE, Note, Part
from ultralight_mir.corpora.synthetic.randomise import randomise
from ultralight_mir.corpora.synthetic.sources import Deck, belonging_to
from ultralight_mir.corpora.synthetic.tuning import render_tuned

STREAM = 3
"""Of random numbers: no other corpus draws these."""
# General MIDI programs with plain harmonic tones, in family order
COMPING = (
    *(0, 1, 2, 3, 4, 5, 6, 7, 11, 12, 15, 16, 17, 18, 19, 20, 21, 23, 24, 25, 26, 27, 29, 30, 46, 48, 49, 50),
    *(51, 52, 54, 61, 62, 63, 80, 81, 88, 89, 90, 94, 99, 105, 107),
)
BASSES = (32, 33, 34, 35, 36, 37, 38, 39, 43, 58)
MELODIES = (
    *(0, 4, 11, 21, 22, 24, 26, 27, 29, 30, 40, 41, 42, 53, 56, 57, 59, 60, 64, 65, 66, 68, 69, 71, 73, 74, 75),
    *(79, 80, 81, 82, 85, 110, 111),
)
KITS = (0, 8, 16, 24, 25, 32, 40, 48)
NOISES = (121, 122, 125, 126)
SHORTEST, LONGEST = 12.0, 20.0
"""Seconds of a clip."""
DETUNING = 30.0
"""Cents by which a clip is out of tune at most, either way."""


def excerpts(split: str, count: int, random: np.random.Generator) -> Iterator[Excerpt]:
    """Yield `count` clips of a split, 12…20 s each; group = the preset that plays the chords."""
    presets, keys = Deck(belonging_to(split, COMPING), random), Deck(range(24), random)
    for _ in range(count):
        yield _clip(split, presets.draw(), keys.draw(), random)


def _clip(split: str, preset: int, key: int, random: np.random.Generator) -> Excerpt:
    tonic, mode = key % 12, ("major", "minor")[key // 12]
    duration = round(random.uniform(SHORTEST, LONGEST), 1)
    spans = _spans(tonic, mode, duration, random)
    parts = _parts(split, preset, spans, tonic, mode, random)
    samples = render_tuned(parts, duration, random.uniform(-DETUNING, DETUNING))
    samples = randomise(samples, SAMPLE_RATE, random)
    return Excerpt(samples, SAMPLE_RATE, annotation(spans), Chords.suffix, "", f"program-{preset:03d}")


def annotation(spans: Sequence[Span]) -> str:
    """The text of a `.lab` file."""
    labels = [NO_CHORD if span.chord is None else span.chord.label for span in spans]
    return Chords(np.array([(span.start, span.end) for span in spans]), tuple(labels)).text(delimiter="\t")


def _spans(tonic: int, mode: str, duration: float, random: np.random.Generator) -> list[Span]:
    """Chords from 0 to `duration` without a gap, in one tempo; in part of the clips some of it without chord."""
    beat = 60.0 / random.uniform(60.0, 160.0)
    usual = float(random.choice([1.0, 2.0, 2.0, 4.0, 4.0]))
    while usual * beat < 0.5:
        usual *= 2
    colour = random.uniform(0.2, 0.6) if random.random() < 0.3 else 0.04
    chords: list[Chord | None] = [*progression(tonic, mode, 48, colour, random)]
    roughly = int(duration / usual / beat)
    silent = set(random.integers(0, max(2, roughly), 1 + (roughly >= 6))) if random.random() < 0.4 else set()
    spans: list[Span] = []
    start, number = 0.0, 0
    while start < duration - 1e-6:
        beats = usual * float(random.choice([0.5, 1.0, 1.0, 1.0, 1.0, 2.0])) if usual * beat >= 1.0 else usual
        end = start + beats * beat
        end = duration if duration - end < 0.3 else end
        spans.append(Span(start, min(end, duration), beat, None if number in silent else chords[number % len(chords)]))
        start, number = end, number + 1
    return spans


def _parts(
    split: str, preset: int, spans: Sequence[Span], tonic: int, mode: str, random: np.random.Generator
) -> list[Part]:
    """Who plays: chords always; bass, a second comping, melody and drums each in part of the clips."""

    def one(pool: Sequence[int]) -> int:
        return int(random.choice(belonging_to(split, pool)))

    def loud(low: int, high: int) -> int:
        return int(random.integers(low, high))

    bass = random.random() < 0.75
    parts = [Part(preset, play.comp(spans, loud(43, 62), not bass, loud(60, 115), random))]
    if bass:
        parts.append(Part(one(BASSES), play.walk_bass(spans, loud(60, 115), random)))
    if random.random() < 0.35:
        parts.append(Part(one(COMPING), play.comp(spans, loud(50, 65), False, loud(40, 100), random)))
    if random.random() < 0.6:
        parts.append(Part(one(MELODIES), play.sing_over(spans, tonic, mode, loud(50, 115), random)))
    drums, pauses = random.random() < 0.5, random.random() < 0.4
    if drums:
        beaten = [span for span in spans if not (pauses and span.chord is None)]
        parts.append(Part(int(random.choice(KITS)), play.beat_drums(beaten, loud(50, 115), random), is_drum=True))
    if random.random() < 0.4:
        parts.append(Part(int(random.choice(NOISES)), _noise(spans, loud(30, 100), random)))
    return parts


def _noise(spans: Sequence[Span], velocity: int, random: np.random.Generator) -> list[Note]:
    pitch = int(random.integers(40, 80))
    return [Note(s.start, s.end - s.start, pitch, velocity) for s in spans if s.chord is None]
