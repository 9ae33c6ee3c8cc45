"""Who plays in which split: sound sources are dealt out so that no split hears those of another.

Presets of the sound font are dealt here, the same for every seed and every corpus, whole families that share
recordings together. What is drawn (a kit, a singer, a timbre) is named by the number that it is drawn from: two splits
with the same random numbers would have the same groups, and be found out.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from ultralight_mir.clips import side_of

PROGRAMS = {
    "valid": (5, 10, 11, 17, 18, 36, 45, 50, 52, 64, 68, 79, 107, 111, 125),
    "test": (
        *(4, 6, 9, 12, 13, 16, 19, 26, 32, 37, 42, 43, 44, 46, 47, 48, 49, 56, 65, 73, 77, 80, 105, 106, 113, 116),
        *(118, 126),
    ),
}
"""General MIDI programs (0-based) that are heard in no other split. Training has the others: the pads and leads share
their recordings with each other, most guitars and the synthesised brass."""
DRUMS = {
    "valid": (
        *("808 Snare", "E Snare", "Sine Wave", "Cowbell", "Timbale Strike", "Castanets", "Guiro Down", "Guiro Up"),
        *("Rosewood Claves", "Brass Tambourine"),
    ),
    "test": (
        *("Snare 2", "808 Hat", "808 Click", "ChinaCrashCymb", "Syn Drum Wave", "Timp Drum A1", "Maracas"),
        *("Claps 808ish", "Cowbell 808", "Quinto Tone", "QuintoClosedSlap", "Mute Triangle", "Sleigh Bells"),
        *("Samba Whistle", "Agogo Bell", "Taiko Drum"),
    ),
}
"""Recordings of the font's drum kits that are heard in no other split."""
EVERYWHERE = "Filter Snap"
"""A click of some milliseconds that the font lays over 80 of its drums: it tells none from another."""


def owner(program: int) -> str:
    """The split that hears a program of the font."""
    return next((split for split, programs in PROGRAMS.items() if program in programs), "train")


def programs_of(split: str, pool: Iterable[int]) -> list[int]:
    """The programs of `pool` that a split may use; unlabelled clips have those of training."""
    return [program for program in pool if owner(program) == side_of(split)]


def owner_of_drum(recordings: Iterable[str]) -> str:
    """The split that hears a drum of the font made of these recordings; "" where they are of several."""
    owners = {
        next((split for split, names in DRUMS.items() if recording in names), "train")
        for recording in recordings
        if recording != EVERYWHERE
    }
    return "" if len(owners) > 1 else next(iter(owners), "train")


def draw_seed(random: np.random.Generator) -> int:
    """A number to draw a source from, which also names it."""
    return int(random.integers(2**40))


class Deck:
    """Draws evenly: every card comes once in random order before any comes again."""

    def __init__(self, cards: Sequence[int], random: np.random.Generator) -> None:
        self._cards = list(cards)
        self._random = random
        self._left: list[int] = []

    def draw(self) -> int:
        """The next card."""
        if not self._left:
            self._left = [self._cards[i] for i in self._random.permutation(len(self._cards))]
        return self._left.pop()
