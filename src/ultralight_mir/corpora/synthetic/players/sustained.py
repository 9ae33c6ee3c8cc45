"""Blown and bowed tones: one period of each note in a table, read along the pitch, brighter the harder it is played.

Between tables of several efforts and of neighbouring notes it is interpolated; so vibrato sweeps the partials through
whatever response follows. Breath or bow adds noise: around the partials, broad, and more of it where a note begins.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import signal

from ultralight_mir.corpora.synthetic import contour
from ultralight_mir.corpora.synthetic.contour import Curve
from ultralight_mir.corpora.synthetic.midi import SAMPLE_RATE
from ultralight_mir.corpora.synthetic.players import phrases
from ultralight_mir.corpora.synthetic.players.phrases import Habits, Line
from ultralight_mir.corpora.synthetic.randomise import Samples
from ultralight_mir.corpora.synthetic.voice import HOP, control_times

MOST = 96
"""Partials."""
TABLE = 2048
"""Samples of a period."""
EFFORTS: Curve = np.linspace(0.0, 1.0, 4)
"""Efforts for which a table is made."""
JOIN = 0.02
"""Seconds over which one note's table gives way to the next."""
HIGHEST = 0.47 * SAMPLE_RATE
"""Hz above which there is no partial."""
Places = NDArray[np.int64]
Spectrum = Callable[[Curve, Curve, Curve], Curve]
"""f0 in Hz `[notes, 1, 1]`, effort `[1, efforts, 1]`, number of the partial `[partials]` → dB, broadcast."""


@dataclass(frozen=True)
class Noise:
    """Of breath or bow, in dB relative to the tone at full effort.

    Attributes:
        broad: white noise through `band`.
        around: noise in bands of about `width` Hz around the partials.
        attack: dB by which both are stronger where a note begins.
        band: lowest and highest Hz of the broad noise.
        width: Hz.
    """

    broad: float
    around: float
    attack: float
    band: tuple[float, float]
    width: float


@dataclass(frozen=True)
class SustainedPlayer:
    """One player of a blown or bowed instrument.

    Attributes:
        low, high: MIDI numbers.
        habits: how notes are shaped.
        spectrum: of the source.
        grain: dB, this instrument's own strength of every partial of every key, `[128, MOST]`.
        phases: of the partials, `[MOST]`.
        noise: of breath or bow.
        body: response, dB at `response.HERTZ`.
        voices: share of the clips in which two strings sound at once.
    """

    low: float
    high: float
    habits: Habits
    spectrum: Spectrum
    grain: Curve
    phases: Curve
    noise: Noise
    body: Curve
    voices: float = 0.0

    def play(self, duration: float, random: np.random.Generator) -> Samples:
        """A phrase, `[duration · SAMPLE_RATE]`, before the body."""
        times = control_times(duration)
        events = phrases.notes(duration, self.low, self.high, random)
        line = phrases.perform(events, times, self.habits, random)
        sound = self._voice(line, random)
        if random.random() < self.voices:
            apart = float(random.choice([-3, -4, 4, 5, 7, 8, 12]))
            second = [
                contour.Event(e.start, e.duration, float(np.clip(e.pitch + apart, self.low, self.high))) for e in events
            ]
            sound = sound + self._voice(phrases.perform(second, times, self.habits, random), random)
        return sound

    def _voice(self, line: Line, random: np.random.Generator) -> Samples:
        tone = read(line, self._tables(line))
        loud = 10.0 ** (self.habits.span * (line.effort - 1.0) / 20.0) * line.level
        stronger = 10.0 ** (self.noise.attack * line.onset / 20.0)
        near = 10.0 ** (self.noise.around / 20.0) * _slow_noise(len(tone), self.noise.width, random)
        tone = tone * (fine(loud, len(tone)) + near * fine(loud * stronger, len(tone)))
        # The stream's noise falls less than the tone does when it is played softly.
        hiss = 10.0 ** (self.noise.broad / 20.0) * np.sqrt(loud * line.level) * stronger
        sos = signal.butter(1, self.noise.band, "bandpass", fs=SAMPLE_RATE, output="sos").astype(np.float32)
        white = signal.sosfilt(sos, random.standard_normal(len(tone), np.float32))
        return tone + white * (fine(hiss, len(tone)) / (white.std() + 1e-9))

    def _tables(self, line: Line) -> Samples:
        """`[notes, efforts, TABLE + 1]`, each of RMS 1 whatever its spectrum."""
        keys = np.array([e.pitch for e in line.events])
        f0 = contour.to_hertz(keys)
        number = np.arange(1.0, MOST + 1)
        decibels = self.spectrum(f0[:, None, None], EFFORTS[None, :, None], number)
        decibels = decibels + self.grain[np.clip(np.round(keys), 0, 127).astype(int)][:, None, :]
        strength = 10.0 ** (decibels / 20.0) * (number * f0[:, None, None] * 1.06 < HIGHEST)
        strength /= np.sqrt(np.square(strength).sum(axis=2, keepdims=True) / 2) + 1e-12
        half = np.zeros((*strength.shape[:2], TABLE // 2 + 1), np.complex64)
        half[..., 1 : MOST + 1] = strength * np.exp(1j * self.phases) * (TABLE / 2)
        period = np.fft.irfft(half, TABLE).astype(np.float32)
        return np.concatenate((period, period[..., :1]), axis=2)


def fine(curve: Curve, count: int) -> Samples:
    """A control curve at `count` samples, linear between frames."""
    return np.interp(np.arange(count) / HOP, np.arange(len(curve)), curve).astype(np.float32)


def read(line: Line, tables: Samples) -> Samples:
    """The tone along the line's pitch and effort, level not applied: `[frames · HOP]`."""
    count = len(line.times) * HOP
    cycles = np.cumsum(np.interp(np.arange(count) / HOP, np.arange(len(line.pitch)), contour.to_hertz(line.pitch)))
    phase = (cycles / SAMPLE_RATE % 1.0) * TABLE
    place = phase.astype(np.int64)
    between = (phase - place).astype(np.float32)
    effort = fine(line.effort * np.sqrt(line.level), count) * (len(EFFORTS) - 1)
    layer = np.minimum(effort.astype(np.int64), len(EFFORTS) - 2)
    brighter = effort - layer
    moments = np.arange(count) / SAMPLE_RATE
    starts = np.array([e.start for e in line.events])
    note = np.clip(np.searchsorted(starts, moments, side="right") - 1, 0, None)
    tone = _look_up(tables, note, layer, brighter, place, between)
    joining = np.flatnonzero((note > 0) & (moments - starts[note] < JOIN))
    if len(joining):
        share = ((moments - starts[note])[joining] / JOIN).astype(np.float32)
        before = _look_up(
            tables, note[joining] - 1, layer[joining], brighter[joining], place[joining], between[joining]
        )
        tone[joining] = share * tone[joining] + (1.0 - share) * before
    return tone


def _look_up(
    tables: Samples, note: Places, layer: Places, brighter: Samples, place: Places, between: Samples
) -> Samples:
    """`tables` at a note, between two efforts and two samples of the period, `[samples]`; all are `[samples]`."""
    line = tables.reshape(-1)
    first = (note * len(EFFORTS) + layer) * (TABLE + 1) + place
    soft = line[first] + between * (line[first + 1] - line[first])
    second = first + TABLE + 1
    loud = line[second] + between * (line[second + 1] - line[second])
    return soft + brighter * (loud - soft)


def _slow_noise(count: int, width: float, random: np.random.Generator) -> Samples:
    """Noise of RMS 1 up to about `width` Hz, by knots `4 · width` times a second."""
    knots = random.standard_normal(int(count / SAMPLE_RATE * 4 * width) + 3)
    return (
        np.interp(np.arange(count) * (4 * width / SAMPLE_RATE), np.arange(len(knots)), knots).astype(np.float32) * 1.2
    )


def grain(deviation: float, random: np.random.Generator) -> Curve:
    """dB `[128, MOST]`: half of it the instrument's, half of it each key's own."""
    common = random.normal(0.0, deviation * 0.7, MOST)
    own: Curve = common + random.normal(0.0, deviation * 0.7, (128, MOST))
    return own
