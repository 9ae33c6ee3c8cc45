"""Drum sounds straight from the General MIDI sound font that comes with pretty_midi (SoundFont 2.04 files).

symusic plays one zone a note and every note at full velocity: several snares of the font shrink to a click of 5 ms
that way. Drums are therefore read from the font, all zones of a key together, and played by `drum_sounds`.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Samples = NDArray[np.float32]
DRUM_BANK = 128
LONGEST = 2.5
"""Seconds after which a looped sound is cut."""
RECORDS = {
    b"phdr": "<20sHHHIII",
    b"pbag": "<HH",
    b"pgen": "<HH",
    b"inst": "<20sH",
    b"ibag": "<HH",
    b"igen": "<Hh",
    b"shdr": "<20sIIIIIBbHH",
}
# Generators, by their numbers in the specification (section 8.1.2)
MOD_TO_PITCH, HOLD_MOD, DECAY_MOD, SUSTAIN_MOD = 7, 27, 28, 29
HOLD, DECAY, SUSTAIN, INSTRUMENT, KEYS, VELOCITIES, ATTENUATION = 35, 36, 37, 41, 43, 44, 48
COARSE, FINE, SAMPLE, MODES, ROOT = 51, 52, 53, 54, 58
DEFAULTS = {HOLD_MOD: -12000, DECAY_MOD: -12000, HOLD: -12000, DECAY: -12000}


@dataclass(frozen=True)
class _Font:
    records: dict[bytes, list[tuple[int, ...]]]
    samples: Samples

    def zones(self, name: str, first: int, last: int) -> Iterator[dict[int, int]]:
        """The generators of the zones first … last − 1 of the presets ("p") or instruments ("i")."""
        bags, generators = self.records[f"{name}bag".encode()], self.records[f"{name}gen".encode()]
        for zone in range(first, last):
            yield dict(generators[bags[zone][0] : bags[zone + 1][0]])  # type: ignore[arg-type]


@lru_cache(maxsize=1)
def _font() -> _Font:
    found = find_spec("pretty_midi")
    if found is None or found.origin is None:
        raise RuntimeError("pretty_midi is not installed; it brings the sound font TimGM6mb.sf2")
    data = Path(found.origin).with_name("TimGM6mb.sf2").read_bytes()
    chunks = {name: data[start:end] for name, start, end in _chunks(data, 12, len(data))}
    records = {name: list(struct.iter_unpack(form, chunks[name])) for name, form in RECORDS.items()}
    return _Font(records, np.frombuffer(chunks[b"smpl"], "<i2").astype(np.float32) / 32768)


def _chunks(data: bytes, start: int, end: int) -> Iterator[tuple[bytes, int, int]]:
    while start < end:
        name, (size,) = data[start : start + 4], struct.unpack_from("<I", data, start + 4)
        if name == b"LIST":
            yield from _chunks(data, start + 12, start + 8 + size)
        else:
            yield name, start + 8, start + 8 + size
        start += 8 + size + size % 2


@lru_cache(maxsize=1)
def kits() -> dict[int, dict[int, tuple[dict[int, int], ...]]]:
    """Program number of every drum kit in the font → key → the zones that sound at it."""
    font = _font()
    presets = font.records[b"phdr"]
    found = {}
    for preset, following in zip(presets, presets[1:], strict=False):
        if preset[2] == DRUM_BANK:
            zones = [z for p in font.zones("p", preset[3], following[3]) if INSTRUMENT in p for z in _instrument(p[INSTRUMENT])]
            by_key = {key: tuple(z for z in zones if _covers(z, KEYS, key) and _covers(z, VELOCITIES, 100)) for key in range(128)}
            found[preset[1]] = {key: sounding for key, sounding in by_key.items() if sounding}
    return dict(sorted(found.items()))


def _instrument(number: int) -> list[dict[int, int]]:
    font = _font()
    first, last = font.records[b"inst"][number][1], font.records[b"inst"][number + 1][1]
    shared: dict[int, int] = {}
    zones = []
    for zone in font.zones("i", first, last):
        if SAMPLE in zone:
            zones.append(DEFAULTS | shared | zone)
        else:
            shared = zone
    return zones


def _covers(zone: dict[int, int], generator: int, value: int) -> bool:
    low, high = divmod(zone.get(generator, 0x7F00) & 0xFFFF, 256)[::-1]
    return low <= value <= high


@lru_cache(maxsize=None)
def shot(kit: int, key: int, sample_rate: int) -> Samples:
    """One hit at full velocity, its onset at sample 0, peak 1; float32 `[samples]`, at most `LONGEST` seconds.

    `kit` and `key` as in `kits()`; filters and the left–right balance of the font are left out.
    """
    layers = [_play(zone, key, sample_rate) for zone in kits()[kit][key]]
    total = np.zeros(max(map(len, layers)), np.float32)
    for layer in layers:
        total[: len(layer)] += layer
    return _trimmed(total)


def _trimmed(samples: Samples) -> Samples:
    """From 1 ms before the first sample above 3 % of the peak to the last above 0.1 %."""
    level = np.abs(samples) / np.abs(samples).max()
    loud, audible = np.flatnonzero(level > 0.03), np.flatnonzero(level > 0.001)
    return (samples / np.abs(samples).max())[max(0, loud[0] - 20) : audible[-1] + 1]


def _play(zone: dict[int, int], key: int, sample_rate: int) -> Samples:
    _, start, end, loop_start, loop_end, rate, root, correction, *_ = _font().records[b"shdr"][zone[SAMPLE]]
    recorded = _font().samples[start:end]
    time = np.arange(int(LONGEST * sample_rate)) / sample_rate
    bend = zone.get(MOD_TO_PITCH, 0) * _envelope(time, zone, HOLD_MOD, DECAY_MOD, 1.0 - zone.get(SUSTAIN_MOD, 0) / 1000)
    semitones = key - zone.get(ROOT, root) + zone.get(COARSE, 0) + (zone.get(FINE, 0) + correction + bend) / 100
    place = np.cumsum(2 ** (semitones / 12)) * (rate / sample_rate)
    loop = loop_end - loop_start
    if zone.get(MODES, 0) in (1, 3) and loop > 8:
        beyond = place >= loop_end - start
        place[beyond] = loop_start - start + (place[beyond] - (loop_start - start)) % loop
    sound = np.interp(place, np.arange(len(recorded)), recorded, right=0.0)
    if zone.get(SUSTAIN, 0) >= 900:  # a one-shot that ends by decaying 100 dB, linearly in dB
        sound *= 10 ** (-5 * (1 - _envelope(time, zone, HOLD, DECAY, 0.0)))
    return (sound * 10 ** (-0.4 * zone.get(ATTENUATION, 0) / 200)).astype(np.float32)


def _envelope(time: NDArray[np.float64], zone: dict[int, int], hold: int, decay: int, sustain: float) -> NDArray[np.float64]:
    """1 while held, then linearly down to `sustain`; times in the font's timecents."""
    held, falling = 2 ** (zone[hold] / 1200), 2 ** (zone[decay] / 1200)
    return np.clip(1 - (time - held) / falling, sustain, 1.0)
