"""Chord clips: progressions in all keys, with bass, melody and drums in part of them, in mir_eval.chord's labels.

Chords are played on presets of the font or on drawn timbres; they, and the presets and kits of those who join in, are
of one split.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from ultralight_mir.annotations.chords import NO_CHORD, Chords
from ultralight_mir.corpora.synthetic import accompaniment as play
from ultralight_mir.corpora.synthetic.accompaniment import Span
from ultralight_mir.corpora.synthetic.drum_patterns import Hit
from ultralight_mir.corpora.synthetic.excerpt import Excerpt
from ultralight_mir.corpora.synthetic.harmony import Chord, progression
from ultralight_mir.corpora.synthetic.kits import Kit, Kits
from ultralight_mir.corpora.synthetic.midi import SAMPLE_RATE, Note, Part
from ultralight_mir.corpora.synthetic.mixing import add
from ultralight_mir.corpora.synthetic.note_players import Drawn, Player, Preset
from ultralight_mir.corpora.synthetic.randomise import Samples, randomise
from ultralight_mir.corpora.synthetic.sources import Deck, draw_seed, programs_of
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
NOISES = (121, 122, 125, 126)
DRAWN = 0.45
"""How often the chords are played on a drawn timbre."""
DRUMS = {35: "kick", 36: "kick", 37: "side", 38: "snare", 40: "snare", 42: "closed", 46: "open", 51: "ride"}
"""Key → the role in a kit."""
SHORTEST, LONGEST = 12.0, 20.0
"""Seconds of a clip."""
DETUNING = 30.0
"""Cents by which a clip is out of tune at most, either way."""


def excerpts(split: str, count: int, random: np.random.Generator) -> Iterator[Excerpt]:
    """Yield `count` clips of a split, 12…20 s each; group = what plays the chords."""
    presets, keys = Deck(programs_of(split, COMPING), random), Deck(range(24), random)
    kits = Kits(split, random)
    for _ in range(count):
        player = Drawn(draw_seed(random)) if random.random() < DRAWN else Preset(presets.draw())
        yield _clip(split, player, keys.draw(), kits, random)


def _clip(split: str, player: Player, key: int, kits: Kits, random: np.random.Generator) -> Excerpt:
    tonic, mode = key % 12, ("major", "minor")[key // 12]
    duration = round(random.uniform(SHORTEST, LONGEST), 1)
    spans = _spans(tonic, mode, duration, random)
    cents = random.uniform(-DETUNING, DETUNING)
    bass = random.random() < 0.75
    chords = play.comp(spans, _among(43, 62, random), not bass, _among(60, 115, random), random)
    parts = _parts(split, bass, spans, tonic, mode, random)
    samples = player.play(chords, duration, cents) + render_tuned(parts, duration, cents)
    if random.random() < 0.5:
        samples = add(samples, _drums(spans, duration, kits.draw(), random), random.uniform(-16.0, 3.0))
    samples = randomise(samples, SAMPLE_RATE, random)
    return Excerpt(samples, SAMPLE_RATE, annotation(spans), Chords.suffix, "", player.group)


def _among(low: int, high: int, random: np.random.Generator) -> int:
    return int(random.integers(low, high))


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
    split: str, bass: bool, spans: Sequence[Span], tonic: int, mode: str, random: np.random.Generator
) -> list[Part]:
    """Who joins in: bass as told; a second comping, melody and noise in pauses each in part of the clips."""

    def one(pool: Sequence[int]) -> int:
        return int(random.choice(programs_of(split, pool)))

    parts = []
    if bass:
        parts.append(Part(one(BASSES), play.walk_bass(spans, _among(60, 115, random), random)))
    if random.random() < 0.35:
        parts.append(
            Part(one(COMPING), play.comp(spans, _among(50, 65, random), False, _among(40, 100, random), random))
        )
    if random.random() < 0.6:
        parts.append(Part(one(MELODIES), play.sing_over(spans, tonic, mode, _among(50, 115, random), random)))
    if random.random() < 0.4:
        parts.append(Part(one(NOISES), _noise(spans, _among(30, 100, random), random)))
    return parts


def _drums(spans: Sequence[Span], duration: float, kit: Kit, random: np.random.Generator) -> Samples:
    """A beat, in part of the clips only where there is a chord."""
    pauses = random.random() < 0.4
    beaten = [span for span in spans if not (pauses and span.chord is None)]
    notes = play.beat_drums(beaten, _among(50, 115, random), random)
    hits = [Hit(note.start, DRUMS[note.pitch], note.velocity / 127) for note in notes]
    return kit.play(sorted(hits, key=lambda hit: hit.time), duration, random)


def _noise(spans: Sequence[Span], velocity: int, random: np.random.Generator) -> list[Note]:
    pitch = int(random.integers(40, 80))
    return [Note(s.start, s.end - s.start, pitch, velocity) for s in spans if s.chord is None]
