"""Who plays in which split, proven by the sound font itself: no recording of it is heard in two splits."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import combinations

import numpy as np
import pytest

from ultralight_mir.clips import SPLITS
from ultralight_mir.corpora.synthetic import chord, drums, onset, pitch
from ultralight_mir.corpora.synthetic.drum_sounds import ROLES
from ultralight_mir.corpora.synthetic.font import recordings
from ultralight_mir.corpora.synthetic.kits import PROGRAMS as KITS
from ultralight_mir.corpora.synthetic.kits import Kit, Kits, shots
from ultralight_mir.corpora.synthetic.sources import DRUMS, EVERYWHERE, PROGRAMS, Deck, owner_of_drum, programs_of

POOLS = {
    "comping": chord.COMPING,
    "basses": chord.BASSES,
    "melodies": chord.MELODIES,
    "noises": chord.NOISES,
    "bands": onset.PROGRAMS,
    "solos": [program for family in pitch.FAMILIES for program in family.programs],
    "bleeding": pitch.BLEEDING,
    "beside drums": [*drums.BASSES, *drums.COMPING, *drums.MELODIES],
}


def _of_programs(programs: Iterable[int]) -> set[str]:
    return {name for program in programs for names in recordings(program).values() for name in names}


def _of_kits(split: str) -> set[str]:
    found = {name for role in ROLES for shot in shots(role, split) for name in recordings(shot.program, True)[shot.key]}
    return found - {EVERYWHERE}


def test_the_font_is_read_as_it_is() -> None:
    assert recordings(0, is_drum=True)[38] == {"Snare 1"}
    assert recordings(24, is_drum=True)[42] == {"Filter Snap", "High Hat Closed"}
    assert _of_programs([40]) == _of_programs([110])  # violin and fiddle
    assert all(recordings(program) for program in range(128))


@pytest.mark.parametrize("pool", POOLS)
def test_every_split_has_programs_of_its_own(pool: str) -> None:
    dealt = [programs_of(split, POOLS[pool]) for split in SPLITS]
    assert all(dealt) and sorted(p for hand in dealt for p in hand) == sorted(POOLS[pool])
    assert programs_of("unlabelled", POOLS[pool]) == programs_of("train", POOLS[pool])


@pytest.mark.parametrize("name", ["BASSES", "COMPING", "MELODIES"])
def test_whoever_accompanies_drums_has_one_of_each_in_every_split(name: str) -> None:
    assert all(programs_of(split, getattr(drums, name)) for split in SPLITS)


def test_no_recording_is_heard_in_two_splits() -> None:
    used = {program for pool in POOLS.values() for program in pool}
    heard = {split: _of_programs(programs_of(split, used)) | _of_kits(split) for split in SPLITS}
    assert all(heard.values())
    assert not [(one, two, heard[one] & heard[two]) for one, two in combinations(SPLITS, 2) if heard[one] & heard[two]]


def test_what_is_held_out_is_in_the_font_and_held_out_once() -> None:
    in_kits = {name for kit in KITS for names in recordings(kit, is_drum=True).values() for name in names}
    assert {*DRUMS["valid"], *DRUMS["test"]} <= in_kits
    assert not set(DRUMS["valid"]) & set(DRUMS["test"]) and not set(PROGRAMS["valid"]) & set(PROGRAMS["test"])


def test_a_drum_of_two_splits_recordings_is_nobodys() -> None:
    assert owner_of_drum({"Snare 1", EVERYWHERE}) == owner_of_drum({EVERYWHERE}) == "train"
    assert owner_of_drum({"Snare 2", EVERYWHERE}) == "test"
    assert owner_of_drum({"Snare 2", "Snare 1"}) == owner_of_drum({"Snare 2", "808 Snare"}) == ""


def test_a_kit_sounds_the_same_whatever_is_played_on_it_first() -> None:
    one, two = Kit("test", 7), Kit("test", 7)
    roles = ("kick", "snare", "closed")
    first, second = [one.sound(role) for role in roles], [two.sound(role) for role in roles[::-1]][::-1]
    assert all(np.array_equal(a.samples, b.samples) and a.level == b.level for a, b in zip(first, second, strict=True))
    assert not np.array_equal(Kit("test", 8).sound("kick").samples, one.sound("kick").samples)


def test_a_kit_plays_three_clips() -> None:
    kits = Kits("train", np.random.default_rng(0))
    groups = [kits.draw().group for _ in range(9)]
    assert groups == [name for name in dict.fromkeys(groups) for _ in range(3)] and len(set(groups)) == 3


def test_a_deck_gives_every_card_before_any_again() -> None:
    deck = Deck(range(5), np.random.default_rng(0))
    drawn = [deck.draw() for _ in range(10)]
    assert sorted(drawn[:5]) == sorted(drawn[5:]) == list(range(5))
