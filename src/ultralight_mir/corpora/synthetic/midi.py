"""Notes to audio through the General MIDI sound font that comes with pretty_midi, by symusic."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import symusic
from numpy.typing import NDArray

SAMPLE_RATE = 22_050
"""Hz, of every embedded corpus."""


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


@lru_cache(maxsize=1)
def _synthesizer() -> Any:
    found = find_spec("pretty_midi")
    if found is None or found.origin is None:
        raise RuntimeError("pretty_midi is not installed; it brings the sound font TimGM6mb.sf2")
    font = Path(found.origin).with_name("TimGM6mb.sf2")
    return symusic.Synthesizer(sf_path=str(font), sample_rate=SAMPLE_RATE)


def render(parts: Sequence[Part], duration: float) -> NDArray[np.float32]:
    """Mono samples `[duration · SAMPLE_RATE]` in about [−1, 1]; what sounds past the end is cut off."""
    empty: Any = symusic.Score(480)
    score = empty.to("second")
    for part in parts:
        track: Any = symusic.Track("", program=part.program, is_drum=part.is_drum, ttype="second")
        for note in sorted(part.notes, key=lambda n: (n.start, n.pitch)):
            track.notes.append(symusic.Note(note.start, note.duration, note.pitch, note.velocity, ttype="second"))
        score.tracks.append(track)
    length = round(duration * SAMPLE_RATE)
    rendered = np.asarray(_synthesizer().render(score, stereo=False), dtype=np.float32)[0]
    samples = np.zeros(length, np.float32)
    samples[: min(length, len(rendered))] = rendered[:length]
    return samples
