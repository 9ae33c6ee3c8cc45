"""Melodies and the curves that a performer makes of them: pitch with glides, vibrato and drift, loudness with notes.

Pitch is a fractional MIDI number (69 = 440 Hz, 0.01 = one cent); times are seconds.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Curve = NDArray[np.float64]

SCALES = (
    (0, 2, 4, 5, 7, 9, 11),
    (0, 2, 3, 5, 7, 8, 10),
    (0, 2, 4, 7, 9),
    (0, 3, 5, 6, 7, 10),
    (0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11),
)
"""Major, natural minor, pentatonic, blues, chromatic: semitones above the tonic."""


@dataclass(frozen=True)
class Event:
    """One note: `start` and `duration` in seconds, `pitch` as a fractional MIDI number."""

    start: float
    duration: float
    pitch: float

    @property
    def end(self) -> float:
        """When the note ends, in seconds."""
        return self.start + self.duration


def to_hertz(pitch: Curve) -> Curve:
    """MIDI numbers to Hz."""
    hertz: Curve = 440.0 * 2.0 ** ((pitch - 69.0) / 12.0)
    return hertz


def to_midi(hertz: float) -> float:
    """Hz to a MIDI number."""
    return float(69.0 + 12.0 * np.log2(hertz / 440.0))


def melody(
    duration: float, low: float, high: float, random: np.random.Generator, rests: float = 0.2, shortest: float = 0.14
) -> list[Event]:
    """A random walk on a random scale between the MIDI numbers `low` and `high`, with leaps, repeats and rests.

    The typical note lasts `shortest`…0.8 seconds, a different time in every melody.
    """
    steps = _scale(low, high, random)
    place = int(random.integers(len(steps)))
    typical = random.uniform(shortest, 0.8)
    gap = random.choice([0.0, 0.0, random.uniform(0.02, 0.1)])
    clock, events = random.uniform(0.0, 0.5), []
    while clock < duration - 0.08:
        length = float(np.clip(typical * np.exp(random.normal(0.0, 0.5)), 0.08, 2.5))
        if random.random() < rests:
            clock += min(length, 0.8)
        length = min(length, duration - clock)
        if length < 0.08:
            break
        events.append(Event(clock, max(length - gap, 0.06), float(steps[place])))
        clock += length
        leap = 7 if random.random() < 0.12 else 2
        place = int(np.clip(place + random.integers(-leap, leap + 1), 0, len(steps) - 1))
    return events or [Event(0.1 * duration, 0.8 * duration, float(steps[place]))]


def _scale(low: float, high: float, random: np.random.Generator) -> Curve:
    degrees = SCALES[int(random.integers(len(SCALES)))]
    tonic = int(random.integers(12))
    whole = np.arange(np.ceil(low), np.floor(high) + 1)
    steps: Curve = whole[np.isin((whole - tonic) % 12, degrees)]
    return steps if len(steps) else np.array([round((low + high) / 2)], float)


def glide(events: Sequence[Event], times: Curve, seconds: float | Curve) -> Curve:
    """Pitch at `times`, `[times]`: each note reached from the one before over `seconds` (a number, or one a note)."""
    lasting = np.broadcast_to(seconds, len(events))
    pitch = np.full(len(times), events[0].pitch)
    for before, event, long in zip(events, events[1:], lasting[1:], strict=False):
        way = np.clip((times - event.start) / max(float(long), 1e-3) + 0.5, 0.0, 1.0)
        pitch += (event.pitch - before.pitch) * (0.5 - 0.5 * np.cos(np.pi * way))
    return pitch


def vibrato(
    events: Sequence[Event], times: Curve, rate: float, extent: float, random: np.random.Generator, delay: float = 0.2
) -> Curve:
    """Semitones to add, `[times]`: `rate` Hz, ± `extent` semitones, from about `delay` s after each note's start."""
    wandering = rate * (1.0 + wander(times, 2.0, 0.05, random))
    phase = 2 * np.pi * np.cumsum(wandering) * (times[1] - times[0]) + random.uniform(0, 2 * np.pi)
    depth = np.zeros(len(times))
    for event in events:
        inside = (times >= event.start) & (times < event.end)
        depth[inside] = np.clip((times[inside] - event.start - delay * random.uniform(0.3, 1.5)) / 0.2, 0.0, 1.0)
    bent: Curve = extent * depth * (1.0 + wander(times, 3.0, 0.15, random)) * np.sin(phase)
    return bent


def wander(times: Curve, rate: float, deviation: float, random: np.random.Generator) -> Curve:
    """Slow noise, `[times]`: normal with that standard deviation at knots `rate` times a second, linear between."""
    knots = np.arange(times[0], times[-1] + 1.0 / rate + 1e-9, 1.0 / rate)
    slow: Curve = np.interp(times, knots, random.normal(0.0, deviation, len(knots)))
    return slow


def gate(events: Sequence[Event], times: Curve, attack: float, release: float) -> Curve:
    """Loudness 0…1, `[times]`: notes rise within `attack` and fall within `release` seconds after their end."""
    level = np.zeros(len(times))
    for event in events:
        rise = np.clip((times - event.start) / attack, 0.0, 1.0)
        fall = np.clip(1.0 - (times - event.end) / release, 0.0, 1.0)
        level = np.maximum(level, np.where(times < event.start, 0.0, rise * fall))
    return level
