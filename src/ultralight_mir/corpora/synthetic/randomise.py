"""Domain randomisation: equaliser, room, saturation, compression, noise and level, drawn at random.

What is learnt must not be one sample set in one room (Tobin et al., IROS 2017). Nothing here moves an onset by more
than a fraction of a millisecond, and nothing changes pitch.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import fft, signal

Samples = NDArray[np.float32]


def equalise(samples: Samples, sample_rate: int, random: np.random.Generator, depth: float = 12.0) -> Samples:
    """A smooth random response: gains an octave apart with a standard deviation of `depth` / 3 dB, in 512 taps."""
    centres = np.geomspace(40.0, sample_rate / 2 * 0.9, 9)
    gains = random.normal(0.0, depth / 3, len(centres))
    grid = np.fft.rfftfreq(1024, 1 / sample_rate)
    decibels = np.interp(np.log(np.maximum(grid, 20.0)), np.log(centres), gains)
    taps = minimum_phase(decibels, 512)
    return signal.oaconvolve(samples, taps / np.abs(taps).max(), "full")[: len(samples)].astype(np.float32)


def minimum_phase(decibels: NDArray[np.float64], taps: int) -> NDArray[np.float64]:
    """`taps` coefficients of a filter with a response in dB, given from 0 to Nyquist `[a power of two + 1]`.

    It is of minimum phase (Oppenheim & Schafer, by the folded cepstrum), so that no onset gets a pre-echo.
    """
    size = 2 * (len(decibels) - 1)
    cepstrum = np.fft.irfft(decibels * (np.log(10) / 20))
    cepstrum[1 : size // 2] *= 2.0
    cepstrum[size // 2 + 1 :] = 0.0
    coefficients: NDArray[np.float64] = np.fft.irfft(np.exp(np.fft.rfft(cepstrum)))[:taps]
    return coefficients


def reverberate(samples: Samples, sample_rate: int, random: np.random.Generator, longest: float = 0.6) -> Samples:
    """Exponentially decaying noise as a room (RT60 up to `longest` seconds), the direct sound kept in front."""
    decay = random.uniform(0.1, longest)
    time = np.arange(int(decay * sample_rate)) / sample_rate
    tail = random.standard_normal(len(time)) * np.exp(-6.9 * time / decay)
    tail[: int(random.uniform(0.001, 0.012) * sample_rate)] = 0.0
    wet = random.uniform(0.05, 0.5) / np.sqrt(np.square(tail).sum() + 1e-12)
    tail = tail * wet
    tail[0] = 1.0
    return signal.oaconvolve(samples, tail, "full")[: len(samples)].astype(np.float32)


def saturate(samples: Samples, random: np.random.Generator, hardest: float = 4.0) -> Samples:
    """tanh saturation with a drive of 0.5…`hardest`, level kept."""
    peak = np.abs(samples).max() + 1e-9
    drive = random.uniform(0.5, hardest)
    return (np.tanh(samples / peak * drive) / np.tanh(drive) * peak).astype(np.float32)


def compress(samples: Samples, sample_rate: int, random: np.random.Generator) -> Samples:
    """A compressor with a 5 ms envelope, random threshold and a ratio of 1.5…6."""
    window = max(1, int(0.005 * sample_rate))
    level = np.sqrt(signal.oaconvolve(np.square(samples), np.ones(window) / window, "same").clip(1e-10))
    threshold = level.max() * random.uniform(0.1, 0.6)
    exponent = 1.0 / random.uniform(1.5, 6.0) - 1.0
    return (samples * np.maximum(level / threshold, 1.0) ** exponent).astype(np.float32)


def add_noise(samples: Samples, random: np.random.Generator, lowest: float = 20.0, highest: float = 60.0) -> Samples:
    """Coloured noise (spectrum 1/f^0…1/f^1) at a signal-to-noise ratio of `lowest`…`highest` dB."""
    size = fft.next_fast_len(len(samples), real=True)
    # White noise is drawn as its spectrum: real and imaginary parts of every bin are normal too.
    spectrum = random.standard_normal(2 * (size // 2 + 1)).view(np.complex128)
    spectrum *= np.maximum(np.arange(len(spectrum)), 1.0) ** -random.uniform(0.0, 0.5)
    noise = fft.irfft(spectrum, size)[: len(samples)]
    ratio = 10 ** (random.uniform(lowest, highest) / 20)
    scale = np.sqrt(np.square(samples).mean()) / (np.sqrt(np.square(noise).mean()) * ratio + 1e-12)
    return (samples + scale * noise).astype(np.float32)


def set_level(samples: Samples, random: np.random.Generator, quietest: float = -24.0) -> Samples:
    """Scale to a random peak between `quietest` dB and 0 dB of full scale."""
    peak = 10 ** (random.uniform(quietest, -0.2) / 20)
    return (samples * (peak / (np.abs(samples).max() + 1e-9))).astype(np.float32)


def randomise(samples: Samples, sample_rate: int, random: np.random.Generator) -> Samples:
    """The whole chain, each stage with its own probability, on a clip `[samples]`."""
    if random.random() < 0.8:
        samples = equalise(samples, sample_rate, random)
    if random.random() < 0.4:
        samples = saturate(samples, random)
    if random.random() < 0.5:
        samples = compress(samples, sample_rate, random)
    if random.random() < 0.7:
        samples = reverberate(samples, sample_rate, random)
    if random.random() < 0.7:
        samples = add_noise(samples, random)
    return set_level(samples, random)
