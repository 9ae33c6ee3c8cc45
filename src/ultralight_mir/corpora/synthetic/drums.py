"""Drum clips: every kit of the font and synthesised drums, mixed, in many styles; accompanied in half of them.

An annotation has a line `time<TAB>class` a hit, with the classes of MDB Drums: KD, SD, HH, and TT (toms), CY (cymbals),
OT (other percussion), which are heard and annotated but not asked for. Two of the font's eight kits are
held out, one in every second validation clip, the other in every second test clip. The font has too few sounds of its
own a kit (five snares, three hi-hats) to hold out more; synthesised sounds are drawn anew for each clip.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from ultralight_mir.annotations.events import Events
from ultralight_mir.clips import UNLABELLED, side_of
from ultralight_mir.corpora.synthetic import accompaniment as others
from ultralight_mir.corpora.synthetic.accompaniment import Span
from ultralight_mir.corpora.synthetic.drum_patterns import Hit, play
from ultralight_mir.corpora.synthetic.drum_sounds import ROLES, Samples, choose, mix
from ultralight_mir.corpora.synthetic.excerpt import Excerpt
from ultralight_mir.corpora.synthetic.harmony import progression
from ultralight_mir.corpora.synthetic.midi import SAMPLE_RATE, Part, render
from ultralight_mir.corpora.synthetic.randomise import randomise
from ultralight_mir.corpora.synthetic.sources import Deck

STREAM = 4
"""Of random numbers: no other corpus draws these."""
KITS = (0, 8, 16, 32, 40, 48)
"""Programs of the font's kits that every split hears, each clip with a mix and filters of its own."""
HELD_OUT = {"train": KITS, "valid": (25,), "test": (24,), UNLABELLED: KITS}
"""The only kit of every second clip of a split: TR-808 and Electronic, with sounds of their own."""
DURATION = 6.0
"""Seconds of a clip."""


def excerpts(split: str, count: int, random: np.random.Generator) -> Iterator[Excerpt]:
    """`count` clips of a split, 6 s each; group = the held-out kit, or the clip itself where its kit is a mix."""
    kits = Kits(random)
    for _ in range(count):
        group, programs = kits.draw(split)
        hits, beat = play(DURATION, random)
        track = drum_track(hits, programs, DURATION, random)
        if random.random() < 0.5:
            track = accompanied(track, beat, random)
        samples = randomise(track, SAMPLE_RATE, random)
        yield Excerpt(samples, SAMPLE_RATE, annotation(hits), Events.suffix, "", group)


class Kits:
    """Deals out kits: by turns the split's held-out one alone, and mixes of those that every split hears."""

    def __init__(self, random: np.random.Generator) -> None:
        self._known = Deck(KITS, random)
        self._dealt = dict.fromkeys(HELD_OUT, 0)

    def draw(self, split: str) -> tuple[str, tuple[int, ...]]:
        """A group and the programs that a clip's font sounds are drawn from, in proportion."""
        self._dealt[split] += 1
        if side_of(split) != "train" and self._dealt[split] % 2:
            return f"kit-{HELD_OUT[split][0]:03d}", HELD_OUT[split]
        kit = self._known.draw()
        return f"mix-{split}-{self._dealt[split]:04d}", (*[kit] * len(KITS), *KITS)


def drum_track(hits: Sequence[Hit], programs: Sequence[int], duration: float, random: np.random.Generator) -> Samples:
    """`hits` on a kit drawn for them from the font's kits `programs` and from synthesis; `[samples]`."""
    sounds = {role: choose(role, programs, random) for role in sorted({hit.role for hit in hits})}
    return mix(hits, sounds, duration, random)


def annotation(hits: Sequence[Hit]) -> str:
    """The text of an annotation file, in order; hits of one class that nobody hears apart are one (`Events.merged`)."""
    return Events.of([(hit.time, ROLES[hit.role].label) for hit in hits]).merged().text()


def accompanied(track: Samples, beat: float, random: np.random.Generator) -> Samples:
    """`track` with chords, bass and a melody in its tempo, 24 to 6 dB below it."""
    duration = len(track) / SAMPLE_RATE
    tonic, mode = int(random.integers(12)), str(random.choice(["major", "minor"]))
    length = beat * float(random.choice([2, 4]))
    chords = progression(tonic, mode, 32, 0.2, random)
    starts = np.arange(0.0, duration, length)
    spans = [Span(float(s), min(float(s) + length, duration), beat, c) for s, c in zip(starts, chords, strict=False)]
    parts = [Part(int(random.integers(32, 40)), others.walk_bass(spans, 100, random))]
    if random.random() < 0.7:
        parts.append(
            Part(
                int(random.choice([0, 4, 16, 24, 25, 27, 29, 30, 48, 50, 61, 81, 89])),
                others.comp(spans, 50, False, 90, random),
            )
        )
    if random.random() < 0.5:
        parts.append(
            Part(
                int(random.choice([22, 26, 40, 52, 56, 65, 73, 80])),
                others.sing_over(spans, tonic, mode, 95, random),
            )
        )
    played = [render([part], duration) * random.uniform(0.3, 1.0) for part in parts if part.notes]
    if not played:
        return track
    band = np.sum(played, axis=0)
    ratio = 10 ** (random.uniform(-24.0, -6.0) / 20)
    scale = ratio * np.sqrt(np.square(track).mean()) / (np.sqrt(np.square(band).mean()) + 1e-9)
    return np.asarray(track + scale * band, np.float32)
