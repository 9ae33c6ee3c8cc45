"""Guitars: plucked strings (Fletcher & Rossing, 1998, chapter 9) before a hollow body, or before an amplifier."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import signal

from ultralight_mir.corpora.synthetic import bending
from ultralight_mir.corpora.synthetic.contour import Curve, Event, to_hertz
from ultralight_mir.corpora.synthetic.midi import Note
from ultralight_mir.corpora.synthetic.players import modal, phrases, response
from ultralight_mir.corpora.synthetic.players.modal import Tone
from ultralight_mir.corpora.synthetic.randomise import Samples, minimum_phase
from ultralight_mir.corpora.synthetic.voice import control_times

PARTIALS: Curve = np.arange(1.0, 41.0)
"""Numbers of the partials."""


@dataclass(frozen=True)
class Strings:
    """A guitar's strings and the hand that plucks them.

    Attributes:
        low, high: MIDI numbers that are played.
        stiffness: of the low E string; higher strings have less.
        pluck: where along the string, of the clips' range.
        pickup: where along the string it is heard; 0 where the whole body is.
        slope: dB an octave that the partials fall at full strength; `soft` as many more at the softest.
        lasting: seconds, T60 of E2's fundamental.
        loss: Hz at which a partial dies twice as fast.
        damping: 1 / s when the finger leaves.
        click: noise of pick or nail, with its level.
        tuning: semitones.
    """

    low: float
    high: float
    stiffness: float
    pluck: tuple[float, float]
    pickup: float
    slope: float
    soft: float
    lasting: float
    loss: float
    damping: float
    click: Samples
    tuning: float

    def sound(self, notes: list[Note], duration: float, muted: float, random: np.random.Generator) -> Samples:
        """The strings' vibration; `muted` ≥ 1 is the factor by which a palm on the bridge damps them."""
        place = random.uniform(*self.pluck)
        tones = [self._tone(note, place, muted, random) for note in notes]
        clicks = [(note.start, note.velocity / 127.0) for note in notes]
        return modal.render(tones, duration) + modal.knocks(clicks, duration, self.click)

    def _tone(self, note: Note, place: float, muted: float, random: np.random.Generator) -> Tone:
        key = float(note.pitch)
        stiff = self.stiffness * 2.0 ** (-(key - 40.0) / 18.0)
        hertz = to_hertz(np.array(key + self.tuning)) * PARTIALS * np.sqrt(1.0 + stiff * PARTIALS**2)
        decibels = -(self.slope + self.soft * (1.0 - note.velocity / 127.0)) * np.log2(PARTIALS)
        decibels = decibels + random.normal(0.0, 2.0, len(PARTIALS))
        strength = 10.0 ** (decibels / 20.0) * (0.05 + np.abs(np.sin(np.pi * PARTIALS * place)))
        if self.pickup:
            strength *= 0.1 + np.abs(np.sin(np.pi * PARTIALS * self.pickup))
        strength *= 10.0 ** ((note.velocity - 127) / 127.0 * 1.2) / np.sqrt(np.square(strength).sum())
        lasting = self.lasting * 2.0 ** (-(key - 40.0) / 20.0)
        return Tone(
            start=note.start,
            stop=note.start + note.duration,
            hertz=hertz,
            amplitude=strength,
            decay=6.9 / lasting * (1.0 + hertz / self.loss) * muted,
            attack=0.001,
            damping=self.damping,
            phase=random.uniform(0.0, 2 * np.pi, len(hertz)),
        )


@dataclass(frozen=True)
class AcousticGuitarPlayer:
    """One acoustic guitar and its player; `chords` is a share of the clips, `body` dB at `response.HERTZ`."""

    strings: Strings
    chords: float
    body: Curve

    def play(self, duration: float, random: np.random.Generator) -> Samples:
        """A phrase, `[duration · SAMPLE_RATE]`, before the body."""
        notes = phrases.touched(duration, self.strings.low, self.strings.high, self.chords, random)
        muted = random.uniform(3.0, 8.0) if random.random() < 0.05 else 1.0
        return self.strings.sound(notes, duration, muted, random)


@dataclass(frozen=True)
class DistortedGuitarPlayer:
    """One electric guitar, its amplifier and its player.

    Attributes:
        strings: of the guitar.
        before: filter between guitar and distortion, taps.
        drive: dB of gain before the distortion, of the clips' range.
        offset: of its curve, 0 symmetric.
        hiss: dB of the noise that comes from the guitar.
        riffs: share of the clips with power chords.
        body: of tone controls and cabinet, dB at `response.HERTZ`.
    """

    strings: Strings
    before: Samples
    drive: tuple[float, float]
    offset: float
    hiss: float
    riffs: float
    body: Curve

    def play(self, duration: float, random: np.random.Generator) -> Samples:
        """A phrase, `[duration · SAMPLE_RATE]`, before the cabinet."""
        low, high = self.strings.low, self.strings.high
        if random.random() < self.riffs:
            notes, muted = power_chords(duration, low, high, random), random.choice([1.0, 1.0, random.uniform(4, 15)])
            clean = self.strings.sound(notes, duration, muted, random)
        else:
            notes = phrases.touched(duration, low + 7.0, high, 0.1, random, lowest=0.5)
            events = [Event(n.start, n.duration, n.pitch) for n in notes]
            semitones = np.clip(bending.bend(events, control_times(duration), random), -2.6, 2.6)
            clean, _ = bending.read_bent(lambda length: self.strings.sound(notes, length, 1.0, random), semitones)
        return self._amplify(clean, random)

    def _amplify(self, clean: Samples, random: np.random.Generator) -> Samples:
        clean = signal.oaconvolve(clean / (np.abs(clean).max() + 1e-9), self.before, "full")[: len(clean)]
        clean += np.float32(10.0 ** (self.hiss / 20.0)) * random.standard_normal(len(clean), np.float32)
        # Twice the sample rate: what the curve makes above Nyquist would fold back.
        fine = signal.resample_poly(clean, 2, 1).astype(np.float32)
        gain = np.float32(10.0 ** (random.uniform(*self.drive) / 20.0) / (np.abs(clean).max() + 1e-9))
        bent = np.tanh(gain * fine + self.offset) - np.tanh(self.offset)
        heard: Samples = signal.resample_poly(bent, 1, 2)[: len(clean)].astype(np.float32)
        return heard


def power_chords(duration: float, low: float, high: float, random: np.random.Generator) -> list[Note]:
    """Root, fifth and often octave in riffs, as electric guitars play them."""
    step = random.uniform(0.12, 0.6) if random.random() < 0.8 else random.uniform(0.8, 3.0)
    roots = [int(p) for p in random.integers(int(low), int(low) + 15, 3)]
    intervals = (0, 7, 12) if random.random() < 0.6 else (0, 7)
    length, velocity = step * random.uniform(0.4, 1.1), int(random.integers(70, 120))
    times = np.arange(-random.uniform(0.0, phrases.LEAD_IN), duration, step)
    return [
        Note(float(t), length, root + interval, velocity)
        for t, root in zip(times, random.choice(roots, len(times)), strict=True)
        for interval in intervals
        if root + interval <= high
    ]


def draw_acoustic_guitar(random: np.random.Generator) -> AcousticGuitarPlayer:
    """Steel strings in six of ten guitars, else nylon; fingers or a pick."""
    steel = random.random() < 0.6
    low = random.uniform(39.0, 52.0)
    strings = Strings(
        low=low,
        high=min(83.0, low + random.uniform(20.0, 34.0)),
        stiffness=random.uniform(3e-5, 1.2e-4),
        pluck=(random.uniform(0.08, 0.18), random.uniform(0.18, 0.35)),
        pickup=0.0,
        slope=random.uniform(3.0, 7.0) if steel else random.uniform(6.0, 11.0),
        soft=random.uniform(3.0, 9.0),
        lasting=random.uniform(2.5, 6.0) if steel else random.uniform(1.5, 3.5),
        loss=random.uniform(1200.0, 3000.0) if steel else random.uniform(400.0, 1200.0),
        damping=random.uniform(10.0, 60.0),
        click=_click(random.uniform(300.0, 1500.0), random.uniform(0.002, 0.01), random.uniform(-34.0, -12.0), random),
        tuning=float(random.normal(0.0, 0.15)),
    )
    air = random.uniform(88.0, 125.0)
    body = response.resonances([
        (air, random.uniform(3.0, 9.0), 0.15),
        (air * random.uniform(1.8, 2.2), random.uniform(3.0, 9.0), 0.12),
        (random.uniform(330.0, 480.0), random.uniform(0.0, 6.0), 0.15),
    ])  # fmt: skip
    body = body + response.low_cut(air, 9.0) + response.modes(450.0, 4000.0, random.uniform(70.0, 150.0), 4.0, random)
    return AcousticGuitarPlayer(strings, chords=random.uniform(0.3, 0.8), body=body)


def draw_distorted_guitar(random: np.random.Generator) -> DistortedGuitarPlayer:
    """From crunch to high gain, through a closed or open cabinet."""
    low = random.uniform(37.0, 48.0)
    strings = Strings(
        low=low,
        high=min(88.0, low + random.uniform(26.0, 40.0)),
        stiffness=random.uniform(3e-5, 1e-4),
        pluck=(random.uniform(0.05, 0.12), random.uniform(0.12, 0.3)),
        pickup=random.uniform(0.05, 0.26),
        slope=random.uniform(2.0, 6.0),
        soft=random.uniform(2.0, 6.0),
        lasting=random.uniform(5.0, 10.0),
        loss=random.uniform(1500.0, 3500.0),
        damping=random.uniform(15.0, 60.0),
        click=_click(1000.0, random.uniform(0.001, 0.005), random.uniform(-34.0, -16.0), random),
        tuning=float(random.normal(0.0, 0.1)),
    )
    coil = response.peak(random.uniform(2200.0, 4500.0), random.uniform(0.0, 8.0), 0.4)
    before = coil + response.low_cut(random.uniform(100.0, 700.0), random.uniform(3.0, 6.0))
    quietest = random.uniform(14.0, 40.0)
    cabinet = response.resonances([
        (random.uniform(85.0, 140.0), random.uniform(0.0, 6.0), 0.3),
        (random.uniform(350.0, 800.0), random.uniform(-9.0, 2.0), 0.5),
        (random.uniform(2000.0, 3800.0), random.uniform(2.0, 9.0), 0.35),
    ]) + response.low_cut(random.uniform(75.0, 120.0), 12.0)  # fmt: skip
    cabinet = cabinet + np.maximum(response.high_cut(random.uniform(3800.0, 5500.0), random.uniform(18.0, 40.0)), -60.0)
    return DistortedGuitarPlayer(
        strings=strings,
        before=minimum_phase(before, 256).astype(np.float32),
        drive=(quietest, quietest + random.uniform(2.0, 15.0)),
        offset=random.uniform(0.0, 0.6),
        hiss=random.uniform(-85.0, -55.0),
        riffs=random.uniform(0.2, 0.8),
        body=cabinet + response.ripple(3.0, 0.4, random),
    )


def _click(low: float, seconds: float, decibels: float, random: np.random.Generator) -> Samples:
    """Of a pick or a nail: noise from `low` Hz on, with its level."""
    return modal.knock(low, random.uniform(3000.0, 8000.0), seconds, random) * np.float32(10.0 ** (decibels / 20.0))
