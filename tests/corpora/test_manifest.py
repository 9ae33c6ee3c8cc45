from pathlib import Path

import numpy as np
import pytest

from ultralight_mir import audio
from ultralight_mir.clips import read_clips, read_good_clips
from ultralight_mir.corpora.manifest import build, count_folds, read
from ultralight_mir.corpora.validation import validate
from ultralight_mir.errors import InputError
from ultralight_mir.features import get_feature, store
from ultralight_mir.files import read_rows
from ultralight_mir.tasks import get_task


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    source = tmp_path / "mine"
    source.mkdir()
    for i in range(6):
        audio.write(source / f"{i}.wav", 0.1 * np.random.default_rng(i).standard_normal(8_000), 16_000)
    return source


def _write(folder: Path, text: str) -> None:
    (folder / "manifest.csv").write_text(text)


def test_a_folder_becomes_clips_split_by_group(folder: Path, tmp_path: Path) -> None:
    rows = "".join(f"t{i},{i}.wav,flute,g{i // 2}\n" for i in range(6))
    _write(folder, "track_id,audio,label,group\n" + rows)
    build("instrument", tmp_path / "out", str(folder))
    clips = read_clips(tmp_path / "out")
    assert [c.track_id for c in clips] == [f"t{i}" for i in range(6)]
    assert clips[0].split == clips[1].split
    assert {c.split for c in clips} == {"train", "valid", "test"}
    assert clips[0].duration == pytest.approx(0.5)
    assert Path(clips[0].audio) == (folder / "0.wav").resolve()


def test_the_publishers_split_is_kept(folder: Path, tmp_path: Path) -> None:
    _write(folder, "track_id,audio,label,split\na,0.wav,flute,train\nb,1.wav,flute,test\n")
    build("instrument", tmp_path / "out", str(folder))
    assert [c.split for c in read_clips(tmp_path / "out")] == ["train", "test"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("track_id,label\na,flute\n", "column 'audio' is missing"),
        ("track_id,audio\na,0.wav\n", "columns 'annotation' and 'label' are both missing"),
        ("track_id,audio,label\n", "no rows"),
        ("track_id,audio,label\na,0.wav,x\na,1.wav,x\n", "line 3: track_id 'a' stands twice"),
        ("track_id,audio,label\na,../0.wav,x\n", "line 2: audio: '../0.wav' leaves the folder"),
        ("track_id,audio,label\na,9.wav,x\n", "line 2: audio: .*9.wav does not exist"),
        ("track_id,audio,label\na,0.wav,\n", "line 2: neither annotation nor label"),
        ("track_id,audio,label,split\na,0.wav,x,dev\n", "line 2: split 'dev', expected one of"),
    ],
)
def test_malformed_manifests_are_refused(folder: Path, tmp_path: Path, text: str, message: str) -> None:
    _write(folder, text)
    with pytest.raises(InputError, match=message):
        build("instrument", tmp_path / "out", str(folder))
    assert not (tmp_path / "out").exists()


def test_an_unreadable_recording_is_left_to_the_validation(folder: Path, tmp_path: Path) -> None:
    _write(folder, "track_id,audio,label,split\na,0.wav,flute,train\nb,manifest.csv,flute,test\n")
    build("instrument", tmp_path / "out", str(folder))
    assert [c.duration for c in read_clips(tmp_path / "out")] == [0.5, 0.0]
    with pytest.raises(InputError, match=r"1 of 2 clips are bad.*'b': .*manifest\.csv: not readable as audio"):
        validate(tmp_path / "out", get_task("instrument"), 0.02)


def test_all_faults_are_counted_and_the_first_is_told(folder: Path, tmp_path: Path) -> None:
    _write(folder, "track_id,audio,label,split\na,8.wav,,dev\na,9.wav,x,test\n")
    listing = read(str(folder), "instrument", 0)
    assert [fault.partition(": ")[2] for fault in listing.faults] == [
        f"audio: {folder.resolve()}/8.wav does not exist",
        "neither annotation nor label is given",
        "split 'dev', expected one of train, valid, test",
        "track_id 'a' stands twice",
        f"audio: {folder.resolve()}/9.wav does not exist",
    ]
    with pytest.raises(
        InputError, match=r"8\.wav does not exist \(and 4 more; all of them: ultralight-mir check-corpus"
    ):
        build("instrument", tmp_path / "out", str(folder))


def test_a_link_out_of_the_folder_is_refused(folder: Path, tmp_path: Path) -> None:
    audio.write(tmp_path / "outside.wav", np.full(8_000, 0.1), 16_000)
    (folder / "link.wav").symlink_to(tmp_path / "outside.wav")
    _write(folder, "track_id,audio,label,split\na,link.wav,x,test\n")
    with pytest.raises(InputError, match=r"line 2: audio: 'link\.wav' leaves the folder"):
        build("instrument", tmp_path / "out", str(folder))


def test_every_recording_may_have_its_own_sample_rate(folder: Path, tmp_path: Path) -> None:
    rates = (8_000, 11_025, 22_050, 44_100, 48_000)
    for number, rate in enumerate(rates):
        audio.write(folder / f"{number}.wav", 0.1 * np.random.default_rng(number).standard_normal(rate), rate)
    rows = "".join(f"t{i},{i}.wav,flute,g{i}\n" for i in range(len(rates)))
    _write(folder, "track_id,audio,label,group\n" + rows)
    out, task = tmp_path / "out", get_task("instrument")
    build("instrument", out, str(folder))
    validate(out, task, 0.0)
    assert [int(row["sample_rate"]) for row in read_rows(out / "quality.csv")] == list(rates)
    store.build("mine", read_good_clips(out), task, get_feature("log_mel_timbre"), tmp_path / "features")
    assert {entry.frames for entry in store.Store(tmp_path / "features").entries} == {69}


def test_a_missing_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"nowhere/manifest\.csv: no such file"):
        build("drums", tmp_path / "out", str(tmp_path / "nowhere"))


def test_a_small_folder_is_cut_into_folds(folder: Path, tmp_path: Path) -> None:
    _write(folder, "track_id,audio,label,group\n" + "".join(f"t{i},{i}.wav,flute,g{i // 2}\n" for i in range(6)))
    folds = count_folds(folder, "leave-one-group-out")
    build("instrument", tmp_path / "out", str(folder), folds=folds)
    clips = read_clips(tmp_path / "out")
    assert folds == 3 and {c.split for c in clips} == {"fold-0", "fold-1", "fold-2"}
    assert all(one.split == other.split for one, other in zip(clips[::2], clips[1::2], strict=True))


def test_without_groups_every_track_is_left_out_once(folder: Path) -> None:
    _write(folder, "track_id,audio,label\n" + "".join(f"t{i},{i}.wav,flute\n" for i in range(6)))
    assert count_folds(folder, "leave-one-group-out") == 6
    assert count_folds(folder, 4) == 4


@pytest.mark.parametrize(
    ("text", "asked", "message"),
    [
        ("track_id,audio,label,split\na,0.wav,x,train\n", 3, "has a column 'split', expected none where the corpus is"),
        ("track_id,audio,label,group\na,0.wav,x,g\nb,1.wav,x,g\n", "leave-one-group-out", "manifest.csv: 1 group, exp"),
        ("track_id,audio,label,group\na,0.wav,x,g\nb,1.wav,x,h\n", 3, "manifest.csv: 2 groups, expected at least 3"),
        ("track_id,label\na,x\n", 3, "column 'audio' is missing"),
    ],
)
def test_what_cannot_be_cut_into_folds(folder: Path, text: str, asked: str | int, message: str) -> None:
    _write(folder, text)
    with pytest.raises(InputError, match=message):
        count_folds(folder, asked)


def test_folds_do_not_override_the_publishers_split(folder: Path, tmp_path: Path) -> None:
    _write(folder, "track_id,audio,label,split\na,0.wav,flute,train\nb,1.wav,flute,test\n")
    with pytest.raises(InputError, match="has a column 'split', expected none"):
        build("instrument", tmp_path / "out", str(folder), folds=3)
    assert not (tmp_path / "out").exists()


def test_validation_clips_can_stand_for_a_missing_test_split(folder: Path, tmp_path: Path) -> None:
    _write(folder, "track_id,audio,label,split\na,0.wav,flute,train\nb,1.wav,flute,valid\n")
    build("instrument", tmp_path / "out", str(folder), test_split="valid")
    assert [c.split for c in read_clips(tmp_path / "out")] == ["train", "test"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("track_id,audio,label,split\na,0.wav,x,train\nb,1.wav,x,valid\nc,2.wav,x,test\n", "has test clips, expected"),
        ("track_id,audio,label\na,0.wav,x\nb,1.wav,x\nc,2.wav,x\n", "has no column 'split', expected"),
    ],
)
def test_validation_clips_stand_for_nothing_else(folder: Path, tmp_path: Path, text: str, message: str) -> None:
    _write(folder, text)
    with pytest.raises(InputError, match=message):
        build("instrument", tmp_path / "out", str(folder), test_split="valid")


def test_a_hundred_thousand_rows_of_which_the_last_leads_nowhere(folder: Path) -> None:
    count = 100_000
    rows = "".join(f"t{i},{i % 6}.wav,flute,g{i % 5000}\n" for i in range(count - 1))
    _write(folder, f"track_id,audio,label,group\n{rows}last,9.wav,flute,g0\n")
    assert count_folds(folder, 10) == 10
    listing = read(str(folder), "instrument", 0)
    (fault,) = listing.faults
    assert f"manifest.csv, line {count + 1}: audio: " in fault and fault.endswith("9.wav does not exist")
    assert len(listing.clips) == count - 1
    splits: dict[str, set[str]] = {}
    for clip in listing.clips:
        splits.setdefault(clip.group, set()).add(clip.split)
    assert len(splits) == 5000 and all(len(own) == 1 for own in splits.values())
