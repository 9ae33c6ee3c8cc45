from pathlib import Path

import numpy as np
import pytest
from toy import FEATURE, RATE, ToyTask, toy_clips, toy_store

from ultralight_mir import audio
from ultralight_mir.errors import InputError
from ultralight_mir.features.store import Store, build


def test_what_goes_in_comes_out(tmp_path: Path) -> None:
    store = toy_store(tmp_path)
    clips = toy_clips(tmp_path / "audio")
    assert len(store.entries) == len(clips)
    for i, clip in enumerate(clips):
        expected = FEATURE.compute(audio.load(Path(clip.audio), RATE))
        assert np.array_equal(store.input(i), expected.astype(np.float16))
        times = store.times(store.entries[i].frames)
        assert np.array_equal(store.target(i), ToyTask().target(ToyTask().read(clip), times))
    assert store.split("valid", "test") == [3, 4, 8, 9]


def test_a_segment_is_a_view_of_the_right_frames(tmp_path: Path) -> None:
    store = toy_store(tmp_path)
    assert np.array_equal(store.input(2, 10, 5), store.input(2)[10:15])
    assert np.array_equal(store.target(2, 10, 5), store.target(2)[10:15])
    assert isinstance(store.input(2, 10, 5).base, np.ndarray)


def test_a_bad_clip_leaves_nothing_behind(tmp_path: Path) -> None:
    clips = toy_clips(tmp_path / "audio")
    Path(clips[7].audio).write_bytes(b"no audio")
    with pytest.raises(InputError, match=r"7\.wav: not readable"):
        build("toy", clips, ToyTask(), FEATURE, tmp_path / "features")
    assert not list((tmp_path / "features").iterdir())


def test_a_truncated_store_is_refused(tmp_path: Path) -> None:
    toy_store(tmp_path)
    inputs = tmp_path / "features" / "inputs.npy"
    inputs.write_bytes(inputs.read_bytes()[:-100])
    with pytest.raises(InputError, match=r"inputs\.npy: not a readable array"):
        Store(tmp_path / "features")
    np.save(inputs, np.zeros((17, 3), np.float16))
    with pytest.raises(InputError, match=r"inputs\.npy: 17 rows, expected 1000 as clips\.csv says"):
        Store(tmp_path / "features")
