"""Pianos: stiff strings struck at an eighth, two stages of decay, dampers, the soundboard's knock.

Inharmonicity after Rigaud et al., JASA 133 (2013); decay after Fletcher & Rossing (1998), chapter 12.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ultralight_mir.corpora.synthetic.contour import Curve, to_hertz
from ultralight_mir.corpora.synthetic.midi import Note
from ultralight_mir.corpora.synthetic.players import modal, phrases, response
from ultralight_mir.corpora.synthetic.players.modal import Tone
from ultralight_mir.corpora.synthetic.randomise import Samples

PARTIALS: Curve = np.arange(1.0, 33.0)
"""Numbers of the partials."""


@dataclass(frozen=True)
class PianoPlayer:
    """One piano and its player.

    Attributes:
        low, high: MIDI numbers that are played.
        stiffness: factor on the usual inharmonicity.
        strike: where along the string the hammer strikes.
        slope, soft: dB an octave that the partials fall when played hard, and how many more when played softly.
        lasting: seconds, T60 of the first stage at middle C.
        after: dB of the second stage below the first.
        damping: 1 / s of the dampers.
        pedal: share of the clips with the pedal down.
        chords: share of the clips.
        knock: noise of hammer and key, with its level.
        grain: dB of each key's partials, `[128, partials]`.
        tuning: semitones.
        body: response, dB at `response.HERTZ`.
    """

    low: float
    high: float
    stiffness: float
    strike: float
    slope: float
    soft: float
    lasting: float
    after: float
    damping: float
    pedal: float
    chords: float
    knock: Samples
    grain: Curve
    tuning: float
    body: Curve

    def play(self, duration: float, random: np.random.Generator) -> Samples:
        """A phrase, `[duration · SAMPLE_RATE]`, before the body."""
        notes = phrases.touched(duration, self.low, self.high, self.chords, random)
        held = random.uniform(0.3, 2.0) if random.random() < self.pedal else 0.0
        sound = modal.render([self._tone(note, held, random) for note in notes], duration)
        return sound + modal.knocks([(n.start, _loudness(n)) for n in notes], duration, self.knock)

    def _tone(self, note: Note, held: float, random: np.random.Generator) -> Tone:
        key = float(note.pitch)
        stiff = self.stiffness * (np.exp(-0.0847 * key - 5.82) + np.exp(0.0926 * key - 13.64))
        hertz = to_hertz(np.array(key + self.tuning)) * PARTIALS * np.sqrt(1.0 + stiff * PARTIALS**2)
        softness = 1.0 - note.velocity / 127.0
        decibels = -(self.slope + self.soft * softness) * np.log2(PARTIALS) + self.grain[min(note.pitch, 127)]
        decibels = decibels - 4.0 * np.maximum(np.log2(hertz / 2500.0), 0.0)
        strength = 10.0 ** (decibels / 20.0) * (0.08 + np.abs(np.sin(np.pi * PARTIALS * self.strike)))
        strength *= _loudness(note) / np.sqrt(np.square(strength).sum())
        decay = 6.9 / (self.lasting * 2.0 ** (-(key - 60.0) / 14.0)) * (1.0 + (hertz / 2500.0) ** 1.3)
        beating = hertz + random.normal(0.0, 0.4, len(hertz))
        return Tone(
            start=note.start,
            stop=note.start + note.duration + held,
            hertz=np.concatenate((hertz, beating)),
            amplitude=np.concatenate((strength, strength * 10.0 ** (self.after / 20.0))),
            decay=np.concatenate((decay, decay / 4.0)),
            attack=0.002 + 0.004 * softness,
            damping=self.damping if key < 90 else 1.0,  # the top strings have no dampers
            phase=random.uniform(0.0, 2 * np.pi, 2 * len(hertz)),
        )


def _loudness(note: Note) -> float:
    return float(10.0 ** ((note.velocity - 127) / 127.0 * 36.0 / 20.0))


def draw_piano(random: np.random.Generator) -> PianoPlayer:
    """A grand, an upright or an old one, and who plays it."""
    low = random.uniform(29.0, 60.0)
    thump = modal.knock(random.uniform(50.0, 120.0), random.uniform(400.0, 2500.0), random.uniform(0.01, 0.05), random)
    board = response.low_cut(random.uniform(60.0, 140.0), random.uniform(6.0, 15.0)) + response.high_cut(3000.0, 4.0)
    return PianoPlayer(
        low=low,
        high=min(104.0, low + random.uniform(24.0, 48.0)),
        stiffness=float(np.exp(random.normal(0.0, 0.35))),
        strike=1.0 / random.uniform(7.0, 9.5),
        slope=random.uniform(3.0, 8.0),
        soft=random.uniform(5.0, 14.0),
        lasting=random.uniform(2.5, 6.0),
        after=random.uniform(-24.0, -10.0),
        damping=random.uniform(8.0, 40.0),
        pedal=random.uniform(0.1, 0.9),
        chords=random.uniform(0.3, 0.9),
        knock=thump * 10.0 ** (random.uniform(-32.0, -14.0) / 20.0),
        grain=random.normal(0.0, 2.5, (128, len(PARTIALS))),
        tuning=float(random.normal(0.0, 0.1)),
        body=board + response.modes(60.0, 3000.0, random.uniform(60.0, 150.0), 3.0, random),
    )
