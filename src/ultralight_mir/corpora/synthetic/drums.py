"""Drum clips: kits of the font's drums and synthesised ones, in many styles; accompanied in half of them.

An annotation has a line `time<TAB>class` a hit, with the classes of MDB Drums: KD, SD, HH, and TT (toms), CY (cymbals),
OT (other percussion), which are heard and annotated but not asked for. A kit and its recordings, and the programs
that accompany it, are of one split (`kits`, `sources`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import numpy as np

from ultralight_mir.annotations.events import Events
from ultralight_mir.corpora.synthetic import accompaniment as others
from ultralight_mir.corpora.synthetic.accompaniment import Span
from ultralight_mir.corpora.synthetic.drum_patterns import Hit, play
from ultralight_mir.corpora.synthetic.drum_sounds import ROLES
from ultralight_mir.corpora.synthetic.drum_synthesis import Samples
from ultralight_mir.corpora.synthetic.excerpt import Excerpt
from ultralight_mir.corpora.synthetic.harmony import progression
from ultralight_mir.corpora.synthetic.kits import Kits
from ultralight_mir.corpora.synthetic.midi import SAMPLE_RATE, Part, render
from ultralight_mir.corpora.synthetic.mixing import add
from ultralight_mir.corpora.synthetic.randomise import randomise
from ultralight_mir.corpora.synthetic.sources import programs_of

STREAM = 4
"""Of random numbers: no other corpus draws these."""
BASSES = range(32, 40)
COMPING = (0, 4, 16, 24, 25, 27, 29, 30, 48, 50, 61, 81, 89)
MELODIES = (22, 26, 40, 52, 56, 60, 64, 65, 66, 68, 69, 71, 73, 80, 82)
"""General MIDI programs that accompany."""
DURATION = 6.0
"""Seconds of a clip."""


def excerpts(split: str, count: int, random: np.random.Generator) -> Iterator[Excerpt]:
    """`count` clips of a split, 6 s each; group = the kit."""
    kits = Kits(split, random)
    for _ in range(count):
        kit = kits.draw()
        hits, beat = play(DURATION, random)
        track = kit.play(hits, DURATION, random)
        if random.random() < 0.5:
            track = accompanied(track, beat, split, random)
        samples = randomise(track, SAMPLE_RATE, random)
        yield Excerpt(samples, SAMPLE_RATE, annotation(hits), Events.suffix, "", kit.group)


def annotation(hits: Sequence[Hit]) -> str:
    """The text of an annotation file, in order; hits of one class that nobody hears apart are one (`Events.merged`)."""
    return Events.of([(hit.time, ROLES[hit.role].label) for hit in hits]).merged().text()


def accompanied(track: Samples, beat: float, split: str, random: np.random.Generator) -> Samples:
    """`track` with chords, bass and a melody in its tempo, 24 to 6 dB below it."""
    duration = len(track) / SAMPLE_RATE
    tonic, mode = int(random.integers(12)), str(random.choice(["major", "minor"]))
    length = beat * float(random.choice([2, 4]))
    chords = progression(tonic, mode, 32, 0.2, random)
    starts = np.arange(0.0, duration, length)
    spans = [Span(float(s), min(float(s) + length, duration), beat, c) for s, c in zip(starts, chords, strict=False)]

    def one(pool: Iterable[int]) -> int:
        return int(random.choice(programs_of(split, pool)))

    parts = [Part(one(BASSES), others.walk_bass(spans, 100, random))]
    if random.random() < 0.7:
        parts.append(Part(one(COMPING), others.comp(spans, 50, False, 90, random)))
    if random.random() < 0.5:
        parts.append(Part(one(MELODIES), others.sing_over(spans, tonic, mode, 95, random)))
    played = [render([part], duration) * random.uniform(0.3, 1.0) for part in parts if part.notes]
    if not played:
        return track
    return add(track, np.sum(played, axis=0), random.uniform(-24.0, -6.0))
