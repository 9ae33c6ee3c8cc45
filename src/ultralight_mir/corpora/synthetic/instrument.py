"""Instrument clips: three seconds of a solo on one of eleven instruments, by synthesised players and font presets.

Eight classes are those of Medley-solos-DB (Lostanlen & Cella, ISMIR 2016), by its names. A player (`players`) is an
instrument, its habits and a place of recording, drawn once and heard in several clips; presets of the General MIDI
font sit among them, those of valid and test heard nowhere else.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from ultralight_mir.corpora.synthetic.contour import Curve
from ultralight_mir.corpora.synthetic.excerpt import Excerpt
from ultralight_mir.corpora.synthetic.midi import SAMPLE_RATE
from ultralight_mir.corpora.synthetic.players import guitar, preset, winds
from ultralight_mir.corpora.synthetic.players.mallets import draw_mallets
from ultralight_mir.corpora.synthetic.players.organ import draw_organ
from ultralight_mir.corpora.synthetic.players.piano import draw_piano
from ultralight_mir.corpora.synthetic.players.singer import draw_woman
from ultralight_mir.corpora.synthetic.players.violin import draw_violin
from ultralight_mir.corpora.synthetic.randomise import Samples
from ultralight_mir.corpora.synthetic.recording import Session, draw_session
from ultralight_mir.corpora.synthetic.sources import draw_seed, programs_of

STREAM = 0
"""Of random numbers: no other corpus draws these."""
DURATION = 3.0
"""Seconds of a clip."""
SEATS = 10
"""Sources of a class that take turns."""
ROUNDS = 2
"""Clips of each, then others take their seats."""
PRESET_SEATS = (4, 9)
"""Where presets sit, as far as the split has any."""
AUDIBLE = 0.01
"""Peak below which a phrase counts as silent."""
TRIES = 20
"""Phrases drawn until one is audible."""


class Player(Protocol):
    """A source of sound; its body is dB at `response.HERTZ`."""

    @property
    def body(self) -> Curve:
        """Its own response."""

    def play(self, duration: float, random: np.random.Generator) -> Samples:
        """A phrase before the body, `[duration · SAMPLE_RATE]`."""


@dataclass(frozen=True)
class Instrument:
    """A class of the task.

    Attributes:
        label: its name.
        draw: a random synthesised player.
        programs: General MIDI presets that are it, of all splits (`sources.owner` says whose each is).
        low, high: range of the presets, MIDI numbers.
        phrases: what presets play; one is drawn for each clip.
    """

    label: str
    draw: Callable[[np.random.Generator], Player]
    programs: tuple[int, ...] = ()
    low: float = 0.0
    high: float = 0.0
    phrases: tuple[preset.Phrase, ...] = (preset.play_line,)


MIXED = (preset.play_chords, preset.play_chords, preset.play_line)
RIFFS = (preset.play_line, preset.play_power_chords)
INSTRUMENTS = (
    Instrument("clarinet", winds.draw_clarinet, (71,), 50, 90),
    Instrument("distorted electric guitar", guitar.draw_distorted_guitar, (29, 30), 40, 82, RIFFS),
    Instrument("female singer", draw_woman),
    Instrument("flute", winds.draw_flute, (72, 73), 60, 94),
    Instrument("piano", draw_piano, (0, 1, 2, 3), 33, 96, MIXED),
    Instrument("tenor saxophone", winds.draw_saxophone, (64, 65, 66, 67), 44, 79),
    Instrument("trumpet", winds.draw_trumpet, (56, 59), 54, 86),
    Instrument("violin", draw_violin, (40, 41, 110), 55, 98),
    Instrument("acoustic guitar", guitar.draw_acoustic_guitar, (24, 25, 26, 27, 28), 40, 80, MIXED),
    Instrument("organ", draw_organ, (16, 17, 18, 19, 20), 36, 88, MIXED),
    Instrument("mallets", draw_mallets, (9, 10, 11, 12, 13), 48, 90, (preset.play_line, preset.play_chords)),
)


@dataclass(frozen=True)
class Source:
    """Who is heard: `group` names the player or the preset, whatever the place it is recorded in."""

    group: str
    player: Player
    session: Session


def excerpts(split: str, count: int, random: np.random.Generator) -> Iterator[Excerpt]:
    """Yield `count` clips of a split, 3 s each, the classes in turn; group = player or preset.

    Of each class `SEATS` sources take turns for `ROUNDS` rounds, then new ones do.
    """
    seated: dict[tuple[int, int], Source] = {}
    for number in range(count):
        turn, kind = divmod(number, len(INSTRUMENTS))
        again, place = divmod(turn, SEATS * ROUNDS)
        seat = place % SEATS
        if place < SEATS:
            seated[kind, seat] = _source(INSTRUMENTS[kind], split, again, seat, random)
        source = seated[kind, seat]
        yield Excerpt(_clip(source, random), SAMPLE_RATE, "", "", INSTRUMENTS[kind].label, source.group)


def _source(instrument: Instrument, split: str, again: int, seat: int, random: np.random.Generator) -> Source:
    """A player drawn from a number that names it, or the next preset of the split."""
    seed = draw_seed(random)
    own = np.random.default_rng(seed)
    programs = programs_of(split, instrument.programs)
    seats = PRESET_SEATS[: len(programs)]
    if seat in seats:
        program = programs[(again * len(seats) + seats.index(seat)) % len(programs)]
        heard = preset.draw_preset(program, instrument.low, instrument.high, instrument.phrases, own)
        return Source(f"program-{program:03d}", heard, draw_session(heard.body, own))
    player = instrument.draw(own)
    return Source(f"player-{seed:010x}", player, draw_session(player.body, own))


def _clip(source: Source, random: np.random.Generator) -> Samples:
    """A phrase in its place; drawn again where it came out silent (a rest, a key that a preset lacks)."""
    for _ in range(TRIES):
        dry = source.player.play(DURATION, random)
        if np.abs(dry).max() > AUDIBLE:
            return source.session.record(dry / np.abs(dry).max(), random)
    raise RuntimeError(f"{source.group}: {TRIES} phrases in a row were silent")
