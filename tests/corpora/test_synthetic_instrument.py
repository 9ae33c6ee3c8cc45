from collections import Counter

import numpy as np
import pytest
from synthetic_clips import no_group_crosses, of_every_split

from ultralight_mir.corpora.synthetic import excerpts
from ultralight_mir.corpora.synthetic.excerpt import Excerpt
from ultralight_mir.corpora.synthetic.instrument import DURATION, INSTRUMENTS
from ultralight_mir.corpora.synthetic.midi import SAMPLE_RATE
from ultralight_mir.tasks.instrument import Instrument


@pytest.fixture(scope="module")
def made() -> dict[str, list[Excerpt]]:
    return of_every_split("instrument", 10 * len(INSTRUMENTS), 3)


@pytest.fixture(scope="module")
def clips(made: dict[str, list[Excerpt]]) -> list[Excerpt]:
    return [clip for part in made.values() for clip in part]


def test_the_classes_are_the_tasks() -> None:
    assert tuple(i.label for i in INSTRUMENTS) == Instrument.classes


def test_every_class_is_in_every_split(made: dict[str, list[Excerpt]]) -> None:
    counts = Counter((clip.label, split) for split, clips in made.items() for clip in clips)
    assert all(counts[i.label, "train"] == 7 for i in INSTRUMENTS)
    assert all(counts[i.label, "valid"] == 1 for i in INSTRUMENTS)
    assert all(counts[i.label, "test"] == 2 for i in INSTRUMENTS)


def test_no_group_crosses_a_split(made: dict[str, list[Excerpt]]) -> None:
    assert no_group_crosses(made)


def test_held_out_presets_are_heard_in_test_only(made: dict[str, list[Excerpt]]) -> None:
    for instrument in INSTRUMENTS:
        assert not set(instrument.held_out) & set(instrument.programs)
        for split, clip in ((split, clip) for split, clips in made.items() for clip in clips):
            if clip.label == instrument.label and instrument.held_out:
                held = {f"program-{program:03d}" for program in instrument.held_out}
                assert (clip.group[:11] in held) == (split == "test")


def test_clips_are_three_audible_seconds(clips: list[Excerpt]) -> None:
    for clip in clips:
        assert len(clip.samples) == DURATION * SAMPLE_RATE
        assert np.isfinite(clip.samples).all()
        assert 0.01 < np.abs(clip.samples).max() <= 1.0


def test_the_same_seed_gives_the_same_bytes(clips: list[Excerpt]) -> None:
    for again, clip in zip(excerpts("instrument", "train", 5, 3), clips, strict=False):
        assert np.array_equal(again.samples, clip.samples)
