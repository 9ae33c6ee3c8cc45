"""Drums from oscillators and shaped noise, every one with parameters of its own, so that no two kits sound alike.

Each function draws its parameters from `random` and returns one hit, its onset at sample 0, peak 1, float32
`[samples]` at `RATE`. Models after the analogue drum machines and Werner et al., *A physically-informed,
circuit-bendable, digital model of the Roland TR-808 bass drum circuit* (DAFx 2014): swept sines and filtered noise.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from ultralight_mir.corpora.synthetic.midi import SAMPLE_RATE as RATE

Samples = NDArray[np.float32]
Signal = NDArray[np.float64]
LONGEST = 2.0
"""Seconds of a hit, at most."""


def kick(random: np.random.Generator) -> Samples:
    """A sine that falls to 38…75 Hz, a click of the beater, sometimes a second mode."""
    decay = random.uniform(0.04, 0.25)
    time = _time(decay * 4)
    body = _swept(time, random.uniform(38, 75), random.uniform(1.2, 5.0), random.uniform(0.006, 0.03)) * np.exp(
        -time / decay
    )
    mode = random.uniform(0.0, 0.4) * np.sin(2 * np.pi * random.uniform(90, 220) * time) * np.exp(-time / (decay * 0.5))
    click = random.uniform(0.02, 0.6) * _noise(time, random.uniform(200, 3000), random.uniform(3000, 9000), 0.0, random)
    return _finished(body + mode + click * np.exp(-time / random.uniform(0.001, 0.008)), random.uniform(0.0, 0.002))


def snare(random: np.random.Generator) -> Samples:
    """Two modes of the head, the wires' noise with a decay of its own, and the stick."""
    decay, wires = random.uniform(0.02, 0.12), random.uniform(0.025, 0.16)
    time = _time(max(decay, wires) * 5)
    base = np.exp(random.uniform(np.log(120), np.log(330)))
    head = _swept(time, base, random.uniform(1.0, 1.6), 0.015) * np.exp(-time / decay)
    head += (
        random.uniform(0.2, 0.8)
        * np.sin(2 * np.pi * base * random.uniform(1.45, 1.9) * time)
        * np.exp(-time / (decay * 0.6))
    )
    rattle = _noise(time, random.uniform(300, 2500), random.uniform(5000, 11000), random.uniform(-1.0, 0.5), random)
    rattle *= np.exp(-time / wires) * np.minimum(1.0, time / random.uniform(0.0005, 0.004))
    stick = _noise(time, 1500, 9000, 0.0, random) * np.exp(-time / random.uniform(0.001, 0.004))
    parts = random.uniform(0.15, 1.6) * head + random.uniform(0.1, 1.2) * rattle + random.uniform(0.0, 0.6) * stick
    return _finished(parts, random.uniform(0.0, 0.001))


def side_stick(random: np.random.Generator) -> Samples:
    """A short knock with two resonances."""
    time = _time(0.15)
    knock = sum(
        random.uniform(0.3, 1.0)
        * np.sin(2 * np.pi * random.uniform(350, 2600) * time)
        * np.exp(-time / random.uniform(0.005, 0.025))
        for _ in range(3)
    )
    return _finished(
        knock + random.uniform(0.1, 0.6) * _noise(time, 800, 7000, 0.0, random) * np.exp(-time / 0.003),
        0.0005,
    )


def closed_hat(random: np.random.Generator) -> Samples:
    """Metal noise of 15…90 ms."""
    return _metal(random.uniform(0.008, 0.045), random.uniform(0.0, 0.002), random)


def loose_hat(random: np.random.Generator) -> Samples:
    """Half open: 90…350 ms, the two cymbals sizzling against each other."""
    return _metal(random.uniform(0.045, 0.17), random.uniform(0.0, 0.003), random)


def open_hat(random: np.random.Generator) -> Samples:
    """Metal noise of 0.25…1 s."""
    return _metal(random.uniform(0.12, 0.4), random.uniform(0.0, 0.004), random)


def pedal_hat(random: np.random.Generator) -> Samples:
    """The foot's chick: softer, lower, slower in its attack."""
    return _metal(random.uniform(0.008, 0.035), random.uniform(0.002, 0.010), random, darker=0.5)


def ride(random: np.random.Generator) -> Samples:
    """A ping of the stick (a few partials) over a long wash."""
    wash = _metal(random.uniform(0.25, 0.7), random.uniform(0.002, 0.01), random, darker=0.8)
    time = np.arange(len(wash)) / RATE
    ping = _partials(time, random.uniform(400, 900), random.uniform(0.03, 0.35), 7, random)
    stick = _noise(time, 2500, 10000, 0.0, random) * np.exp(-time / random.uniform(0.002, 0.01))
    parts = random.uniform(0.1, 0.5) * wash + random.uniform(0.2, 1.0) * ping + random.uniform(0.1, 0.8) * stick
    return _finished(parts, 0.0)


def bell(random: np.random.Generator) -> Samples:
    """The ride's cup or a cowbell: loud partials, little wash."""
    time = _time(LONGEST)
    ring = _partials(time, random.uniform(500, 1500), random.uniform(0.05, 0.4), 5, random)
    return _finished(ring + 0.2 * _noise(time, 2500, 9000, 0.0, random) * np.exp(-time / 0.008), 0.0005)


def crash(random: np.random.Generator) -> Samples:
    """A blast of metal noise that blooms within milliseconds and rings on."""
    return _metal(random.uniform(0.3, 0.7), random.uniform(0.001, 0.012), random, darker=0.7)


def tom(random: np.random.Generator) -> Samples:
    """A swept sine of 70…260 Hz with a second mode and the stick."""
    base, decay = np.exp(random.uniform(np.log(70), np.log(260))), random.uniform(0.06, 0.25)
    time = _time(decay * 5)
    body = _swept(time, base, random.uniform(1.05, 1.8), random.uniform(0.01, 0.06)) * np.exp(-time / decay)
    body += random.uniform(0.1, 0.5) * np.sin(2 * np.pi * base * 1.59 * time) * np.exp(-time / (decay * 0.5))
    stick = (
        random.uniform(0.05, 0.5) * _noise(time, 500, 8000, -0.5, random) * np.exp(-time / random.uniform(0.002, 0.008))
    )
    return _finished(body + stick, random.uniform(0.0, 0.001))


def shaker(random: np.random.Generator) -> Samples:
    """Noise with a soft attack: shaker, cabasa, tambourine."""
    return _metal(random.uniform(0.01, 0.07), random.uniform(0.003, 0.02), random)


def clap(random: np.random.Generator) -> Samples:
    """Three or four bursts of noise within 40 ms."""
    time = _time(0.4)
    bursts = np.zeros(len(time))
    for start in np.cumsum(random.uniform(0.006, 0.013, random.integers(3, 5))) - 0.006:
        after = np.maximum(time - start, 0)
        bursts += (time >= start) * np.exp(-after / 0.006)
    bursts += (time > 0.02) * 0.6 * np.exp(-np.maximum(time - 0.02, 0) / random.uniform(0.02, 0.1))
    return _finished(bursts * _noise(time, random.uniform(400, 1200), random.uniform(3000, 8000), -0.5, random), 0.0)


SYNTHESES: dict[str, Callable[[np.random.Generator], Samples]] = {
    "kick": kick,
    "snare": snare,
    "side": side_stick,
    "closed": closed_hat,
    "loose": loose_hat,
    "open": open_hat,
    "pedal": pedal_hat,
    "ride": ride,
    "bell": bell,
    "crash": crash,
    "tom": tom,
    "shaker": shaker,
    "clap": clap,
}


def _time(seconds: float) -> Signal:
    return np.arange(int(min(seconds, LONGEST) * RATE)) / RATE


def _swept(time: Signal, base: float, start: float, fall: float) -> Signal:
    """A sine that falls exponentially from `start` · `base` Hz to `base` Hz with time constant `fall` seconds."""
    phase = base * time + base * (start - 1) * fall * (1 - np.exp(-time / fall))
    return np.sin(2 * np.pi * phase)


def _partials(time: Signal, base: float, decay: float, count: int, random: np.random.Generator) -> Signal:
    ratios, decays = random.uniform(1.0, 7.0, count), random.uniform(0.3, 1.2, count) * decay
    phases, levels = random.uniform(0, 2 * np.pi, count), random.uniform(0.2, 1.0, count)
    waves = [
        level * np.sin(2 * np.pi * base * ratio * time + phase) * np.exp(-time / fall)
        for ratio, fall, phase, level in zip(ratios, decays, phases, levels, strict=True)
        if base * ratio < RATE / 2
    ]
    total: Signal = np.sum(waves, axis=0) / count if waves else np.zeros(len(time))
    return total


def _noise(time: Signal, low: float, high: float, slope: float, random: np.random.Generator) -> Signal:
    """Noise of unit peak between `low` and `high` Hz, `slope` in powers of the frequency, with soft edges."""
    size = 1 << max(8, len(time) - 1).bit_length()
    frequency = np.fft.rfftfreq(size, 1 / RATE)
    response = np.maximum(frequency, 20.0) ** slope / (
        (1 + (low / np.maximum(frequency, 1.0)) ** 4) * (1 + (frequency / high) ** 6)
    )
    spectrum = np.fft.rfft(random.standard_normal(size)) * response
    noise = np.fft.irfft(spectrum, size)[: len(time)]
    return noise / (np.abs(noise).max() + 1e-12)


def _metal(decay: float, attack: float, random: np.random.Generator, darker: float = 1.0) -> Samples:
    """Two bands of noise and a few partials; the upper band decays on its own; `attack`, `decay` in seconds."""
    time = _time(decay * 6)
    edge = np.exp(random.uniform(np.log(1500), np.log(7000))) * darker
    bright = _noise(time, edge, random.uniform(8000, 14000), random.uniform(-0.3, 0.8), random)
    dark = _noise(time, edge * random.uniform(0.15, 0.6), edge * random.uniform(0.8, 2.0), 0.0, random)
    ring = _partials(time, edge * random.uniform(0.4, 1.0), decay, 6, random)
    body = bright * np.exp(-time / (decay * random.uniform(0.5, 1.0)))
    body += (random.uniform(0.0, 0.7) * dark + random.uniform(0.0, 0.8) * ring) * np.exp(-time / decay)
    tick = (
        random.uniform(0.0, 1.0) * _noise(time, 1500, 10000, 0.0, random) * np.exp(-time / random.uniform(0.001, 0.006))
    )
    return _finished(body * np.minimum(1.0, time / max(attack, 1e-4)) + tick, 0.0)


def _finished(samples: Signal, attack: float) -> Samples:
    """A soft start of `attack` seconds, a short fade at the end, peak 1."""
    if attack > 0:
        samples = samples * np.minimum(1.0, np.arange(len(samples)) / (attack * RATE))
    fade = min(len(samples), 200)
    samples[-fade:] *= np.linspace(1.0, 0.0, fade)
    return (samples / (np.abs(samples).max() + 1e-12)).astype(np.float32)
