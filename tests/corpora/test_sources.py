from collections import Counter

import numpy as np

from ultralight_mir.corpora.synthetic.sources import Deck, belonging_to, split_of


def test_the_presets_are_dealt_out_without_overlap() -> None:
    presets = list(range(8))
    dealt = [belonging_to(split, presets) for split in ("train", "valid", "test")]
    assert sorted(preset for hand in dealt for preset in hand) == presets
    assert all(dealt)


def test_the_shares_of_presets() -> None:
    assert Counter(split_of(i) for i in range(100)) == {"train": 70, "valid": 10, "test": 20}


def test_a_deck_gives_every_card_before_any_again() -> None:
    deck = Deck(range(5), np.random.default_rng(0))
    drawn = [deck.draw() for _ in range(10)]
    assert sorted(drawn[:5]) == sorted(drawn[5:]) == list(range(5))
