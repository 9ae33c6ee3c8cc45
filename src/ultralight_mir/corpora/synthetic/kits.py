"""Drum kits: each is drawn once, from the font's drums, synthesis and filters, and plays several clips of one split.

A kit of one split never has a recording that the kits of another have (`sources.DRUMS`), but for a click that the font
lays over many. What the font has too few of is synthesised outside training: rides and bells, and validation's hi-hats,
side sticks and crashes. What is synthesised is drawn anew for each kit.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import numpy as np

from ultralight_mir.clips import side_of
from ultralight_mir.corpora.synthetic import font
from ultralight_mir.corpora.synthetic.drum_patterns import Hit
from ultralight_mir.corpora.synthetic.drum_sounds import (
    ORCHESTRA,
    ORCHESTRA_KEYS,
    ROLES,
    Shot,
    Sound,
    choose,
    mix,
)
from ultralight_mir.corpora.synthetic.drum_synthesis import Samples
from ultralight_mir.corpora.synthetic.sources import draw_seed, owner_of_drum

PROGRAMS = (0, 8, 16, 24, 25, 32, 40, 48)
"""The font's kits."""
CLIPS_PER_KIT = 3
OWN = 0.5
"""How likely a sound of the font is of the kit's own program, and not of any."""
FEW = 5
"""Drums of the font for a role, fewer than which would make kits alike: a kit does without, so likely as some lack."""


@cache
def shots(role: str, split: str) -> tuple[Shot, ...]:
    """The font's drums for `role` that a split may hear; some splits have none for some roles."""
    found = []
    for program in PROGRAMS:
        recordings = font.recordings(program, is_drum=True)
        keys = ORCHESTRA_KEYS.get(role, ROLES[role].keys) if program == ORCHESTRA else ROLES[role].keys
        found += [Shot(program, k) for k in keys if k in recordings and owner_of_drum(recordings[k]) == side_of(split)]
    return tuple(found)


class Kit:
    """A drummer's sounds.

    Args:
        split: whose recordings it may have.
        seed: what it is drawn from, sound by sound: they do not hang on which are played, nor on their order.

    Attributes:
        group: its name.
    """

    def __init__(self, split: str, seed: int) -> None:
        self.group = f"kit-{seed:010x}"
        self._split = split
        self._seed = seed
        self._program = int(np.random.default_rng(seed).choice(PROGRAMS))
        self._sounds: dict[str, Sound] = {}

    def sound(self, role: str) -> Sound:
        """Its drum for a role."""
        if role not in self._sounds:
            random = np.random.default_rng([self._seed, 1 + list(ROLES).index(role)])
            known = shots(role, self._split)
            if random.random() >= len(known) / FEW:
                known = ()
            own = [shot for shot in known if shot.program == self._program]
            self._sounds[role] = choose(role, own if own and random.random() < OWN else known, random)
        return self._sounds[role]

    def play(self, hits: Sequence[Hit], duration: float, random: np.random.Generator) -> Samples:
        """`hits` (in order of time) as one track `[duration · SAMPLE_RATE]`."""
        return mix(hits, {role: self.sound(role) for role in {hit.role for hit in hits}}, duration, random)


class Kits:
    """Deals out the kits of a split; each plays `CLIPS_PER_KIT` clips."""

    def __init__(self, split: str, random: np.random.Generator) -> None:
        self._split = split
        self._random = random
        self._left = 0

    def draw(self) -> Kit:
        """The kit of the next clip."""
        if not self._left:
            self._kit = Kit(self._split, draw_seed(self._random))
            self._left = CLIPS_PER_KIT
        self._left -= 1
        return self._kit
