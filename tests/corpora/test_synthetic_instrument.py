from collections import Counter

import numpy as np
import pytest

from ultralight_mir.corpora.synthetic.excerpt import Excerpt
from ultralight_mir.corpora.synthetic.instrument import DURATION, INSTRUMENTS, excerpts
from ultralight_mir.corpora.synthetic.midi import SAMPLE_RATE
from ultralight_mir.tasks.instrument import Instrument


@pytest.fixture(scope="module")
def clips() -> list[Excerpt]:
    return list(excerpts(10 * len(INSTRUMENTS), np.random.default_rng(3)))


def test_the_classes_are_the_tasks() -> None:
    assert tuple(i.label for i in INSTRUMENTS) == Instrument.classes


def test_every_class_is_in_every_split(clips: list[Excerpt]) -> None:
    counts = Counter((clip.label, clip.split) for clip in clips)
    assert all(counts[i.label, "train"] == 7 for i in INSTRUMENTS)
    assert all(counts[i.label, "valid"] == 1 for i in INSTRUMENTS)
    assert all(counts[i.label, "test"] == 2 for i in INSTRUMENTS)


@pytest.mark.parametrize("count", [20, 40])
def test_few_clips_still_fill_every_split(clips: list[Excerpt], count: int) -> None:
    assert {clip.split for clip in clips[:count]} == {"train", "valid", "test"}


def test_no_group_crosses_a_split(clips: list[Excerpt]) -> None:
    where = {(clip.group, clip.split) for clip in clips}
    assert len(where) == len({group for group, _ in where})


def test_held_out_presets_are_heard_in_test_only(clips: list[Excerpt]) -> None:
    for instrument in INSTRUMENTS:
        assert not set(instrument.held_out) & set(instrument.programs)
        for clip in clips:
            if clip.label == instrument.label and instrument.held_out:
                held = {f"program-{program:03d}" for program in instrument.held_out}
                assert (clip.group[:11] in held) == (clip.split == "test")


def test_clips_are_three_audible_seconds(clips: list[Excerpt]) -> None:
    for clip in clips:
        assert len(clip.samples) == DURATION * SAMPLE_RATE
        assert np.isfinite(clip.samples).all()
        assert 0.01 < np.abs(clip.samples).max() <= 1.0


def test_the_same_seed_gives_the_same_bytes(clips: list[Excerpt]) -> None:
    for again, clip in zip(excerpts(5, np.random.default_rng(3)), clips, strict=False):
        assert np.array_equal(again.samples, clip.samples)
