"""Parts that play a chord progression: comping, bass, melody and drums, each as a list of notes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from ultralight_mir.corpora.synthetic.harmony import Chord, voice
from ultralight_mir.corpora.synthetic.midi import Note

SCALES = {"major": (0, 2, 4, 5, 7, 9, 11), "minor": (0, 2, 3, 5, 7, 8, 10)}


@dataclass(frozen=True)
class Span:
    """A chord, or None for no chord, from `start` to `end` in seconds, in beats of `beat` seconds."""

    start: float
    end: float
    beat: float
    chord: Chord | None

    def grid(self, step: float) -> list[float]:
        """Times every `step` beats from the start to before the end."""
        return [float(t) for t in np.arange(self.start, self.end - 0.02, step * self.beat)]


Comping = Callable[[Span, Sequence[int], int, np.random.Generator], list[Note]]


def _touch(velocity: float, random: np.random.Generator) -> int:
    return int(np.clip(velocity + random.normal(0.0, 6.0), 10, 127))


def _held(span: Span, pitches: Sequence[int], velocity: int, random: np.random.Generator) -> list[Note]:
    length = span.end - span.start
    return [Note(span.start + random.uniform(0, 0.02), length, p, _touch(velocity, random)) for p in pitches]


def _repeated(span: Span, pitches: Sequence[int], velocity: int, random: np.random.Generator) -> list[Note]:
    step = float(random.choice([0.5, 1.0, 2.0]))
    length = step * span.beat * random.uniform(0.4, 1.0)
    times = [t for i, t in enumerate(span.grid(step)) if i == 0 or random.random() < 0.85]
    return [Note(t + random.uniform(0, 0.015), length, p, _touch(velocity, random)) for t in times for p in pitches]


def _strummed(span: Span, pitches: Sequence[int], velocity: int, random: np.random.Generator) -> list[Note]:
    step, lag = float(random.choice([0.5, 1.0, 2.0])), random.uniform(0.008, 0.035)
    notes = []
    for number, time in enumerate(span.grid(step)):
        order = pitches if number % 2 == 0 else pitches[::-1]
        notes += [Note(time + lag * i, span.beat * step, p, _touch(velocity, random)) for i, p in enumerate(order)]
    return notes


def _arpeggiated(span: Span, pitches: Sequence[int], velocity: int, random: np.random.Generator) -> list[Note]:
    step = float(random.choice([0.25, 0.5, 0.5, 1.0]))
    order = list(pitches) if random.random() < 0.4 else [*pitches, *pitches[-2:0:-1]]
    if random.random() < 0.3:
        order = [int(p) for p in random.permutation(order)]
    rings = bool(random.random() < 0.5)
    return [
        Note(t, (span.end - t) if rings else step * span.beat * 1.1, order[i % len(order)], _touch(velocity, random))
        for i, t in enumerate(span.grid(step))
    ]


COMPINGS: tuple[Comping, ...] = (_held, _repeated, _strummed, _arpeggiated)


def comp(
    spans: Sequence[Span], lowest: int, bass_first: bool, velocity: int, random: np.random.Generator
) -> list[Note]:
    """Chords in one style from about MIDI pitch `lowest`; silent where there is no chord."""
    style = COMPINGS[random.integers(len(COMPINGS))]
    notes = []
    for span in spans:
        if span.chord is not None:
            notes += style(span, voice(span.chord, lowest, bass_first, random), velocity, random)
    return notes


def walk_bass(spans: Sequence[Span], velocity: int, random: np.random.Generator) -> list[Note]:
    """The chord's bass on the first beat; then the same again, its fifth, or a step towards the next chord."""
    lowest, busy = int(random.integers(28, 36)), random.uniform(0.0, 0.9)
    notes = []
    for span in spans:
        if span.chord is None:
            continue
        first = lowest + (span.chord.root + span.chord.bass - lowest) % 12
        for number, time in enumerate(span.grid(1.0)):
            if number and random.random() > busy:
                continue
            fifth = lowest + (span.chord.root + 7 - lowest) % 12
            others = (first, first, fifth, first + 12, first + int(random.integers(-2, 3)))
            pitch = first if number == 0 else others[random.integers(len(others))]
            length = min(span.end - time, span.beat * (random.uniform(0.6, 1.0) if busy > 0.3 else 4.0))
            notes.append(Note(time, length, pitch, _touch(velocity, random)))
    return notes


def sing_over(spans: Sequence[Span], tonic: int, mode: str, velocity: int, random: np.random.Generator) -> list[Note]:
    """A melody: chord notes on strong beats, scale steps between them, and rests."""
    scale = [p for p in range(36, 100) if (p - tonic) % 12 in SCALES[mode]]
    pitch, low, high = int(random.integers(64, 80)), 58, 86
    rest, step = random.uniform(0.05, 0.35), float(random.choice([0.5, 0.5, 1.0, 1.0, 2.0]))
    notes = []
    for span in spans:
        if span.chord is None:
            continue
        for number, time in enumerate(span.grid(step)):
            strong = number == 0 or (number * step % 1.0 == 0 and random.random() < 0.5)
            among = [p for p in range(low, high) if p % 12 in span.chord.pitch_classes] if strong else scale
            near = [p for p in among if abs(p - pitch) <= 5 and low <= p < high]
            pitch = int(random.choice(near)) if near else int(random.choice(among))
            if random.random() > rest:
                length = min(span.end - time, step * span.beat * random.uniform(0.5, 1.0))
                notes.append(Note(time, length, pitch, _touch(velocity, random)))
    return notes


def beat_drums(spans: Sequence[Span], velocity: int, random: np.random.Generator) -> list[Note]:
    """Kick, snare, hi-hat or ride on a beat with variations (General MIDI percussion keys)."""
    kick, snare, hat = random.choice([35, 36]), random.choice([37, 38, 40]), random.choice([42, 46, 51])
    step = float(random.choice([0.25, 0.5, 0.5, 1.0]))
    notes = []
    for span in spans:
        for number, time in enumerate(span.grid(step)):
            beat = number * step % 4
            kicks, snares = {0.0: 0.95, 2.0: 0.6}.get(beat, 0.12), 0.9 if beat in (1.0, 3.0) else 0.05
            for key, likely in ((hat, 0.9), (kick, kicks), (snare, snares)):
                if random.random() < likely:
                    notes.append(Note(time, 0.1, int(key), _touch(velocity, random)))
    return notes
