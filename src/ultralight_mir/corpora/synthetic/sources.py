"""Who plays in which split: sound sources are dealt out so that no split hears those of another.

Presets are dealt by their place in a list, the same for every seed. What is drawn (a kit, a singer) is told by the
number that it is drawn from: two splits with the same random numbers would have the same groups, and be found out.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

import numpy as np

from ultralight_mir.clips import side_of

Item = TypeVar("Item")
PATTERN = ("train", "train", "test", "train", "valid", "train", "train", "test", "train", "train")
"""Repeated over presets in family order, it gives 70/10/20 % and spreads the families."""


def split_of(position: int) -> str:
    """The split of the preset at `position` ≥ 0."""
    return PATTERN[position % len(PATTERN)]


def belonging_to(split: str, presets: Sequence[Item]) -> list[Item]:
    """The presets of that split; every split has some where there are five or more.

    Unlabelled clips have those of training.
    """
    return [preset for position, preset in enumerate(presets) if split_of(position) == side_of(split)]


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
