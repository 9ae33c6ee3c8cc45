"""The corpus of instruments: who plays in which split, and that its clips can be used."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from synthetic_clips import no_group_crosses, of_every_split

from ultralight_mir.clips import SPLITS, UNLABELLED, side_of
from ultralight_mir.corpora.synthetic import excerpts, instrument
from ultralight_mir.corpora.synthetic.excerpt import Excerpt
from ultralight_mir.corpora.synthetic.instrument import DURATION, INSTRUMENTS, SEATS, _source
from ultralight_mir.corpora.synthetic.midi import SAMPLE_RATE
from ultralight_mir.corpora.synthetic.sources import owner
from ultralight_mir.tasks.instrument import Instrument


@pytest.fixture(scope="module")
def made() -> dict[str, list[Excerpt]]:
    return of_every_split("instrument", 10 * len(INSTRUMENTS), 3)


@pytest.fixture(scope="module")
def clips(made: dict[str, list[Excerpt]]) -> list[Excerpt]:
    return [clip for part in made.values() for clip in part]


def groups(split: str, seed: int) -> dict[str, set[str]]:
    """Class → the sources of as many clips as take every seat of a split once, nothing rendered."""
    random = np.random.default_rng(seed)
    return {i.label: {_source(i, split, 0, seat, random).group for seat in range(SEATS)} for i in INSTRUMENTS}


def test_the_classes_are_the_tasks() -> None:
    assert tuple(i.label for i in INSTRUMENTS) == Instrument.classes


def test_every_class_is_in_every_split(made: dict[str, list[Excerpt]]) -> None:
    counts = Counter((clip.label, split) for split, clips in made.items() for clip in clips)
    assert all(counts[i.label, "train"] == 7 for i in INSTRUMENTS)
    assert all(counts[i.label, "valid"] == 1 for i in INSTRUMENTS)
    assert all(counts[i.label, "test"] == 2 for i in INSTRUMENTS)


def test_no_group_crosses_a_split(made: dict[str, list[Excerpt]]) -> None:
    assert no_group_crosses(made)


def test_a_hundred_and_ten_test_clips_have_at_least_eight_sources_a_class() -> None:
    assert all(len(found) >= 8 for found in groups("test", 0).values())


def test_every_source_is_of_one_class() -> None:
    found = [group for of_class in groups("train", 0).values() for group in of_class]
    assert len(found) == len(set(found))


@pytest.mark.parametrize("split", [*SPLITS, UNLABELLED])
def test_a_split_hears_its_own_presets_and_at_most_two_of_ten_sources_are_presets(split: str) -> None:
    for found in groups(split, 1).values():
        programs = {int(group[8:]) for group in found if group.startswith("program")}
        assert len(programs) <= 2
        assert all(owner(program) == side_of(split) for program in programs)


def test_players_come_back_once_then_make_room(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(instrument, "_clip", lambda source, random: np.zeros(1, np.float32))
    round_ = SEATS * len(INSTRUMENTS)
    heard = [clip.group for clip in excerpts("instrument", "train", 3 * round_, 5)]
    assert heard[:round_] == heard[round_ : 2 * round_]
    assert {g for g in heard[:round_] if g.startswith("player")}.isdisjoint(heard[2 * round_ :])


def test_a_player_plays_something_else_each_time_in_the_same_place() -> None:
    random = np.random.default_rng(0)
    source = _source(INSTRUMENTS[0], "train", 0, 0, random)
    first, second = (instrument._clip(source, random) for _ in range(2))
    assert not np.array_equal(first, second)


def test_clips_are_three_audible_seconds(clips: list[Excerpt]) -> None:
    for clip in clips:
        assert len(clip.samples) == DURATION * SAMPLE_RATE and clip.samples.dtype == np.float32
        assert np.isfinite(clip.samples).all()
        assert 0.01 < np.abs(clip.samples).max() <= 1.0


def test_the_same_seed_gives_the_same_bytes(made: dict[str, list[Excerpt]]) -> None:
    for again, clip in zip(excerpts("instrument", "train", 11, 3), made["train"], strict=False):
        assert np.array_equal(again.samples, clip.samples) and again.group == clip.group
