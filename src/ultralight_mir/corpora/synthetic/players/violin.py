"""Violins: a bowed string's sawtooth through a body of many resonances (Fletcher & Rossing, 1998, chapter 10)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ultralight_mir.corpora.synthetic.contour import Curve
from ultralight_mir.corpora.synthetic.players import modal, phrases, response
from ultralight_mir.corpora.synthetic.players.guitar import Strings
from ultralight_mir.corpora.synthetic.players.phrases import Habits
from ultralight_mir.corpora.synthetic.players.sustained import MOST, Noise, SustainedPlayer, grain
from ultralight_mir.corpora.synthetic.randomise import Samples


@dataclass(frozen=True)
class ViolinPlayer:
    """One violin and its player: bowed, or plucked in a share `pizzicato` of the clips; `body` as of both."""

    bowed: SustainedPlayer
    plucked: Strings
    pizzicato: float
    body: Curve

    def play(self, duration: float, random: np.random.Generator) -> Samples:
        """A phrase, `[duration · SAMPLE_RATE]`, before the body."""
        if random.random() >= self.pizzicato:
            return self.bowed.play(duration, random)
        notes = phrases.touched(duration, self.plucked.low, self.plucked.high, 0.0, random)
        return self.plucked.sound(notes, duration, 1.0, random)


def draw_violin(random: np.random.Generator) -> ViolinPlayer:
    """What the body does is the same for both ways of playing."""
    body = _body(random)
    bowed = _draw_bowed(body, random)
    click = modal.knock(300.0, random.uniform(2000.0, 6000.0), 0.005, random)
    plucked = Strings(
        low=bowed.low,
        high=min(88.0, bowed.high),
        stiffness=random.uniform(3e-5, 1e-4),
        pluck=(0.15, 0.4),
        pickup=0.0,
        slope=random.uniform(5.0, 9.0),
        soft=random.uniform(3.0, 8.0),
        lasting=random.uniform(1.0, 2.2),  # at E2, if it had one: 0.4–1.1 s in its range
        loss=random.uniform(500.0, 1500.0),
        damping=random.uniform(15.0, 50.0),
        click=click * 10.0 ** (random.uniform(-34.0, -18.0) / 20.0),
        tuning=bowed.habits.tuning,
    )
    return ViolinPlayer(bowed, plucked, random.uniform(0.0, 0.15), body)


def _draw_bowed(body: Curve, random: np.random.Generator) -> SustainedPlayer:
    """Partials fall by about 6 dB an octave; air mode, two corpus modes and the bridge hill are each violin's own."""
    slope, soft = random.uniform(4.5, 7.5), random.uniform(1.0, 5.0)
    bow, dip = random.uniform(7.0, 15.0), random.uniform(0.0, 0.9)

    def spectrum(f0: Curve, effort: Curve, number: Curve) -> Curve:
        comb = 10.0 * np.log10(1.0 - dip * np.cos(np.pi * number / bow) ** 8)
        return (
            -(slope + soft * (1.0 - effort)) * np.log2(number)
            + comb
            - 4.0 * np.maximum(np.log2(number * f0 / 5000.0), 0)
        )

    folk = random.random() < 0.25
    habits = Habits(
        attack=(0.02, random.uniform(0.05, 0.2)),
        release=(0.04, 0.25),
        glide=(0.01, random.uniform(0.04, 0.15)),
        vibrato=0.3 if folk else random.uniform(0.6, 0.98),
        rate=(random.uniform(4.8, 5.6), random.uniform(5.8, 7.2)),
        extent=(0.08, random.uniform(0.2, 0.5)),
        swing=random.uniform(0.0, 0.08),
        scoop=random.uniform(0.0, 0.25),
        tuning=float(random.normal(0.0, 0.15)),
        span=random.uniform(12.0, 24.0),
    )
    noise = Noise(
        broad=random.uniform(-42.0, -24.0),
        around=random.uniform(-34.0, -22.0),
        attack=random.uniform(0.0, 12.0),
        band=(random.uniform(800.0, 2500.0), random.uniform(5000.0, 9500.0)),
        width=random.uniform(20.0, 80.0),
    )
    low = random.uniform(55.0, 70.0)
    return SustainedPlayer(
        low, min(100.0, low + random.uniform(18.0, 32.0)), habits, spectrum, grain(1.5, random),
        random.uniform(-0.6, 0.6, MOST) + np.pi / 2, noise, body, voices=random.uniform(0.0, 0.5),
    )  # fmt: skip


def _body(random: np.random.Generator) -> Curve:
    air, first = random.uniform(262.0, 298.0), random.uniform(420.0, 485.0)
    known = response.resonances([
        (air, random.uniform(5.0, 11.0), 0.12),
        (first, random.uniform(4.0, 11.0), 0.1),
        (first * random.uniform(1.15, 1.28), random.uniform(5.0, 12.0), 0.1),
        (random.uniform(2000.0, 3000.0), random.uniform(3.0, 12.0), random.uniform(0.3, 0.6)),
        (random.uniform(1200.0, 1700.0), random.uniform(-9.0, 2.0), 0.3),
    ])  # fmt: skip
    cuts = response.low_cut(air, 12.0) + response.high_cut(random.uniform(3000.0, 5500.0), random.uniform(6.0, 12.0))
    return known + cuts + response.modes(550.0, 7000.0, random.uniform(80.0, 160.0), 5.0, random)
