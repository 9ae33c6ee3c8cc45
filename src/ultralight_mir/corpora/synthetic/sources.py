"""Who plays in which split: sound sources (presets) are dealt out so that test clips are of sources never heard."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

import numpy as np

Item = TypeVar("Item")
PATTERN = ("train", "train", "test", "train", "valid", "train", "train", "test", "train", "train")
"""Repeated over clips, and over presets in family order, it gives 70/10/20 % and spreads the families."""


def split_of(position: int) -> str:
    """The split of the clip or preset at `position` ≥ 0."""
    return PATTERN[position % len(PATTERN)]


def belonging_to(split: str, presets: Sequence[Item]) -> list[Item]:
    """The presets of that split; every split has some where there are five or more."""
    return [preset for position, preset in enumerate(presets) if split_of(position) == split]


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
