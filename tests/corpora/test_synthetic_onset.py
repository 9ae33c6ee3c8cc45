import numpy as np
import pytest
from synthetic_clips import no_group_crosses, of_every_split

from ultralight_mir.corpora.synthetic import excerpts
from ultralight_mir.corpora.synthetic.audibility import audible
from ultralight_mir.corpora.synthetic.excerpt import Excerpt
from ultralight_mir.corpora.synthetic.midi import SAMPLE_RATE
from ultralight_mir.corpora.synthetic.note_players import Drawn, Preset
from ultralight_mir.corpora.synthetic.onset import lag


@pytest.fixture(scope="module")
def made() -> dict[str, list[Excerpt]]:
    return of_every_split("onset", 30, 7)


@pytest.fixture(scope="module")
def clips(made: dict[str, list[Excerpt]]) -> list[Excerpt]:
    return [clip for part in made.values() for clip in part]


def test_annotations_are_times_in_order_inside_the_clip(clips: list[Excerpt]) -> None:
    for clip in clips:
        times = [float(line) for line in clip.annotation.splitlines()]
        assert times == sorted(times)
        assert times
        assert all(0.0 <= time < 6.0 for time in times)
        assert len(clip.samples) == 6 * SAMPLE_RATE
        assert np.isfinite(clip.samples).all()


def test_splits_share_no_group_and_hold_melody_and_drums(made: dict[str, list[Excerpt]]) -> None:
    assert no_group_crosses(made)
    kinds = {clip.group.split("-")[0] for clip in made["train"]}
    assert kinds == {"program", "timbre", "kit"}


def test_the_same_seed_gives_the_same_bytes(clips: list[Excerpt]) -> None:
    again = next(excerpts("onset", "train", 1, 7))
    assert again.annotation == clips[0].annotation
    assert np.array_equal(again.samples, clips[0].samples)


def test_struck_notes_begin_at_once_and_bowed_ones_later() -> None:
    assert lag(Preset(0), 60) < 0.005  # piano
    assert 0.01 < lag(Preset(49), 60) < 0.1  # slow strings


def test_drawn_timbres_begin_within_their_attack() -> None:
    assert all(0.0 <= lag(Drawn(seed), 60) < 0.03 for seed in range(20))


def test_onsets_are_heard_in_silence_and_not_below_noise() -> None:
    time = np.arange(10 * SAMPLE_RATE) / SAMPLE_RATE
    tone = np.sin(2 * np.pi * 440 * time) * (time % 0.5 >= 0.25)
    noise = np.random.default_rng(0).standard_normal(len(time))
    onsets = list(np.arange(0.25, 9.5, 0.5))
    assert audible((0.5 * tone).astype(np.float32), SAMPLE_RATE, onsets) == onsets
    assert len(audible((0.001 * tone + 0.1 * noise).astype(np.float32), SAMPLE_RATE, onsets)) < 0.5 * len(onsets)


def test_few_moments_of_steady_noise_pass_for_onsets() -> None:
    random = np.random.default_rng(0)
    noise = random.standard_normal(10 * SAMPLE_RATE).astype(np.float32)
    moments = list(np.arange(0.5, 9.5, 0.05))
    assert len(audible(noise, SAMPLE_RATE, moments)) < 0.4 * len(moments)


def test_onsets_at_the_edges_and_none_at_all() -> None:
    click = np.zeros(SAMPLE_RATE, np.float32)
    click[:200] = click[-200:] = 1.0
    assert audible(click, SAMPLE_RATE, [0.0, 0.991]) == [0.0, 0.991]
    assert audible(click, SAMPLE_RATE, []) == []
