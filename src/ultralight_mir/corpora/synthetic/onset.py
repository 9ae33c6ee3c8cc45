"""Onset clips: lines, chords, drums and whole bands, soft attacks included, with exact onset times.

A note begins, here, when its level first reaches a tenth of what it rises to within 0.3 s: with a struck string that is
when the key is pressed, with a bowed one some 10 ms later, as a listener would mark it. Lines and chords are played on
presets of the font or on drawn timbres, drums on kits as in `drums`; all of them are of one split. Onsets that nobody
could hear in the mix are not annotated.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import lru_cache

import numpy as np

from ultralight_mir.annotations.events import Events
from ultralight_mir.corpora.synthetic.audibility import audible
from ultralight_mir.corpora.synthetic.drum_patterns import play
from ultralight_mir.corpora.synthetic.drum_synthesis import Samples
from ultralight_mir.corpora.synthetic.excerpt import Excerpt
from ultralight_mir.corpora.synthetic.kits import Kit, Kits
from ultralight_mir.corpora.synthetic.midi import SAMPLE_RATE, Note
from ultralight_mir.corpora.synthetic.note_players import Drawn, Player, Preset
from ultralight_mir.corpora.synthetic.randomise import randomise
from ultralight_mir.corpora.synthetic.sources import Deck, draw_seed, programs_of

STREAM = 5
"""Of random numbers: no other corpus draws these."""
PROGRAMS = (*range(0, 89), 90, *range(104, 119))
"""General MIDI programs whose notes have a beginning: no pads, no effects."""
DRAWN = 0.3
"""How often a line or chords are played on a drawn timbre."""
DURATION = 6.0
"""Seconds of a clip."""
KINDS = {"line": 0.3, "chords": 0.2, "drums": 0.2, "band": 0.3}
"""What a clip is, and how often."""
DETUNING = 50.0
"""Cents by which a clip is out of tune at most, either way."""
SCALE = np.array([0, 2, 4, 5, 7, 9, 11])
Played = tuple[Samples, list[float]]
"""A track and its onset times in seconds."""


def excerpts(split: str, count: int, random: np.random.Generator) -> Iterator[Excerpt]:
    """Yield `count` clips of a split, 6 s each; group = what plays the line or the chords, or the drum kit."""
    programs = Deck(programs_of(split, PROGRAMS), random)
    kits = Kits(split, random)
    for _ in range(count):
        kind = str(random.choice(list(KINDS), p=list(KINDS.values())))
        if kind == "drums":
            kit = kits.draw()
            group, (samples, onsets) = kit.group, _drums(kit, random)
        else:
            player = Drawn(draw_seed(random)) if random.random() < DRAWN else Preset(programs.draw())
            others = [Preset(int(p)) for p in random.choice(programs_of(split, PROGRAMS), 2)]
            group, (samples, onsets) = player.group, _clip(kind, player, others, kits, random)
        samples = randomise(samples, SAMPLE_RATE, random)
        text = Events(np.array(audible(samples, SAMPLE_RATE, onsets))).text()
        yield Excerpt(samples, SAMPLE_RATE, text, Events.suffix, "", group)


def _clip(kind: str, player: Player, others: Sequence[Preset], kits: Kits, random: np.random.Generator) -> Played:
    """A line or chords by `player`; in a band, some of the `others` and mostly drums join in."""

    def part(by: Player, likely_a_line: float) -> Played:
        return _part(by, _line(random) if random.random() < likely_a_line else _chords(random), random)

    if kind != "band":
        return part(player, 1.0 if kind == "line" else 0.0)
    tracks = [part(player, 0.5)]
    for other in others[: int(random.integers(0, len(others) + 1))]:
        tracks.append(part(other, 0.6))
    if random.random() < 0.7 or len(tracks) == 1:
        tracks.append(_drums(kits.draw(), random))
    mixed = np.sum([_levelled(track, random.uniform(0.4, 1.0)) for track, _ in tracks], axis=0)
    return mixed.astype(np.float32), [time for _, onsets in tracks for time in onsets]


def _drums(kit: Kit, random: np.random.Generator) -> Played:
    hits, _ = play(DURATION, random)
    return kit.play(hits, DURATION, random), [hit.time for hit in hits]


def _levelled(track: Samples, level: float) -> Samples:
    return track * (level / (np.sqrt(np.square(track).mean()) + 1e-6))


def _line(random: np.random.Generator) -> list[Note]:
    """One note after the other: steps and leaps, repeated notes, rests, legato to staccato, steady or free in time."""
    step = 60.0 / random.uniform(50, 200) * float(random.choice([0.5, 1.0, 1.0]))
    values = random.choice([0.5, 1.0, 1.0, 2.0, 1 / 3, 1.5], 3)
    freedom, rest, legato = random.uniform(0.0, 0.15), random.uniform(0.0, 0.2), random.uniform(0.3, 1.1)
    lowest, degree = int(random.integers(34, 67)), int(random.integers(0, 14))
    notes, time = [], random.uniform(0.0, 0.6)
    while time < DURATION - 0.06:
        length = max(0.07, step * float(random.choice(values)) * np.exp(random.normal(0.0, freedom)))
        if random.random() > rest:
            notes.append(Note(time, length * legato, _degree(lowest, degree), 100))
        time += length
        degree = int(np.clip(degree + random.choice([-4, -2, -1, -1, 0, 1, 1, 2, 4]), 0, 16))
    return notes


def _degree(lowest: int, degree: int) -> int:
    return int(lowest + 12 * (degree // 7) + SCALE[degree % 7])


def _chords(random: np.random.Generator) -> list[Note]:
    """Two to five notes together, strummed or one by one, at a steady pace with gaps."""
    step = 60.0 / random.uniform(50, 180) * float(random.choice([0.5, 1.0, 2.0]))
    spread = float(random.choice([0.0, random.uniform(0.0, 0.025), random.uniform(0.04, 0.12)]))
    lowest, count = int(random.integers(38, 60)), int(random.integers(2, 6))
    legato = random.uniform(0.4, 1.1)
    notes = []
    for start in np.arange(random.uniform(0.0, 0.6), DURATION - 0.06, step):
        if random.random() < 0.85:
            degrees = np.sort(random.choice(12, count, replace=False))
            times = start + spread * np.arange(count)
            notes += [
                Note(float(t), step * legato, _degree(lowest, int(d)), 100) for t, d in zip(times, degrees, strict=True)
            ]
    return [note for note in notes if note.start < DURATION - 0.06]


def _part(player: Player, notes: Sequence[Note], random: np.random.Generator) -> Played:
    """The notes, evenly or with accents; notes that begin together are equally loud."""
    quietest = int(random.integers(60, 120))
    velocities: dict[float, int] = {}
    played = [
        replace(n, velocity=velocities.setdefault(round(n.start, 1), int(random.integers(quietest, 121))))
        for n in notes
    ]
    track = player.play(played, DURATION, random.uniform(-DETUNING, DETUNING))
    return track, [note.start + lag(player, note.pitch) for note in played]


@lru_cache(maxsize=8192)
def lag(player: Player, pitch: int) -> float:
    """Seconds from the beginning of a note to its onset as defined above."""
    note = np.abs(player.play([Note(0.0, 0.5, pitch, 100)], 0.3, 0.0))
    return float(np.argmax(note >= 0.1 * note.max()) / SAMPLE_RATE)
