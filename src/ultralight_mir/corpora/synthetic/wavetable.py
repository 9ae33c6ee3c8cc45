"""Instruments that no sample set has: a drawn timbre, played note by note, as many at once as wanted.

A note reads one period of a wave, cut off below Nyquist, from a table, and fades from a bright one to a dull one while
it sounds, as struck and plucked strings do; others are sustained. Some have two detuned voices.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from ultralight_mir.corpora.synthetic.midi import SAMPLE_RATE, Note

Samples = NDArray[np.float32]
SIZE = 8192
"""Samples of a table: read without interpolation, the strongest partials are clean to −60 dB."""
MOST = 32
"""Partials."""
LEVEL = 0.08
"""Of a loud note: that of the sound font's presets, in the median."""
HIGHEST = 0.45 * SAMPLE_RATE
"""Hz, of any partial."""


@dataclass
class Timbre:
    """What stays the same over all notes.

    Attributes:
        bright, dull: amplitudes of the partials as a note begins, and later, `[MOST]`.
        phases: of the partials, `[MOST]`.
        attack, release: seconds.
        lasting: seconds in which a note of MIDI 60 falls to 1/e; infinite: sustained.
        darkening: seconds in which it goes from bright to dull.
        detuning: cents between two voices; 0: one voice.
    """

    bright: NDArray[np.float64]
    dull: NDArray[np.float64]
    phases: NDArray[np.float64]
    attack: float
    release: float
    lasting: float
    darkening: float
    detuning: float
    _tables: dict[int, tuple[Samples, Samples]] = field(default_factory=dict)

    def tables(self, partials: int) -> tuple[Samples, Samples]:
        """One period with that many partials, bright and dull, `[SIZE]` each."""
        if partials not in self._tables:
            self._tables[partials] = (self._period(self.bright, partials), self._period(self.dull, partials))
        return self._tables[partials]

    def _period(self, amplitudes: NDArray[np.float64], partials: int) -> Samples:
        spectrum = np.zeros(SIZE // 2 + 1, complex)
        spectrum[1 : partials + 1] = (amplitudes * np.exp(1j * self.phases))[:partials]
        wave = np.fft.irfft(spectrum)
        return (wave / (np.sqrt(np.square(wave).mean()) + 1e-12)).astype(np.float32)


def draw_timbre(random: np.random.Generator) -> Timbre:
    """A random timbre: struck, plucked, blown or bowed."""
    number = np.arange(1.0, MOST + 1)
    strength = number ** -random.uniform(0.5, 2.0) * np.exp(random.normal(0.0, 0.6, MOST))
    if random.random() < 0.25:
        strength[1::2] *= 10 ** (-random.uniform(10.0, 40.0) / 20)
    struck = random.random() < 0.6
    slow = np.log(0.008 if struck else 0.06)
    return Timbre(
        bright=strength,
        dull=strength * number ** -random.uniform(0.2, 1.5),
        phases=random.uniform(0.0, 2 * np.pi, MOST),
        attack=float(np.exp(random.uniform(np.log(0.001), slow))),
        release=random.uniform(0.02, 0.3),
        lasting=float(np.exp(random.uniform(np.log(0.2), np.log(3.0)))) if struck else np.inf,
        darkening=random.uniform(0.03, 0.8),
        detuning=random.uniform(3.0, 12.0) if random.random() < 0.35 else 0.0,
    )


def play(timbre: Timbre, notes: Sequence[Note], duration: float, cents: float = 0.0) -> Samples:
    """`notes`, `cents` sharp, as one track `[duration · SAMPLE_RATE]`; what sounds past the end is cut."""
    track = np.zeros(round(duration * SAMPLE_RATE), np.float32)
    for note in notes:
        first = round(note.start * SAMPLE_RATE)
        sound = _note(timbre, note, cents)[: max(0, len(track) - first)]
        track[first : first + len(sound)] += sound
    return track


def _note(timbre: Timbre, note: Note, cents: float) -> Samples:
    hertz = 440.0 * 2.0 ** ((note.pitch - 69) / 12 + cents / 1200)
    time = np.arange(round((note.duration + timbre.release) * SAMPLE_RATE), dtype=np.float32) / SAMPLE_RATE
    level = np.minimum(1.0, time / timbre.attack)
    level *= np.clip((np.float32(note.duration) - time) / timbre.release + 1.0, 0.0, 1.0)
    if np.isfinite(timbre.lasting):
        level *= np.exp(-time / (timbre.lasting * 2.0 ** ((60 - note.pitch) / 24)))
    bright, dull = timbre.tables(max(1, min(MOST, int(HIGHEST / hertz))))
    brightness = (note.velocity / 127) * np.exp(-time / timbre.darkening)
    sound = np.zeros(len(time), np.float32)
    voices = (-timbre.detuning / 2, timbre.detuning / 2) if timbre.detuning else (0.0,)
    for voice in voices:
        step = hertz * 2.0 ** (voice / 1200) / SAMPLE_RATE * SIZE
        place = (np.arange(len(time)) * step).astype(np.int64) & (SIZE - 1)
        sound += dull[place] + brightness * (bright[place] - dull[place])
    return np.asarray(LEVEL * (note.velocity / 127) ** 1.5 * level * sound, np.float32)
