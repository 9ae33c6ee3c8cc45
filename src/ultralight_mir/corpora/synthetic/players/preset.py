"""Presets of the sound font as players: their register, another body for each session, and what they play."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import soxr

from ultralight_mir.corpora.synthetic.bending import play_bent
from ultralight_mir.corpora.synthetic.contour import Curve, Event
from ultralight_mir.corpora.synthetic.midi import SAMPLE_RATE, Note, Part
from ultralight_mir.corpora.synthetic.players import guitar, phrases, response
from ultralight_mir.corpora.synthetic.randomise import Samples
from ultralight_mir.corpora.synthetic.tuning import render_tuned

BODY = 2.0
"""Semitones, either way, by which another body of the instrument may resonate higher or lower."""
Phrase = Callable[[int, float, float, float, np.random.Generator], Samples]
"""Program, lowest and highest MIDI number, seconds, random numbers → samples."""


@dataclass(frozen=True)
class PresetPlayer:
    """One preset in one session.

    Attributes:
        program: General MIDI.
        low, high: MIDI numbers that are played.
        shift: semitones by which its resonances lie higher than the preset's.
        phrases: what is played; one is drawn for each clip.
        body: 0 dB: the samples have theirs.
    """

    program: int
    low: float
    high: float
    shift: float
    phrases: tuple[Phrase, ...]
    body: Curve

    def play(self, duration: float, random: np.random.Generator) -> Samples:
        """A phrase, `[duration · SAMPLE_RATE]`: played lower and so much slower, then resampled: the body changes."""
        ratio = 2.0 ** (self.shift / 12.0)
        phrase = self.phrases[random.integers(len(self.phrases))]
        played = phrase(self.program, self.low - self.shift, self.high - self.shift, duration * ratio, random)
        return cut(soxr.resample(played, SAMPLE_RATE * ratio, SAMPLE_RATE), 0.0, duration)


def draw_preset(
    program: int, low: float, high: float, phrases: tuple[Phrase, ...], random: np.random.Generator
) -> PresetPlayer:
    """A register of at least an octave and a half somewhere between the MIDI numbers `low` and `high`."""
    width = min(high - low, random.uniform(18.0, 30.0))
    lowest = random.uniform(low, high - width)
    return PresetPlayer(program, lowest, lowest + width, random.uniform(-BODY, BODY), phrases, response.flat())


def play_line(program: int, low: float, high: float, duration: float, random: np.random.Generator) -> Samples:
    """One voice, bent as players bend notes: `[duration · SAMPLE_RATE]`."""
    early = phrases.LEAD_IN
    events = phrases.notes(duration, low, high, random)
    events = [Event(max(e.start + early, 0.0), e.duration + min(e.start + early, 0.0), e.pitch) for e in events]
    samples, _ = play_bent(program, events, duration + early, random)
    return cut(samples, early, duration)


def play_chords(program: int, low: float, high: float, duration: float, random: np.random.Generator) -> Samples:
    """Chords in some style, in half of the clips with a melody above: `[duration · SAMPLE_RATE]`."""
    skip = random.uniform(0.0, phrases.LEAD_IN)
    notes = phrases.chord_notes(duration + skip, low, high, random)
    return cut(render_tuned([Part(program, notes)], duration + skip, random.uniform(-40.0, 40.0)), skip, duration)


def play_power_chords(program: int, low: float, high: float, duration: float, random: np.random.Generator) -> Samples:
    """Riffs of an electric guitar: `[duration · SAMPLE_RATE]`."""
    early = phrases.LEAD_IN
    notes = [
        Note(n.start + early, n.duration, n.pitch, n.velocity) for n in guitar.power_chords(duration, low, high, random)
    ]
    return cut(render_tuned([Part(program, notes)], duration + early, random.uniform(-40.0, 40.0)), early, duration)


def cut(samples: Samples, skip: float, duration: float) -> Samples:
    """`duration` seconds from `skip` on, with silence after the end."""
    first, length = round(skip * SAMPLE_RATE), round(duration * SAMPLE_RATE)
    cut = np.zeros(length, np.float32)
    piece = samples[first : first + length]
    cut[: len(piece)] = piece
    return cut
