"""Bars struck with mallets: marimba, xylophone, vibraphone, glockenspiel, celesta.

Modes after Fletcher & Rossing, The Physics of Musical Instruments (1998), chapter 19.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ultralight_mir.corpora.synthetic.contour import Curve, to_hertz
from ultralight_mir.corpora.synthetic.midi import SAMPLE_RATE, Note
from ultralight_mir.corpora.synthetic.players import modal, phrases, response
from ultralight_mir.corpora.synthetic.players.modal import Tone
from ultralight_mir.corpora.synthetic.randomise import Samples


@dataclass(frozen=True)
class Kind:
    """One family of bars; a pair is a range.

    Attributes:
        ratios: of the modes to the first.
        low, high: MIDI numbers.
        lasting: T60 of middle C in s.
        halving: octaves over which T60 halves.
        hardness: of its mallets, Hz.
        dampers: whether there may be any.
    """

    ratios: tuple[float, ...]
    low: float
    high: float
    lasting: tuple[float, float]
    halving: float
    hardness: tuple[float, float]
    dampers: bool = False


KINDS = (
    Kind((1.0, 3.95, 9.4, 16.5), 41, 89, (0.7, 1.8), 0.9, (350.0, 1800.0)),  # marimba
    Kind((1.0, 3.0, 6.1, 10.2, 15.0), 62, 98, (0.3, 0.8), 1.2, (1500.0, 6000.0)),  # xylophone
    Kind((1.0, 3.98, 10.3, 18.0), 52, 90, (3.0, 9.0), 1.3, (500.0, 3500.0), True),  # vibraphone
    Kind((1.0, 2.76, 5.4, 8.9), 72, 106, (3.0, 8.0), 1.5, (2500.0, 8000.0), True),  # glockenspiel
    Kind((1.0, 2.8, 5.5, 9.1), 60, 103, (1.0, 3.0), 1.5, (800.0, 3000.0), True),  # celesta, its bars over boxes
)


@dataclass(frozen=True)
class MalletPlayer:
    """One instrument, its mallets and its player.

    Attributes:
        kind: of bars.
        low, high: MIDI numbers that are played.
        lasting: T60 of middle C in s.
        hardness: Hz to which the mallets excite.
        grain: each key's deviations of its modes: semitones and dB, `[2, 128, modes]`.
        motor: (Hz, ± share of the loudness) of a vibraphone's; 0 Hz is none.
        damping: 1 / s when a key is left (hardly at all without dampers).
        rolled: share of the clips in which long notes are rolled.
        chords: share of the clips.
        knock: noise of the blow, with its level.
        body: response, dB at `response.HERTZ`.
    """

    kind: Kind
    low: float
    high: float
    lasting: float
    hardness: float
    grain: Curve
    motor: tuple[float, float]
    damping: float
    rolled: float
    chords: float
    knock: Samples
    body: Curve

    def play(self, duration: float, random: np.random.Generator) -> Samples:
        """A phrase, `[duration · SAMPLE_RATE]`, before the body."""
        notes = phrases.touched(duration, self.low, self.high, self.chords, random)
        if random.random() < self.rolled:
            notes = [struck for note in notes for struck in _roll(note, random)]
        sound = modal.render([self._tone(note, random) for note in notes], duration)
        blows = [(note.start, note.velocity / 127.0) for note in notes]
        sound = sound + modal.knocks(blows, duration, self.knock)
        rate, depth = self.motor
        if rate:
            moments = np.arange(len(sound)) / SAMPLE_RATE
            sound = sound * (1.0 + depth * np.sin(2 * np.pi * rate * moments + random.uniform(0, 6))).astype(np.float32)
        return sound

    def _tone(self, note: Note, random: np.random.Generator) -> Tone:
        off, decibels = self.grain[:, min(note.pitch, 127)]
        ratios = np.array(self.kind.ratios)
        f0 = to_hertz(note.pitch + off[0])
        hertz = f0 * ratios * 2.0 ** ((off - off[0]) / 12.0 * (ratios > 1.0))
        softer = 1.0 - note.velocity / 127.0
        strength = np.exp(-hertz / (self.hardness * (1.0 - 0.6 * softer))) / np.exp(-f0 / self.hardness)
        strength *= 10.0 ** (decibels / 20.0) * 10.0 ** (-softer * 1.4)
        lasting = self.lasting * 2.0 ** (-(note.pitch - 60.0) / 12.0 / self.kind.halving)
        return Tone(
            start=note.start,
            stop=note.start + note.duration,
            hertz=hertz,
            amplitude=strength,
            decay=6.9 / lasting * ratios**1.1,
            attack=0.001,
            damping=self.damping,
            phase=random.uniform(0.0, 2 * np.pi, len(ratios)),
        )


def _roll(note: Note, random: np.random.Generator) -> list[Note]:
    if note.duration < 0.4:
        return [note]
    step = random.uniform(0.06, 0.1)
    times = np.arange(note.start, note.start + note.duration, step)
    touch = np.clip(random.normal(note.velocity, 5.0, len(times)), 10, 127).astype(int)
    return [Note(float(t), step, note.pitch, int(v)) for t, v in zip(times, touch, strict=True)]


def draw_mallets(random: np.random.Generator) -> MalletPlayer:
    """One of the five kinds, with soft to hard mallets."""
    kind = KINDS[int(random.choice(len(KINDS), p=[0.25, 0.2, 0.3, 0.15, 0.1]))]
    low = random.uniform(kind.low, kind.high - 22.0)
    modes = len(kind.ratios)
    off = np.stack((random.normal(0.0, 0.3, (128, modes)), random.normal(0.0, 3.0, (128, modes))))
    off[..., 0] = 0.0
    turning = kind is KINDS[2] and random.random() < 0.5
    return MalletPlayer(
        kind=kind,
        low=low,
        high=min(kind.high, low + random.uniform(20.0, 34.0)),
        lasting=random.uniform(*kind.lasting),
        hardness=float(np.exp(random.uniform(*np.log(kind.hardness)))),
        grain=off,
        motor=(random.uniform(3.0, 8.0), random.uniform(0.1, 0.4)) if turning else (0.0, 0.0),
        damping=random.uniform(8.0, 25.0) if kind.dampers and random.random() < 0.6 else 0.5,
        rolled=0.3 if kind is KINDS[0] else 0.1,
        chords=random.uniform(0.1, 0.5),
        knock=modal.knock(200.0, random.uniform(2000.0, 8000.0), random.uniform(0.002, 0.015), random)
        * 10.0 ** (random.uniform(-36.0, -14.0) / 20.0),
        body=response.ripple(2.5, 0.5, random),
    )  # fmt: skip
