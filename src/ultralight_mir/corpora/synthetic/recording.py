"""A place and its microphone: distance, early reflections, reverberation, proximity, band limits, noise, hum, level.

Drawn once for a player, as a session is; every clip then gets its own noise and a level near the session's.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import fft, signal

from ultralight_mir.corpora.synthetic import randomise
from ultralight_mir.corpora.synthetic.contour import Curve
from ultralight_mir.corpora.synthetic.midi import SAMPLE_RATE
from ultralight_mir.corpora.synthetic.players import response
from ultralight_mir.corpora.synthetic.randomise import Samples

TAPS = 1024
"""Of the filter of body, microphone and medium together."""


@dataclass(frozen=True)
class Session:
    """One place, microphone and medium.

    Attributes:
        impulse: response from the instrument's body to the file, `[taps]`.
        drive: of the saturation; 0 is none.
        compressed: whether a compressor works.
        noise: signal-to-noise ratio, dB.
        colour: exponent of the noise's spectrum, 0 white … 1 pink in power.
        hum: dB below the signal; its frequency in Hz.
        mains: Hz.
        level: dB of full scale of the peak.
    """

    impulse: Samples
    drive: float
    compressed: bool
    noise: float
    colour: float
    hum: float
    mains: float
    level: float

    def record(self, dry: Samples, random: np.random.Generator) -> Samples:
        """What is on the file of `dry` samples, as long as they are, peak ≤ 1."""
        size = fft.next_fast_len(len(dry) + len(self.impulse), real=True)
        spectrum = fft.rfft(dry.astype(np.float32), size) * fft.rfft(self.impulse, size)
        heard: Samples = fft.irfft(spectrum, size)[: len(dry)].astype(np.float32)
        heard /= np.abs(heard).max() + 1e-9
        if self.drive:
            heard = np.tanh(self.drive * heard)
        if self.compressed:
            heard = randomise.compress(heard, SAMPLE_RATE, random)
        heard = heard + self._background(len(dry), float(np.sqrt(np.square(heard).mean())), random)
        peak = 10.0 ** (min(self.level + random.normal(0.0, 2.0), -0.1) / 20.0)
        return (heard * (peak / (np.abs(heard).max() + 1e-9))).astype(np.float32)

    def _background(self, count: int, rms: float, random: np.random.Generator) -> Samples:
        noise = random.standard_normal(count, np.float32)
        if self.colour:
            slow = signal.lfilter([1.0 - 0.97], [1.0, -0.97], noise).astype(np.float32)  # falls from some 100 Hz on
            noise = (1.0 - self.colour) * noise + self.colour * 8.0 * slow
        noise *= rms * 10.0 ** (-self.noise / 20.0) / (noise.std() + 1e-9)
        if self.hum < 80.0:
            moments = np.arange(count, dtype=np.float32) * np.float32(2 * np.pi * self.mains / SAMPLE_RATE)
            buzz = sum(np.sin(k * moments + random.uniform(0, 6.0)) / k for k in (1, 2, 3, 5))
            noise = noise + rms * 10.0 ** (-self.hum / 20.0) * buzz
        return noise.astype(np.float32)


def draw_session(body: Curve, random: np.random.Generator) -> Session:
    """A random place for an instrument whose own response is `body` (dB at `response.HERTZ`)."""
    medium = randomise.minimum_phase(body + _microphone(random) + _medium(random), TAPS)
    impulse = signal.oaconvolve(_room(random), medium, "full").astype(np.float32)
    return Session(
        impulse=impulse / np.abs(impulse).max(),
        drive=random.uniform(0.3, 2.0) if random.random() < 0.2 else 0.0,
        compressed=bool(random.random() < 0.35),
        noise=random.uniform(25.0, 70.0),
        colour=random.uniform(0.0, 1.0),
        hum=random.uniform(35.0, 60.0) if random.random() < 0.25 else 99.0,
        mains=float(random.choice([50.0, 60.0])),
        level=random.uniform(-20.0, -0.2),
    )


def _microphone(random: np.random.Generator) -> Curve:
    """Its response, bass that a near source gains (proximity), and an engineer's equaliser."""
    shape = response.ripple(random.uniform(0.5, 3.5), 1.0, random)
    shape = shape - random.uniform(-1.5, 1.5) * (response.OCTAVES - np.log2(1000.0)).clip(-3.0, 3.0)
    if random.random() < 0.3:
        shape = shape + random.uniform(2.0, 9.0) / (1.0 + (response.HERTZ / random.uniform(120.0, 300.0)) ** 2)
    return shape + response.low_cut(random.uniform(25.0, 130.0), random.uniform(6.0, 18.0))


def _medium(random: np.random.Generator) -> Curve:
    """The band that is left by codec, tape or shellac."""
    if random.random() < 0.5:
        return response.flat()
    steep = random.choice([random.uniform(6.0, 18.0), random.uniform(40.0, 120.0)])
    return np.maximum(response.high_cut(random.uniform(4000.0, 10_500.0), steep), -70.0)


def _room(random: np.random.Generator) -> Curve:
    """Direct sound, early reflections, a tail that loses its high frequencies first; nearly dry in a fifth of all."""
    decay = float(np.exp(random.uniform(np.log(0.15), np.log(2.2))))
    reverberant = random.uniform(-30.0, -15.0) if random.random() < 0.2 else random.uniform(-18.0, 4.0)
    count = int(min(0.75 * decay, 1.1) * SAMPLE_RATE)
    time = np.arange(count) / SAMPLE_RATE
    noise = random.standard_normal(count)
    low = signal.lfilter([0.35], [1.0, -0.65], noise)  # one pole at about 1.5 kHz
    tail = low * np.exp(-6.9 * time / decay) + (noise - low) * np.exp(-6.9 * time / (decay * random.uniform(0.3, 0.8)))
    tail[: int(random.uniform(0.005, 0.03) * SAMPLE_RATE)] = 0.0
    tail *= 10.0 ** (reverberant / 20.0) / np.sqrt(np.square(tail).sum() + 1e-12)
    early = int(random.integers(3, 15))
    places = (random.uniform(0.001, 0.05, early) * SAMPLE_RATE).astype(int).clip(1, count - 1)
    tail[places] += 10.0 ** ((reverberant - 6.0) / 20.0) * random.uniform(-0.7, 0.7, early) * np.exp(-places / 1100.0)
    tail[0] = 1.0
    return tail
