"""Notes to audio through the General MIDI sound font that comes with pretty_midi, by tinysoundfont.

TinySoundFont plays all zones of a preset, in tune, with envelopes, filters, velocity layers and low-frequency
oscillators. (symusic 0.5.9 plays one zone a note, many presets out of tune, and does not return for some high keys.)
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import tinysoundfont
from numpy.typing import NDArray

SAMPLE_RATE = 22_050
"""Hz, of every embedded corpus."""
DRUM_BANK = 128
CHANNELS = 16
FADE = 512


@dataclass(frozen=True)
class Note:
    """`start` and `duration` in seconds, `pitch` 0…127 (60 = C4), `velocity` 1…127."""

    start: float
    duration: float
    pitch: int
    velocity: int


@dataclass(frozen=True)
class Part:
    """The notes of one instrument: `program` 0…127 (General MIDI), or the drum kit of that number."""

    program: int
    notes: Sequence[Note]
    is_drum: bool = False


def sound_font() -> Path:
    """Where the sound font TimGM6mb.sf2 lies.

    Raises:
        RuntimeError: pretty_midi is not installed.
    """
    found = find_spec("pretty_midi")
    if found is None or found.origin is None:
        raise RuntimeError("pretty_midi is not installed; it brings the sound font TimGM6mb.sf2")
    return Path(found.origin).with_name("TimGM6mb.sf2")


@lru_cache(maxsize=1)
def _synthesizer() -> tuple[Any, int]:
    synthesizer: Any = tinysoundfont.Synth(gain=0, samplerate=SAMPLE_RATE)
    return synthesizer, synthesizer.sfload(str(sound_font()))


def render(parts: Sequence[Part], duration: float) -> NDArray[np.float32]:
    """Mono samples `[duration · SAMPLE_RATE]`, about −1…1 for a few notes at once; what sounds past the end is cut.

    Raises:
        ValueError: more than 16 parts.
    """
    if len(parts) > CHANNELS:
        raise ValueError(f"{len(parts)} parts, expected at most {CHANNELS}")
    synthesizer, font = _synthesizer()
    length = round(duration * SAMPLE_RATE)
    events: list[tuple[int, int, int, Note]] = []  # a note that ends makes room before one that starts
    for channel, part in enumerate(parts):
        synthesizer.program_select(channel, font, DRUM_BANK if part.is_drum else 0, part.program)
        for note in part.notes:
            begin, end = round(note.start * SAMPLE_RATE), round((note.start + note.duration) * SAMPLE_RATE)
            events += [(begin, 1, channel, note), (max(end, begin + 1), 0, channel, note)]
    pieces, now = [], 0
    for at, starts, channel, note in sorted(events, key=lambda e: (e[0], e[1], e[2], e[3].pitch)):
        if at >= length:
            break
        pieces.append(_generate(synthesizer, at - now))
        now = at
        if starts:
            synthesizer.noteon(channel, note.pitch, note.velocity)
        else:
            synthesizer.noteoff(channel, note.pitch)
    pieces.append(_generate(synthesizer, length - now))
    synthesizer.sounds_off()
    while _generate(synthesizer, FADE).any():  # voices cut off fade for some milliseconds: not into the next rendering
        continue
    return np.concatenate(pieces)


def _generate(synthesizer: Any, samples: int) -> NDArray[np.float32]:
    if samples == 0:
        return np.zeros(0, np.float32)
    stereo = np.frombuffer(synthesizer.generate(samples), np.float32).reshape(-1, 2)
    return 0.5 * (stereo[:, 0] + stereo[:, 1])
