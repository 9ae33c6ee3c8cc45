"""Organs: tone wheels with drawbars before a rotating loudspeaker, pipes in ranks, and electronic ones."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ultralight_mir.corpora.synthetic import bending
from ultralight_mir.corpora.synthetic.contour import Curve, to_hertz
from ultralight_mir.corpora.synthetic.midi import Note
from ultralight_mir.corpora.synthetic.players import modal, phrases, response
from ultralight_mir.corpora.synthetic.players.modal import Tone
from ultralight_mir.corpora.synthetic.players.sustained import fine
from ultralight_mir.corpora.synthetic.randomise import Samples
from ultralight_mir.corpora.synthetic.voice import control_times

DRAWBARS: Curve = np.array([0.5, 1.5, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 8.0])
"""Of a tone-wheel organ, multiples of the key's frequency: 16′, 5⅓′, 8′, 4′, 2⅔′, 2′, 1⅗′, 1⅓′, 1′."""
REGISTRATIONS = (
    (8, 8, 8, 0, 0, 0, 0, 0, 0),
    (8, 8, 8, 8, 0, 0, 0, 0, 0),
    (8, 8, 8, 0, 0, 0, 0, 0, 8),
    (8, 8, 8, 8, 8, 8, 8, 8, 8),
    (8, 0, 8, 8, 0, 8, 0, 0, 8),
    (8, 6, 8, 6, 4, 4, 2, 2, 4),
    (0, 0, 8, 8, 8, 8, 0, 0, 0),
    (8, 0, 8, 4, 0, 0, 0, 0, 6),
    (6, 8, 8, 6, 0, 4, 0, 4, 4),
    (0, 0, 8, 6, 4, 6, 2, 2, 4),
)
"""Usual positions of the drawbars, 0…8, 3 dB a step."""
RANKS = (0.5, 1.0, 2.0, 3.0, 4.0)
"""Of pipes: 16′, 8′, 4′, 2⅔′, 2′."""


@dataclass(frozen=True)
class OrganPlayer:
    """One organ, its registration, and who plays it.

    Attributes:
        low, high: MIDI numbers that are played.
        ratios, amplitudes: of every partial that a key sounds, relative to its frequency, `[partials]`.
        detuned: semitones that each key's partials are off, `[128, partials]`.
        percussion: (ratio, amplitude, T60 in s) of a partial that dies away; amplitude 0 is none.
        attack: seconds.
        damping: 1 / s after a key is left.
        speaks: noise with which a key begins (click or chiff), with its level.
        rotor: (Hz, ± semitones, ± share of loudness) of the loudspeaker; 0 Hz is none.
        wind: dB of the noise of wind or electronics.
        drive: of its amplifier; 0 is none.
        tuning: semitones.
        chords: share of the clips.
        body: response, dB at `response.HERTZ`.
    """

    low: float
    high: float
    ratios: Curve
    amplitudes: Curve
    detuned: Curve
    percussion: tuple[float, float, float]
    attack: float
    damping: float
    speaks: Samples
    rotor: tuple[float, float, float]
    wind: float
    drive: float
    tuning: float
    chords: float
    body: Curve

    def play(self, duration: float, random: np.random.Generator) -> Samples:
        """A phrase, `[duration · SAMPLE_RATE]`, before the body."""
        held = random.uniform(0.3, 1.5) if random.random() < 0.5 else 0.0  # nothing fades: organists hold keys
        notes = [
            Note(n.start, max(n.duration, held), n.pitch, n.velocity)
            for n in phrases.touched(duration, self.low, self.high, self.chords, random)
        ]
        times = control_times(duration)
        rate, bend, beat = self.rotor
        turn = 2 * np.pi * rate * times * random.uniform(0.95, 1.05) + random.uniform(0.0, 6.0)
        sound, _ = bending.read_bent(
            lambda length: self._keys(notes, length, random), self.tuning + bend * np.cos(turn)
        )
        sound *= fine(1.0 + beat * np.sin(turn), len(sound))
        sound /= np.abs(sound).max() + 1e-9
        sound += np.float32(10.0 ** (self.wind / 20.0)) * random.standard_normal(len(sound), np.float32)
        return np.tanh(self.drive * sound) if self.drive else sound

    def _keys(self, notes: list[Note], duration: float, random: np.random.Generator) -> Samples:
        tones = [self._tone(note, random) for note in notes]
        return modal.render(tones, duration) + modal.knocks([(n.start, 1.0) for n in notes], duration, self.speaks)

    def _tone(self, note: Note, random: np.random.Generator) -> Tone:
        f0 = to_hertz(note.pitch + np.append(self.detuned[min(note.pitch, 127)], 0.0))
        ratio, amplitude, lasting = self.percussion
        decay = np.zeros(len(f0))
        decay[-1] = 6.9 / lasting
        return Tone(
            start=note.start,
            stop=note.start + note.duration,
            hertz=np.append(self.ratios, ratio) * f0,
            amplitude=np.append(self.amplitudes, amplitude),
            decay=decay,
            attack=self.attack,
            damping=self.damping,
            phase=random.uniform(0.0, 2 * np.pi, len(f0)),
        )


def draw_organ(random: np.random.Generator) -> OrganPlayer:
    """Pipes, tone wheels, or the electronic organs of the sixties."""
    kind = random.choice(["pipes", "wheels", "electronic"], p=[0.42, 0.43, 0.15])
    ratios, amplitudes, spread = {"pipes": _pipes, "wheels": _wheels, "electronic": _electronic}[kind](random)
    low = random.uniform(33.0, 58.0)
    pipes = kind == "pipes"
    rotating = not pipes and random.random() < 0.75
    clicks = modal.knock(*((300.0, 3000.0, 0.02) if pipes else (800.0, 8000.0, 0.002)), random)
    return OrganPlayer(
        low=low,
        high=min(96.0, low + random.uniform(24.0, 40.0)),
        ratios=ratios,
        amplitudes=amplitudes / np.sqrt(np.square(amplitudes).sum()),
        detuned=random.normal(0.0, spread, (128, len(ratios))),
        percussion=(
            float(random.choice([2.0, 3.0])),
            0.0 if pipes else random.choice([0.0, 0.4]),
            random.uniform(0.3, 0.9),
        ),
        attack=random.uniform(0.015, 0.08) if pipes else random.uniform(0.002, 0.008),
        damping=random.uniform(20.0, 60.0) if pipes else 200.0,
        speaks=clicks * 10.0 ** (random.uniform(-40.0, -18.0) / 20.0),
        rotor=_rotor(random) if rotating else (0.0, 0.0, 0.0),
        wind=random.uniform(-70.0, -42.0),
        drive=random.uniform(0.5, 4.0) if kind == "wheels" and random.random() < 0.6 else 0.0,
        tuning=float(random.normal(0.0, 0.15)),
        chords=random.uniform(0.4, 0.9),
        body=response.ripple(3.0, 0.5, random) if pipes else _loudspeaker(random),
    )


def _pipes(random: np.random.Generator) -> tuple[Curve, Curve, float]:
    """Principals, flutes, strings or reeds, in two to four ranks."""
    ratios, amplitudes = [1.0], [0.3]
    for _ in range(int(random.integers(2, 5))):
        rank = float(random.choice(RANKS, p=[0.15, 0.4, 0.25, 0.08, 0.12]))
        slope, even = random.choice([5.0, 8.0, 10.0, 14.0]) + random.normal(0.0, 1.0), random.choice([1.0, 1.0, 0.15])
        number = np.arange(1.0, 15.0)
        loud = random.uniform(0.4, 1.0) * number ** (-slope / 6.02) * np.where(number % 2 == 0, even, 1.0)
        ratios.extend(rank * number)
        amplitudes.extend(loud * np.exp(random.normal(0.0, 0.3, len(number))))
    return np.array(ratios), np.array(amplitudes), 0.03


def _wheels(random: np.random.Generator) -> tuple[Curve, Curve, float]:
    registration = np.array(REGISTRATIONS[int(random.integers(len(REGISTRATIONS)))])
    drawn = np.clip(registration + random.integers(-2, 3, len(DRAWBARS)) * (random.random(len(DRAWBARS)) < 0.4), 0, 8)
    # The generator leaks: a drawbar pushed in is some 40 dB down, not silent.
    return DRAWBARS, np.where(drawn > 0, 10.0 ** ((drawn - 8.0) * 3.0 / 20.0), 0.008), 0.003


def _electronic(random: np.random.Generator) -> tuple[Curve, Curve, float]:
    """Square or sawtooth waves of one or two octaves through a filter."""
    number = np.arange(1.0, 21.0)
    wave = number**-1.0 * np.where(number % 2 == 0, random.choice([0.02, 1.0]), 1.0)
    octave = random.uniform(0.0, 1.0)
    ratios = np.concatenate((number, 2.0 * number))
    heard = 1.0 / (1.0 + (ratios / random.uniform(3.0, 16.0)) ** 2)
    return ratios, np.concatenate((wave, octave * wave)) * heard, 0.005


def _rotor(random: np.random.Generator) -> tuple[float, float, float]:
    fast = random.random() < 0.6
    return (
        (random.uniform(5.5, 7.2) if fast else random.uniform(0.6, 1.1)),
        random.uniform(0.03, 0.2),
        random.uniform(0.1, 0.4),
    )


def _loudspeaker(random: np.random.Generator) -> Curve:
    horn = response.peak(random.uniform(900.0, 2500.0), random.uniform(0.0, 6.0), 0.6)
    return horn + response.low_cut(70.0, 12.0) + response.high_cut(random.uniform(3500.0, 7000.0), 18.0)
