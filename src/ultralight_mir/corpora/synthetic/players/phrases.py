"""What a player plays, as notes: melodies, runs, arpeggios, repeated notes, and single notes long and short."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from ultralight_mir.corpora.synthetic import accompaniment, contour
from ultralight_mir.corpora.synthetic.accompaniment import Span
from ultralight_mir.corpora.synthetic.contour import Curve, Event
from ultralight_mir.corpora.synthetic.harmony import progression
from ultralight_mir.corpora.synthetic.midi import Note

LEAD_IN = 0.8
"""Seconds at most that a phrase has been going on when its clip begins; notes may start before 0."""
SCALES = ((0, 2, 4, 5, 7, 9, 11, 12), (0, 2, 3, 5, 7, 8, 10, 12), (0, 3, 5, 7, 10, 12), tuple(range(13)))
ARPEGGIOS = ((0, 4, 7, 12), (0, 3, 7, 12), (0, 4, 7, 10, 12), (0, 3, 6, 9, 12))
SHARES = {"melody": 0.5, "long": 0.14, "short": 0.06, "run": 0.15, "repeated": 0.06, "slow": 0.09}
"""What is played → its share of the clips."""


def notes(duration: float, low: float, high: float, random: np.random.Generator) -> list[Event]:
    """Notes that sound within 0…`duration` seconds, between the MIDI numbers `low` and `high`."""
    kind = str(random.choice(list(SHARES), p=list(SHARES.values())))
    made = PHRASES[kind](duration, low, high, random)
    heard = [event for event in made if event.end > 0.1 and event.start < duration - 0.1]
    return heard or _long(duration, low, high, random)


def _melody(duration: float, low: float, high: float, random: np.random.Generator) -> list[Event]:
    skip = random.uniform(0.0, LEAD_IN)
    place = random.uniform(low, max(low, high - 14.0))  # a phrase moves within about an octave
    top = min(high, place + random.uniform(7.0, 19.0))
    played = contour.melody(duration + skip, place, top, random, rests=random.uniform(0.0, 0.15))
    return [Event(e.start - skip, e.duration, e.pitch) for e in played]


def _long(duration: float, low: float, high: float, random: np.random.Generator) -> list[Event]:
    """One note, from before the clip or within it, to its end or with a silence after it."""
    start = random.choice([random.uniform(-0.6, 0.0), random.uniform(0.0, 0.6)])
    end = random.choice([duration + 0.3, random.uniform(1.2, duration)])
    return [Event(start, end - start, float(round(random.uniform(low, high))))]


def _short(duration: float, low: float, high: float, random: np.random.Generator) -> list[Event]:
    """One to three notes of 0.1–0.6 s with silence between them."""
    starts = np.sort(random.uniform(0.0, duration - 0.5, int(random.integers(1, 4))))
    pitch = float(round(random.uniform(low, high)))
    return [Event(float(t), random.uniform(0.1, 0.6), pitch + float(random.integers(-2, 3))) for t in starts]


def _slow(duration: float, low: float, high: float, random: np.random.Generator) -> list[Event]:
    """Two to four notes tied to each other."""
    bounds = np.sort(random.uniform(0.3, duration - 0.3, int(random.integers(1, 4))))
    edges = np.concatenate(([-random.uniform(0.0, LEAD_IN)], bounds, [duration + 0.2]))
    pitch, made = random.uniform(low + 3.0, high - 3.0), []
    for begin, end in pairwise(edges):
        pitch = float(np.clip(round(pitch + random.normal(0.0, 3.5)), low, high))
        made.append(Event(float(begin), float(end - begin), pitch))
    return made


def _run(duration: float, low: float, high: float, random: np.random.Generator) -> list[Event]:
    """A scale or an arpeggio up and down."""
    shapes = SCALES if random.random() < 0.6 else ARPEGGIOS
    steps = shapes[int(random.integers(len(shapes)))]
    way = (list(steps) + list(steps[-2:0:-1])) * 8
    root = round(random.uniform(low, max(low, high - 12.0)))
    length = random.choice([random.uniform(0.09, 0.18), random.uniform(0.18, 0.5)])
    first, held = int(random.integers(len(steps))), random.choice([1.0, random.uniform(0.4, 0.95)])
    start = -random.uniform(0.0, LEAD_IN)
    count = int((duration - start) / length) + 1
    made = [Event(start + i * length, length * held, float(root + p)) for i, p in enumerate(way[first : first + count])]
    return [event for event in made if event.pitch <= high + 1]


def _repeated(duration: float, low: float, high: float, random: np.random.Generator) -> list[Event]:
    """One or two pitches again and again, mostly detached."""
    step, held = random.uniform(0.12, 0.7), random.uniform(0.3, 0.95)
    pitches = np.round(random.uniform(low, high) + np.array([0.0, random.integers(-5, 6)])).clip(low, high)
    starts = np.arange(-random.uniform(0.0, step), duration, step)
    return [Event(float(t), step * held, float(pitches[int(random.random() < 0.3)])) for t in starts]


PHRASES: dict[str, Callable[[float, float, float, np.random.Generator], list[Event]]] = {
    "melody": _melody,
    "long": _long,
    "short": _short,
    "run": _run,
    "repeated": _repeated,
    "slow": _slow,
}


@dataclass(frozen=True)
class Habits:
    """How a player of a sustained instrument shapes notes; each pair is a range of which every clip draws.

    Attributes:
        attack, release, glide: seconds.
        vibrato: share of the clips with vibrato.
        rate, extent: of the vibrato, Hz and ± semitones.
        swing: ± share of the effort that moves with the vibrato (the flute's is mostly this).
        scoop: share of notes that are reached from below, by up to 1.5 semitones.
        tuning: semitones above 440 Hz.
        span: dB between the softest and the loudest effort.
    """

    attack: tuple[float, float]
    release: tuple[float, float]
    glide: tuple[float, float]
    vibrato: float
    rate: tuple[float, float]
    extent: tuple[float, float]
    swing: float
    scoop: float
    tuning: float
    span: float


@dataclass(frozen=True)
class Line:
    """One voice as it is played, a value a control frame.

    Attributes:
        events: its notes.
        times: seconds.
        pitch: MIDI number.
        level: 0…1, of the envelope of the notes alone.
        effort: 0…1, softest to loudest.
        onset: 1 where a note begins, 0 some 50 ms after.
    """

    events: list[Event]
    times: Curve
    pitch: Curve
    level: Curve
    effort: Curve
    onset: Curve


def perform(events: list[Event], times: Curve, habits: Habits, random: np.random.Generator) -> Line:
    """Play notes with the habits of a player."""
    pitch = contour.glide(events, times, random.uniform(*habits.glide)) + contour.wander(times, 4.0, 0.04, random)
    pitch += habits.tuning + random.normal(0.0, 0.05)
    effort = _effort(events, times, random)
    if random.random() < habits.vibrato:
        extent = random.uniform(*habits.extent)
        delay = random.uniform(0.0, 0.4)
        wave = contour.vibrato(events, times, random.uniform(*habits.rate), 1.0, random, delay)
        pitch += extent * wave
        effort += habits.swing * random.uniform(0.3, 1.0) * wave
    for event in events:
        if random.random() < habits.scoop and event.duration > 0.12:
            depth, long = random.uniform(0.2, 1.5), random.uniform(0.03, 0.15)
            since = times - event.start
            pitch -= depth * np.where(since >= 0.0, np.exp(-np.maximum(since, 0.0) / long), 0.0) * (times < event.end)
    level = contour.gate(events, times, random.uniform(*habits.attack), random.uniform(*habits.release))
    since = np.min([np.where(times >= e.start, times - e.start, 9.0) for e in events], axis=0)
    return Line(events, times, pitch, level, np.clip(effort, 0.02, 1.0), np.exp(-since / 0.03))


def _effort(events: list[Event], times: Curve, random: np.random.Generator) -> Curve:
    """A dynamic for the clip, an arc over it, and for each note an accent, a swell or a fading."""
    effort = (
        random.uniform(0.15, 0.95) + contour.wander(times, 0.8, 0.12, random) + contour.wander(times, 6.0, 0.03, random)
    )
    shape = random.uniform(-0.3, 0.3)
    for event in events:
        inside = (times >= event.start) & (times < event.end)
        way = (times[inside] - event.start) / max(event.duration, 0.05)
        effort[inside] += random.normal(0.0, 0.08) + shape * (way - 0.5)
    return effort


def touched(
    duration: float, low: float, high: float, chords: float, random: np.random.Generator, lowest: float = 0.2
) -> list[Note]:
    """Keys struck within 0…`duration`: chords in a share of the clips, else one voice, of `lowest` effort or more."""
    if random.random() < chords:
        skip = random.uniform(0.0, LEAD_IN)
        return [
            Note(n.start - skip, n.duration, n.pitch, n.velocity)
            for n in chord_notes(duration + skip, low, high, random)
            if low <= n.pitch <= high + 12 and n.start - skip + n.duration > 0.0
        ]
    played = notes(duration, low, high, random)
    effort = random.uniform(lowest, 0.95) * 127.0
    velocities = np.clip(random.normal(effort, 10.0, len(played)), 12, 127).astype(int)
    return [Note(e.start, e.duration, round(e.pitch), int(v)) for e, v in zip(played, velocities, strict=True)]


def chord_notes(duration: float, low: float, high: float, random: np.random.Generator) -> list[Note]:
    """A progression in some style from 0 to `duration`, in half of the clips with a melody above."""
    beat = 60.0 / random.uniform(60.0, 150.0)
    tonic, mode = int(random.integers(12)), str(random.choice(["major", "minor"]))
    chords = progression(tonic, mode, 16, 0.4, random)
    length = float(random.choice([1.0, 2.0, 4.0])) * beat
    starts = np.arange(0.0, duration, length)
    spans = [Span(float(t), float(t) + length, beat, chord) for t, chord in zip(starts, chords * 4, strict=False)]
    lowest = int(random.integers(int(low), max(int(low) + 1, int(high) - 19)))
    played = accompaniment.comp(spans, lowest, True, int(random.integers(45, 115)), random)
    if random.random() < 0.5:
        played += accompaniment.sing_over(spans, tonic, mode, int(random.integers(60, 120)), random)
    return played
