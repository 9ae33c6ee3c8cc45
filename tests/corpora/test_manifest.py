from pathlib import Path

import numpy as np
import pytest

from ultralight_mir import audio
from ultralight_mir.corpora.clips import read_clips
from ultralight_mir.corpora.manifest import build
from ultralight_mir.errors import InputError


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
        ("track_id,audio,label\na,manifest.csv,x\n", "manifest.csv: not readable as audio"),
    ],
)
def test_malformed_manifests_are_refused(folder: Path, tmp_path: Path, text: str, message: str) -> None:
    _write(folder, text)
    with pytest.raises(InputError, match=message):
        build("instrument", tmp_path / "out", str(folder))
    assert not (tmp_path / "out").exists()


def test_a_missing_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"nowhere/manifest\.csv: no such file"):
        build("drums", tmp_path / "out", str(tmp_path / "nowhere"))
