"""Instrument clips: three seconds of a solo phrase on one of eleven instruments of the General MIDI sound font.

Eight classes are those of Medley-solos-DB (Lostanlen & Cella, ISMIR 2016), by its names; the singer is the
source–filter voice. A session is one player in one room; a session, and where an instrument has presets enough a whole
preset, is heard in one split only.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import soxr

from ultralight_mir.corpora.synthetic import solos
from ultralight_mir.corpora.synthetic.excerpt import Excerpt
from ultralight_mir.corpora.synthetic.midi import SAMPLE_RATE
from ultralight_mir.corpora.synthetic.randomise import Samples, randomise

STREAM = 0
"""Of random numbers: no other corpus draws these."""
DURATION = 3.0
"""Seconds of a clip."""
BODY = 2.0
"""Semitones, either way, by which another body of the instrument may resonate higher or lower."""
AUDIBLE = 0.01
"""Peak below which a phrase counts as silent."""
TRIES = 20
"""Phrases drawn until one is audible."""
Phrase = Callable[[int, float, float, float, np.random.Generator], Samples]


@dataclass(frozen=True)
class Instrument:
    """A class of the task.

    Attributes:
        label: its name.
        programs: General MIDI presets of train and valid; none for the voice.
        held_out: presets of the test split only; none where the font has too few, then test has sessions of its own.
        low, high: range, MIDI numbers.
        phrases: what is played; one is drawn for each clip.
    """

    label: str
    programs: tuple[int, ...]
    held_out: tuple[int, ...]
    low: float
    high: float
    phrases: tuple[Phrase, ...] = (solos.play_melody,)


MIXED = (solos.play_chords, solos.play_chords, solos.play_melody)
INSTRUMENTS = (
    Instrument("clarinet", (71,), (), 50, 90),
    Instrument("distorted electric guitar", (29, 30), (), 40, 82, (solos.play_melody, solos.play_power_chords)),
    Instrument("female singer", (), (), 0, 0),
    Instrument("flute", (73, 72), (), 60, 94),
    Instrument("piano", (0, 2, 3), (1,), 33, 96, MIXED),
    Instrument("tenor saxophone", (64, 65, 66, 67), (), 44, 79),
    Instrument("trumpet", (56, 59), (), 54, 86),
    Instrument("violin", (40, 41, 110), (), 55, 98),
    Instrument("acoustic guitar", (24, 26, 27, 28), (25,), 40, 80, MIXED),
    Instrument("organ", (16, 17, 19, 20), (18,), 36, 88, MIXED),
    Instrument("mallets", (9, 10, 11, 13), (12,), 48, 90, (solos.play_melody, solos.play_chords)),
)


@dataclass(frozen=True)
class Session:
    """One player on one instrument in one room.

    `low`, `high` is the register; `body` is how many semitones higher than the preset's its resonances lie; `room` is
    the seed of instrument and recording.
    """

    instrument: Instrument
    source: str
    program: int
    low: float
    high: float
    body: float
    room: int
    singer: solos.Singer | None


def excerpts(split: str, count: int, random: np.random.Generator) -> Iterator[Excerpt]:
    """Yield `count` clips of a split, 3 s each, the classes in turn; group = preset (or singer) and session."""
    for number in range(count):
        index, kind = divmod(number, len(INSTRUMENTS))
        session = _session(INSTRUMENTS[kind], split, index, random)
        group = f"{session.source}-{split}-{index:03d}"
        yield Excerpt(_clip(session, random), SAMPLE_RATE, "", "", session.instrument.label, group)


def _session(instrument: Instrument, split: str, index: int, random: np.random.Generator) -> Session:
    """The presets in turn; a register of at least an octave and a half somewhere in the range."""
    room = int(random.integers(2**31))
    if not instrument.programs:
        return Session(instrument, "singer", 0, 0.0, 0.0, 0.0, room, solos.draw_woman(random))
    programs = instrument.held_out if split == "test" and instrument.held_out else instrument.programs
    program = programs[index % len(programs)]
    width = min(instrument.high - instrument.low, random.uniform(18.0, 30.0))
    low = random.uniform(instrument.low, instrument.high - width)
    body = random.uniform(-BODY, BODY)
    return Session(instrument, f"program-{program:03d}", program, low, low + width, body, room, None)


def _clip(session: Session, random: np.random.Generator) -> Samples:
    """A phrase of the session, in its room; drawn again where it came out silent (a rest, a key the preset lacks)."""
    for _ in range(TRIES):
        samples = solos.sing(session.singer, DURATION, random) if session.singer else _phrase(session, random)
        if np.abs(samples).max() > AUDIBLE:
            room = np.random.default_rng(session.room)
            return randomise(samples, SAMPLE_RATE, room)
    raise RuntimeError(f"{session.source}: {TRIES} phrases in a row were silent")


def _phrase(session: Session, random: np.random.Generator) -> Samples:
    """Played lower or higher by `session.body` and so much slower or faster, then resampled: only the body changes."""
    ratio = 2.0 ** (session.body / 12.0)
    phrase = session.instrument.phrases[random.integers(len(session.instrument.phrases))]
    played = phrase(session.program, session.low - session.body, session.high - session.body, DURATION * ratio, random)
    return solos.cut(soxr.resample(played, SAMPLE_RATE * ratio, SAMPLE_RATE), 0.0, DURATION)
