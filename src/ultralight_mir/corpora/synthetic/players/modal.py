"""Struck and plucked sounds as sums of damped modes, and organ pipes as undamped ones.

A mode is A · exp(s t) with a complex s; for t = B a + b the sum over modes is a matrix product of exp(s B a) and
exp(s b), so a note costs a few thousand exponentials and one multiplication.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import signal

from ultralight_mir.corpora.synthetic.contour import Curve
from ultralight_mir.corpora.synthetic.midi import SAMPLE_RATE
from ultralight_mir.corpora.synthetic.randomise import Samples

BLOCK = 256
"""Samples b of a block."""
HIGHEST = 0.47 * SAMPLE_RATE
"""Hz above which there is no mode."""
WEAKEST = 10.0 ** (-75.0 / 20.0)
"""Of the strongest mode: below this a mode is left out, and a note has ended."""


@dataclass(frozen=True)
class Tone:
    """The modes of one note.

    Attributes:
        start, stop: seconds; at `stop` it is damped.
        hertz, amplitude: of each mode, `[modes]`.
        decay: 1 / s at which each dies away, `[modes]`; 0 is sustained.
        attack: seconds over which the note rises.
        damping: 1 / s after `stop`.
        phase: of each mode, `[modes]` or one.
    """

    start: float
    stop: float
    hertz: Curve
    amplitude: Curve
    decay: Curve
    attack: float
    damping: float
    phase: Curve | float = 0.0


def render(tones: Sequence[Tone], duration: float) -> Samples:
    """All notes, `[duration · SAMPLE_RATE]`; those that began before 0 are heard from 0 on."""
    count = round(duration * SAMPLE_RATE)
    sound = np.zeros(count + BLOCK, np.float32)
    for tone in tones:
        first = round(max(tone.start, 0.0) * SAMPLE_RATE)
        last = min(count, round(_end(tone) * SAMPLE_RATE))
        if last > first:
            sound[first:last] += _note(tone, first, last)
    return sound[:count]


def _end(tone: Tone) -> float:
    """Seconds at which a note is inaudible."""
    damped = tone.stop - np.log(WEAKEST) / tone.damping
    slowest = float(tone.decay.min())
    return damped if slowest <= 0.0 else min(damped, tone.start - np.log(WEAKEST) / slowest)


def _note(tone: Tone, first: int, last: int) -> Samples:
    length, skipped = last - first, first / SAMPLE_RATE - tone.start
    amplitude = tone.amplitude * np.exp(-tone.decay * skipped)
    heard = (tone.hertz < HIGHEST) & (np.abs(amplitude) > WEAKEST * np.abs(tone.amplitude).max())
    if not heard.any():
        return np.zeros(length, np.float32)
    speed = (2j * np.pi * tone.hertz[heard] - tone.decay[heard]) / SAMPLE_RATE
    phase = tone.phase if isinstance(tone.phase, float) else tone.phase[heard]
    begin = amplitude[heard] * np.exp(1j * (phase + 2 * np.pi * tone.hertz[heard] * skipped))
    blocks = begin[None, :] * np.exp(speed[None, :] * (BLOCK * np.arange(-(-length // BLOCK)))[:, None])
    within = np.exp(speed[:, None] * np.arange(BLOCK))
    left = np.concatenate((blocks.real, -blocks.imag), axis=1).astype(np.float32)
    right = np.concatenate((within.real, within.imag), axis=0).astype(np.float32)
    sound: Samples = (left @ right).reshape(-1)[:length]
    moments = np.arange(length, dtype=np.float32) / SAMPLE_RATE + np.float32(skipped)
    rising = int(max(0.0, (tone.attack - skipped) * SAMPLE_RATE)) + 1
    sound[:rising] *= np.clip(moments[:rising] / max(tone.attack, 1e-4), 0.0, 1.0)
    after = max(0, round((tone.stop - tone.start - skipped) * SAMPLE_RATE))
    if after < length:
        sound[after:] *= np.exp(-tone.damping * (moments[after:] - (tone.stop - tone.start)).clip(0.0))
    return sound


def knocks(moments: Sequence[tuple[float, float]], duration: float, kernel: Samples) -> Samples:
    """The same short noise at each (second, amplitude): hammers, picks, keys. `[duration · SAMPLE_RATE]`."""
    count = round(duration * SAMPLE_RATE)
    impulses = np.zeros(count, np.float32)
    for second, amplitude in moments:
        place = round(second * SAMPLE_RATE)
        if 0 <= place < count:
            impulses[place] += amplitude
    return signal.oaconvolve(impulses, kernel.astype(np.float32), "full")[:count]


def knock(low: float, high: float, seconds: float, random: np.random.Generator) -> Samples:
    """Noise between `low` and `high` Hz that dies away within about `seconds`, of peak 1."""
    length = int(3 * seconds * SAMPLE_RATE)
    noise = random.standard_normal(length) * np.exp(-np.arange(length) / (seconds * SAMPLE_RATE))
    shaped = signal.sosfilt(signal.butter(1, (low, high), "bandpass", fs=SAMPLE_RATE, output="sos"), noise)
    return (shaped / (np.abs(shaped).max() + 1e-9)).astype(np.float32)
