"""A store proves that it is as `build` left it; `build` lets in only numbers, and only what was examined."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from toy import FEATURE, RATE, ToyTask, toy_clips, toy_store

from ultralight_mir import audio, digests
from ultralight_mir.errors import InputError
from ultralight_mir.features.store import Store, build
from ultralight_mir.tasks.base import Array

FILES = ("inputs.npy", "targets.npy", "clips.csv")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    toy_store(tmp_path)
    return tmp_path / "features"


def _refusal(folder: Path) -> str:
    with pytest.raises(InputError) as caught:
        Store(folder)
    assert "\n" not in str(caught.value) and "make it again with: snakemake" in str(caught.value)
    return str(caught.value)


def _flip(path: Path, place: int) -> None:
    whole = bytearray(path.read_bytes())
    whole[place] ^= 1
    path.write_bytes(whole)


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("place", [0, 100, -1])
def test_a_flipped_bit_is_seen(folder: Path, name: str, place: int) -> None:
    _flip(folder / name, place)
    assert f"{folder / name}: edited or damaged (SHA-256 " in _refusal(folder)


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("spoil", [lambda path: path.write_bytes(path.read_bytes()[:-1]), Path.unlink])
def test_a_file_that_is_cut_or_lost_is_seen(folder: Path, name: str, spoil: Callable[[Path], object]) -> None:
    spoil(folder / name)
    assert f"{folder / name}: " in _refusal(folder)


@pytest.mark.parametrize(
    ("key", "value"),
    [("corpus", "other"), ("task", "drums"), ("framewise", False), ("feature", {"name": "log_mel"}), ("format", 1)],
)
def test_an_edited_description_is_seen(folder: Path, key: str, value: object) -> None:
    path = folder / "store.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), key: value}))
    assert f"{path}: " in _refusal(folder)


def test_a_lost_or_cut_description_is_seen(folder: Path) -> None:
    path = folder / "store.json"
    path.write_text(path.read_text()[:-20])
    with pytest.raises(InputError, match=r"store\.json: not valid JSON"):
        Store(folder)
    path.unlink()
    assert _refusal(folder).startswith(f"{path}: no such file; ")


@pytest.mark.parametrize("key", ["corpus", "task", "framewise", "feature"])
def test_a_missing_key_is_one_line(folder: Path, key: str) -> None:
    content = digests.read_sealed(folder / "store.json")
    del content[key]
    digests.write_sealed(folder / "store.json", content, [folder / name for name in FILES])
    assert f"store.json: not a whole store ('{key}')" in _refusal(folder)


@pytest.mark.parametrize("key", ["name", "kind", "sample_rate", "hop"])
def test_a_missing_key_of_the_feature_is_one_line(folder: Path, key: str) -> None:
    content = digests.read_sealed(folder / "store.json")
    del content["feature"][key]
    digests.write_sealed(folder / "store.json", content, [folder / name for name in FILES])
    assert f"store.json: not a whole store ('{key}')" in _refusal(folder)


def test_a_store_says_how_its_input_was_made(folder: Path) -> None:
    assert Store(folder).description == {**FEATURE.describe(), "name": "toy:FEATURE"}


def _spoilt(samples: Array, value: float) -> Array:
    frames = FEATURE.compute(samples)
    frames[3, 1] = value
    return frames


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, 1e5])  # the last: infinite once it is float16
@pytest.mark.filterwarnings("ignore:overflow encountered in cast")
def test_features_that_are_no_numbers_are_refused(tmp_path: Path, value: float) -> None:
    clips = toy_clips(tmp_path / "audio")
    feature = replace(FEATURE, function=lambda samples, **_: _spoilt(samples, value))
    with pytest.raises(InputError, match=r"clip '0': feature toy holds values that are not finite numbers; .*0\.wav"):
        build("toy", clips, ToyTask(), feature, tmp_path / "out")
    assert not list((tmp_path / "out").iterdir())


class _Endless(ToyTask):
    """Whose target is infinite for one clip."""

    def target(self, annotation: object, times: Array) -> Array:
        target = super().target(annotation, times)  # type: ignore[arg-type]
        return target / 0.0 if float(annotation.times[0]) == self.spoilt else target  # type: ignore[attr-defined]


@pytest.mark.filterwarnings("ignore:divide by zero", "ignore:invalid value")
def test_targets_that_are_no_numbers_are_refused(tmp_path: Path) -> None:
    clips = toy_clips(tmp_path / "audio")
    task = _Endless()
    task.spoilt = float(Path(clips[2].annotation).read_text().split()[0])  # type: ignore[attr-defined]
    with pytest.raises(InputError, match=r"clip '2': target of task toy holds values that are not finite numbers"):
        build("toy", clips, task, FEATURE, tmp_path / "out")
    assert not list((tmp_path / "out").iterdir())


def test_a_recording_that_changed_since_it_was_examined_is_refused(tmp_path: Path) -> None:
    clips = toy_clips(tmp_path / "audio")
    recordings = {clip.track_id: digests.digest(Path(clip.audio)) for clip in clips}
    build("toy", clips, ToyTask(), FEATURE, tmp_path / "first", recordings=recordings)
    audio.write(Path(clips[4].audio), audio.load(Path(clips[4].audio), RATE) * 0.5, RATE)
    with pytest.raises(InputError) as caught:
        build("toy", clips, ToyTask(), FEATURE, tmp_path / "second", recordings=recordings)
    text = str(caught.value)
    assert text.startswith(f"clip '4': {clips[4].audio} has changed since it was examined (SHA-256 ")
    assert "run `ultralight-mir splits toy` on its corpus again" in text and "\n" not in text
    assert not list((tmp_path / "second").iterdir())
