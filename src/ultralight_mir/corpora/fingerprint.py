"""Whether two clips are the same recording, whatever was done to the file.

Two steps. *Likely*: log energies in 24 bands and 64 ms steps, each band without its mean, compared by their correlation
at up to one step's shift; it takes a millisecond a clip and a matrix product for all pairs. Energies alone find two
clips alike that only swell and fade alike (two takes of one phrase, two breaths). *Sure*: the waveforms themselves
below 2 kHz, by their cross-correlation at up to 150 ms, for the few likely pairs only.

A copy that was resampled, made louder or softer, coded by MP3 or Vorbis, spread over two channels or shifted by a few
milliseconds stays above both limits; the same chord or note played again, even by the same synthesiser, is far below
the second one (`benchmarks/duplicates.py` prints both, with the error rates). Thuds of two drums are not: what sounds
for a moment only must be more alike (2,500 pairs of single hits of different kits of MDB Drums came to 0.87 at most,
two synthesised bars struck at one pitch, of 6,500 clips, to 0.953; copies of such hits and notes to 0.98 at least).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ultralight_mir import audio

Fingerprint = NDArray[np.float16]

RATE = 8_000
"""Hz at which recordings are compared; every coder keeps what is below 4 kHz."""
SECONDS = 6
"""Of each recording: its first six seconds, or the next six if nothing sounds in them, and so on."""
SOUNDS = 0.1
"""Part of the recording's peak above which something sounds."""
WINDOW, HOP = 2048, 512
FRAMES = (SECONDS * RATE - WINDOW) // HOP + 1
BANDS = 24
LOWEST_HZ, HIGHEST_HZ = 150.0, 3_500.0
FLOOR = 1e-3
"""Part of the highest band energy that is added to all: coding noise lies below."""
LIKELY = 0.6
"""Correlation of band energies above which two clips are looked at more closely."""
NEAREST = 5
"""Likely copies of one clip that are looked at more closely, the likeliest first."""
SURE = 0.8
"""Correlation of waveforms above which two clips are one recording."""
SHORT, SURE_IF_SHORT = 1.0, 0.97
"""The same limit where either sounds for less than so many seconds (for which most of its energy lasts)."""
MOST = 0.95
SURE_HZ = (60.0, 2_000.0)
SURE_SHIFT = 0.15
"""Seconds of shift within which waveforms are compared; MP3 coders delay by up to 0.1 s."""


def fingerprint(mono: NDArray[np.float32], sample_rate: int) -> Fingerprint:
    """Samples `[samples]` at `sample_rate` Hz → `[FRAMES, BANDS]` of unit norm, 0 after the recording's end."""
    samples = _beginning(mono, sample_rate)
    samples = np.pad(samples, (0, max(0, WINDOW - len(samples))))
    frames = np.lib.stride_tricks.sliding_window_view(samples, WINDOW)[::HOP][:FRAMES]
    energies = np.abs(np.fft.rfft(frames * np.hanning(WINDOW).astype(np.float32))) ** 2 @ _bands()
    levels = np.log(energies + FLOOR * energies.max() + 1e-20)
    levels -= levels.mean(axis=0)
    whole = np.zeros((FRAMES, BANDS), np.float16)
    whole[: len(levels)] = levels / (np.linalg.norm(levels) + 1e-9)
    return whole


def copies(prints: Sequence[Fingerprint], paths: Sequence[Path], kinds: Sequence[str]) -> Iterator[tuple[int, int]]:
    """Pairs of clips (indices, the lower first) of different kind (split) that are the same recording."""
    for first, second in _likely(prints, kinds):
        if are_one(paths[first], paths[second]):
            yield min(first, second), max(first, second)


def are_one(path: Path, other: Path) -> bool:
    """Whether two recordings are one.

    Raises:
        InputError: a file is missing or unreadable.
    """
    short = min(_heard(path).seconds, _heard(other).seconds) < SHORT
    return likeness(path, other) >= (SURE_IF_SHORT if short else SURE)


def likeness(path: Path, other: Path) -> float:
    """The highest cross-correlation (0…1, polarity aside) of two recordings within `SURE_SHIFT` seconds.

    Raises:
        InputError: a file is missing or unreadable.
    """
    first, second = _heard(path).spectrum, _heard(other).spectrum
    size = 2 * (len(first) - 1)
    # Twice the spectrum's length, so that half a sample of shift (of 8 kHz) does not count against the upper bands.
    crossed = np.zeros(size + 1, np.complex64)
    crossed[: len(first)] = first * second.conj()
    correlation = np.abs(np.fft.irfft(crossed, 2 * size))
    shift = int(SURE_SHIFT * 2 * RATE)
    highest = max(correlation[:shift].max(), correlation[-shift:].max())
    return float(highest * size / (np.linalg.norm(first) * np.linalg.norm(second) + 1e-12))


def _beginning(mono: NDArray[np.float32], sample_rate: int) -> NDArray[np.float32]:
    """The first `SECONDS` in which something sounds, at `RATE` Hz."""
    size = SECONDS * sample_rate
    peaks = np.maximum.reduceat(np.abs(mono), range(0, len(mono), size))
    first = int(np.argmax(peaks > SOUNDS * peaks.max())) * size
    return audio.resampled(mono[first : first + size], sample_rate, RATE)


@dataclass(frozen=True)
class _Heard:
    """A recording's `SURE_HZ`, and for how many seconds the middle `MOST` of its energy sounds."""

    spectrum: NDArray[np.complex64]
    seconds: float


@lru_cache(maxsize=256)
def _heard(path: Path) -> _Heard:
    recording = audio.read(path)
    samples = _beginning(recording.mono, recording.sample_rate)
    size = 2 ** (2 * SECONDS * RATE - 1).bit_length()  # twice the length: correlation does not wrap round
    spectrum = np.fft.rfft(samples, size).astype(np.complex64)
    low, high = (round(hertz * size / RATE) for hertz in SURE_HZ)
    spectrum[:low] = 0
    spectrum[high:] = 0
    energy = np.cumsum(np.square(samples, dtype=np.float64))
    begin, end = np.searchsorted(energy, energy[-1] * np.array([1 - MOST, 1 + MOST]) / 2)
    return _Heard(spectrum, float(end - begin) / RATE)


def _likely(prints: Sequence[Fingerprint], kinds: Sequence[str]) -> Iterator[tuple[int, int]]:
    of_kind = {kind: np.flatnonzero(np.array(kinds) == kind) for kind in dict.fromkeys(kinds)}
    for one, other in combinations(of_kind.values(), 2):
        few, many = sorted((one, other), key=len)
        for chunk in np.split(few, range(64, len(few), 64)):
            rows = _correlations([prints[i] for i in chunk.tolist()], [prints[i] for i in many.tolist()])
            for clip, row in zip(chunk, rows, strict=True):
                for place in np.argsort(-row)[:NEAREST]:
                    if row[place] >= LIKELY:
                        yield int(clip), int(many[place])


def _correlations(some: Sequence[Fingerprint], others: Sequence[Fingerprint]) -> NDArray[np.float32]:
    """The highest correlation at −1, 0 and 1 steps of shift, `[some, others]`."""
    highest = np.empty((len(some), len(others)), np.float32)
    rows = np.stack(some).astype(np.float32)
    shifted = [np.roll(rows, shift, axis=1) for shift in (-1, 0, 1)]
    shifted[0][:, -1] = 0
    shifted[2][:, 0] = 0
    queries = np.concatenate(shifted).reshape(3 * len(some), -1)
    for begin in range(0, len(others), 1024):
        part = np.stack(others[begin : begin + 1024]).astype(np.float32).reshape(-1, FRAMES * BANDS)
        highest[:, begin : begin + 1024] = (queries @ part.T).reshape(3, len(some), -1).max(axis=0)
    return highest


@lru_cache(maxsize=1)
def _bands() -> NDArray[np.float32]:
    """Triangles, evenly spaced in log frequency: `[FFT bins, BANDS]`."""
    frequencies = np.fft.rfftfreq(WINDOW, 1 / RATE)[:, None]
    edges = np.geomspace(LOWEST_HZ, HIGHEST_HZ, BANDS + 2)
    low, centre, high = edges[:-2], edges[1:-1], edges[2:]
    rising, falling = (frequencies - low) / (centre - low), (high - frequencies) / (high - centre)
    return np.clip(np.minimum(rising, falling), 0.0, None).astype(np.float32)
