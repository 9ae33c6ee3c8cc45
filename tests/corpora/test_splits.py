from collections import defaultdict
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ultralight_mir.clips import Clip, read_clips, read_good_clips, seal, write_clips
from ultralight_mir.corpora import quality
from ultralight_mir.corpora.fingerprint import BANDS, FRAMES
from ultralight_mir.corpora.quality import Examination
from ultralight_mir.corpora.splits import check_and_write, split_by_group
from ultralight_mir.errors import InputError
from ultralight_mir.files import read_rows


def _clip(name: str, group: str, split: str = "train", audio: str = "") -> Clip:
    return Clip(name, audio, "", "label", group, split, 1.0)


@given(st.lists(st.integers(0, 12), min_size=3, max_size=80), st.integers(0, 1000))
def test_no_group_is_ever_in_two_splits(groups: list[int], seed: int) -> None:
    clips = [_clip(str(i), str(g)) for i, g in enumerate(groups)]
    if len(set(groups)) < 3:
        with pytest.raises(InputError, match="groups, expected at least 3"):
            split_by_group(clips, seed)
        return
    split = split_by_group(clips, seed)
    where = defaultdict(set)
    for clip in split:
        where[clip.group].add(clip.split)
    assert all(len(splits) == 1 for splits in where.values())
    assert {clip.split for clip in split} == {"train", "valid", "test"}
    assert [c.track_id for c in split] == [c.track_id for c in clips]
    assert split == split_by_group(clips, seed)


def test_shares_are_close_with_many_groups() -> None:
    split = split_by_group([_clip(str(i), str(i // 2)) for i in range(400)], 0)
    shares = {name: sum(c.split == name for c in split) / 400 for name in ("train", "valid", "test")}
    assert shares == pytest.approx({"train": 0.7, "valid": 0.1, "test": 0.2}, abs=0.02)


def _examined(name: str, group: str, split: str, sha256: str) -> Examination:
    return Examination(_clip(name, group, split), {}, "", sha256, np.zeros((FRAMES, BANDS), np.float16))


@pytest.mark.parametrize("leak", ["group", "content"])
def test_a_leak_names_both_clips_and_writes_nothing(tmp_path: Path, leak: str) -> None:
    found = [
        _examined("a", "g", "train", "1"),
        _examined("b", *(("g", "test", "2") if leak == "group" else ("h", "test", "1"))),
    ]
    with pytest.raises(InputError, match=f"same {leak} is in two splits: clip 'a' .train. and clip 'b' .test."):
        check_and_write(found, tmp_path / "splits.tsv")
    assert not (tmp_path / "splits.tsv").exists()


@pytest.mark.parametrize("split", ["train", "valid", "test"])
def test_unlabelled_clips_may_be_of_training_sources_alone(tmp_path: Path, split: str) -> None:
    found = [_examined("a", "g", split, "1"), _examined("b", "g", "unlabelled", "2")]
    if split == "train":
        check_and_write(found, tmp_path / "splits.tsv")
        return
    with pytest.raises(InputError, match=rf"same group is in two splits: clip 'a' .{split}. and clip 'b' .unlabelled"):
        check_and_write(found, tmp_path / "splits.tsv")


def test_clean_splits_are_written(tmp_path: Path) -> None:
    check_and_write([_examined("a", "a", "train", "1"), _examined("b", "b", "test", "2")], tmp_path / "splits.tsv")
    rows = read_rows(tmp_path / "splits.tsv", ("track_id", "group", "split", "sha256"), "\t")
    assert [r["split"] for r in rows] == ["train", "test"]


def _sealed(folder: Path, *examined: Examination) -> None:
    """The tables that `splits` leaves beside `clips.csv`, and their proof."""
    quality.write(examined, folder / "quality.csv")
    check_and_write(examined, folder / "splits.tsv")
    seal(folder, "instrument")


def test_good_clips_are_those_that_splits_lists(tmp_path: Path) -> None:
    write_clips(tmp_path, [_clip(name, name) for name in "abc"])
    _sealed(tmp_path, *(_examined(name, name, "train", name) for name in "ca"))
    assert [clip.track_id for clip in read_good_clips(tmp_path)] == ["a", "c"]
    write_clips(tmp_path, [_clip("a", "a")])
    seal(tmp_path, "instrument")
    with pytest.raises(InputError, match=r"splits\.tsv: clip 'c' is not in clips\.csv"):
        read_good_clips(tmp_path)


def test_a_track_that_stands_twice_is_refused(tmp_path: Path) -> None:
    write_clips(tmp_path, [_clip("a", "a"), _clip("a", "b")])
    with pytest.raises(InputError, match="line 3: track_id 'a' stands twice"):
        read_clips(tmp_path)


def test_clips_round_trip_and_unknown_splits_are_refused(tmp_path: Path) -> None:
    inside = Clip("t", str(tmp_path / "audio" / "t.wav"), "", "x", "g", "valid", 2.5)
    write_clips(tmp_path, [inside])
    assert "audio/t.wav" in (tmp_path / "clips.csv").read_text()
    assert read_clips(tmp_path) == [inside]
    (tmp_path / "clips.csv").write_text((tmp_path / "clips.csv").read_text().replace("valid", "dev"))
    with pytest.raises(InputError, match="line 2: split 'dev', expected one of train, valid, test"):
        read_clips(tmp_path)
