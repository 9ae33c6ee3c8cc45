"""Wind instruments: clarinet, flute, tenor saxophone, trumpet. Spectra after Fletcher & Rossing, The Physics of Musical
Instruments (1998), chapters 14–16, and Luce & Clark, JASA 42 (1967) for the brass's formant and cut-off."""

from __future__ import annotations

import numpy as np

from ultralight_mir.corpora.synthetic.contour import Curve
from ultralight_mir.corpora.synthetic.players import response
from ultralight_mir.corpora.synthetic.players.phrases import Habits
from ultralight_mir.corpora.synthetic.players.sustained import MOST, Noise, SustainedPlayer, grain


def _octaves(hertz: Curve, above: float) -> Curve:
    """How many octaves above a frequency, 0 below it."""
    far: Curve = np.maximum(np.log2(hertz / above), 0.0)
    return far


def _key(f0: Curve) -> Curve:
    key: Curve = 69.0 + 12.0 * np.log2(f0 / 440.0)
    return key


def _phases(random: np.random.Generator) -> Curve:
    return random.uniform(0.0, 2 * np.pi, MOST)


def _tuning(random: np.random.Generator) -> float:
    return float(random.normal(0.0, 0.15))


def draw_clarinet(random: np.random.Generator) -> SustainedPlayer:
    """A closed cylinder: even partials 18–36 dB down in the low register, less the higher they are."""
    cutoff, drop, reach = random.uniform(1200.0, 2000.0), random.uniform(18.0, 36.0), random.uniform(3.0, 9.0)
    slope, steep, soft = random.uniform(4.0, 8.0), random.uniform(8.0, 16.0), random.uniform(8.0, 16.0)
    clarion, third = random.uniform(4.0, 12.0), random.uniform(0.0, 6.0)

    def spectrum(f0: Curve, effort: Curve, number: Curve) -> Curve:
        upper = 1.0 / (1.0 + np.exp(-(_key(f0) - 70.5) / 1.2))
        even = np.where(number % 2 == 0, 1.0, 0.0)
        low = -drop * even * np.exp(-(number - 2.0) / reach)
        high = -clarion * (number > 1) - third * even
        tilt = -(slope + soft * (1.0 - effort)) * np.log2(number)
        return tilt + (1.0 - upper) * low + upper * high - steep * _octaves(number * f0, cutoff)

    jazz = random.random() < 0.25
    habits = Habits(
        attack=(0.015, random.uniform(0.04, 0.09)),
        release=(0.03, 0.12),
        glide=(0.01, 0.05),
        vibrato=0.5 if jazz else random.choice([0.0, 0.0, 0.2]),
        rate=(4.0, 6.0),
        extent=(0.03, 0.35) if jazz else (0.02, 0.08),
        swing=0.06,
        scoop=0.2 if jazz else 0.03,
        tuning=_tuning(random),
        span=random.uniform(18.0, 32.0),
    )
    noise = Noise(
        broad=random.uniform(-52.0, -36.0),
        around=random.uniform(-40.0, -28.0),
        attack=random.uniform(0.0, 10.0),
        band=(random.uniform(600.0, 1500.0), random.uniform(3000.0, 8000.0)),
        width=random.uniform(15.0, 50.0),
    )
    body = response.ripple(2.5, 0.5, random) + response.low_cut(120.0, 6.0)
    low = random.uniform(49.0, 60.0)
    return SustainedPlayer(
        low,
        min(93.0, low + random.uniform(22.0, 36.0)),
        habits,
        spectrum,
        grain(3.0, random),
        _phases(random),
        noise,
        body,
    )


def draw_flute(random: np.random.Generator) -> SustainedPlayer:
    """An open cylinder under a jet: few partials, the second strong in low notes; vibrato of loudness; breath."""
    second, third, fall = random.uniform(-6.0, 6.0), random.uniform(-12.0, 0.0), random.uniform(3.5, 7.0)
    middle, top, soft = random.uniform(6.0, 14.0), random.uniform(14.0, 24.0), random.uniform(5.0, 12.0)

    def spectrum(f0: Curve, effort: Curve, number: Curve) -> Curve:
        key = _key(f0)
        low = np.select([number == 1, number == 2, number == 3], [0.0, second, third], third - fall * (number - 3))
        mid = np.where(number == 1, 0.0, -middle - fall * 1.2 * (number - 2))
        high = np.where(number == 1, 0.0, -top - fall * 1.5 * (number - 2))
        up, upper = np.clip((key - 68.0) / 7.0, 0.0, 1.0), np.clip((key - 80.0) / 8.0, 0.0, 1.0)
        shape = (1.0 - up) * low + up * ((1.0 - upper) * mid + upper * high)
        return np.maximum(shape, -70.0) - soft * (1.0 - effort) * np.log2(number)

    habits = Habits(
        attack=(0.03, random.uniform(0.06, 0.16)),
        release=(0.04, 0.18),
        glide=(0.005, 0.03),
        vibrato=random.uniform(0.4, 0.95),
        rate=(random.uniform(4.0, 5.2), random.uniform(5.3, 6.5)),
        extent=(0.02, random.uniform(0.08, 0.3)),
        swing=random.uniform(0.08, 0.25),
        scoop=0.06,
        tuning=_tuning(random),
        span=random.uniform(12.0, 22.0),
    )
    noise = Noise(
        broad=random.uniform(-42.0, -18.0),
        around=random.uniform(-38.0, -20.0),
        attack=random.uniform(4.0, 14.0),
        band=(random.uniform(400.0, 1500.0), random.uniform(4000.0, 9500.0)),
        width=random.uniform(30.0, 90.0),
    )
    body = response.ripple(2.0, 0.6, random)
    low = random.uniform(59.0, 72.0)
    return SustainedPlayer(
        low,
        min(96.0, low + random.uniform(18.0, 30.0)),
        habits,
        spectrum,
        grain(2.5, random),
        _phases(random),
        noise,
        body,
    )


def draw_saxophone(random: np.random.Generator) -> SustainedPlayer:
    """A cone with a reed: all partials, the first ones weak in low notes, a broad hump at 0.4–1 kHz, jazz habits."""
    hump, weak, rise = random.uniform(450.0, 1000.0), random.uniform(170.0, 330.0), random.uniform(3.0, 9.0)
    slope, cutoff, steep = random.uniform(5.0, 10.0), random.uniform(1500.0, 3500.0), random.uniform(3.0, 10.0)
    soft = random.uniform(6.0, 14.0)

    def spectrum(f0: Curve, effort: Curve, number: Curve) -> Curve:
        hertz = number * f0
        shape = -slope * _octaves(hertz, hump) - steep * _octaves(hertz, cutoff)
        shape = shape - rise * np.maximum(np.log2(weak / hertz), 0.0)
        return shape - soft * (1.0 - effort) * np.log2(np.maximum(hertz / weak, 1.0))

    habits = Habits(
        attack=(0.01, random.uniform(0.03, 0.09)),
        release=(0.03, 0.2),
        glide=(0.01, random.uniform(0.03, 0.1)),
        vibrato=random.uniform(0.2, 0.8),
        rate=(random.uniform(3.8, 5.0), random.uniform(5.2, 6.3)),
        extent=(0.05, random.uniform(0.15, 0.5)),
        swing=random.uniform(0.0, 0.1),
        scoop=random.uniform(0.0, 0.4),
        tuning=_tuning(random),
        span=random.uniform(14.0, 26.0),
    )
    noise = Noise(
        broad=random.uniform(-44.0, -26.0),
        around=random.uniform(-40.0, -24.0),
        attack=random.uniform(0.0, 10.0),
        band=(random.uniform(800.0, 2500.0), random.uniform(5000.0, 9500.0)),
        width=random.uniform(20.0, 80.0),
    )
    formants = response.resonances([
        (random.uniform(500.0, 800.0), random.uniform(-2.0, 5.0), 0.35),
        (random.uniform(1100.0, 1700.0), random.uniform(-3.0, 6.0), 0.25),
        (random.uniform(2400.0, 3500.0), random.uniform(-2.0, 8.0), 0.25),
    ])  # fmt: skip
    body = formants + response.ripple(2.0, 0.4, random)
    low = random.uniform(43.0, 56.0)
    return SustainedPlayer(
        low,
        min(78.0, low + random.uniform(17.0, 28.0)),
        habits,
        spectrum,
        grain(3.5, random),
        _phases(random),
        noise,
        body,
    )


def draw_trumpet(random: np.random.Generator) -> SustainedPlayer:
    """Brass: partials rise to a formant at 0.9–1.7 kHz; above, they fall by 13–24 dB an octave when soft, 5–11 loud."""
    formant, rise = random.uniform(900.0, 1700.0), random.uniform(0.0, 5.0)
    loud, soft = random.uniform(5.0, 11.0), random.uniform(8.0, 13.0)
    mellow = random.uniform(0.0, 4.0)

    def spectrum(f0: Curve, effort: Curve, number: Curve) -> Curve:
        hertz = number * f0
        below = -rise * np.maximum(np.log2(formant / hertz), 0.0)
        above = -(loud + soft * (1.0 - effort)) * _octaves(hertz, formant)
        return below + above - mellow * (1.0 - effort) * np.log2(number)

    habits = Habits(
        attack=(0.012, random.uniform(0.03, 0.08)),
        release=(0.03, 0.12),
        glide=(0.008, 0.04),
        vibrato=random.uniform(0.1, 0.7),
        rate=(random.uniform(4.0, 5.3), random.uniform(5.4, 6.8)),
        extent=(0.03, random.uniform(0.1, 0.35)),
        swing=random.uniform(0.02, 0.1),
        scoop=random.uniform(0.0, 0.15),
        tuning=_tuning(random),
        span=random.uniform(16.0, 28.0),
    )
    noise = Noise(
        broad=random.uniform(-56.0, -38.0),
        around=random.uniform(-42.0, -28.0),
        attack=random.uniform(2.0, 12.0),
        band=(random.uniform(500.0, 1500.0), random.uniform(4000.0, 9000.0)),
        width=random.uniform(15.0, 60.0),
    )
    low = random.uniform(52.0, 64.0)
    return SustainedPlayer(
        low, min(86.0, low + random.uniform(16.0, 26.0)), habits, spectrum, grain(1.5, random), _phases(random), noise,
        response.ripple(2.0, 0.6, random) + _mute(random),
    )  # fmt: skip


def _mute(random: np.random.Generator) -> Curve:
    """Most play open; a straight, a cup or a harmon mute."""
    kind = random.choice(["open", "straight", "cup", "harmon"], p=[0.76, 0.1, 0.07, 0.07])
    if kind == "straight":
        return response.low_cut(random.uniform(1200.0, 1800.0), 8.0)
    if kind == "cup":
        return response.peak(random.uniform(800.0, 1200.0), 5.0, 0.4) + response.high_cut(1800.0, 8.0)
    if kind == "harmon":
        sharp = response.peak(random.uniform(1400.0, 1900.0), 14.0, 0.3)
        return sharp + response.low_cut(1300.0, 12.0) - response.peak(2700.0, 8.0, 0.2)
    return response.flat()
