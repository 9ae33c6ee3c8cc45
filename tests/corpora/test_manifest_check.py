"""`check-corpus` says everything that is wrong at once, and changes nothing."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from annotation_files import write_jams
from made_recordings import ONSETS, RATE, write_recordings

from ultralight_mir import audio
from ultralight_mir.corpora.manifest_check import check
from ultralight_mir.errors import InputError


def _folder(root: Path, count: int = 8) -> Path:
    return write_recordings(root, ONSETS, count, splits=("train", "valid", "test"))


def _cli(*arguments: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "ultralight_mir", "check-corpus", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)


def test_all_is_well(tmp_path: Path) -> None:
    folder = _folder(tmp_path / "mine")
    before = sorted(folder.rglob("*"))
    done = _cli(folder, "--task", "onset")
    assert done.returncode == 0, done.stderr
    assert "nothing is wrong; 8 clips; 0.00 hours; 8 groups; no labels; splits: train 3, valid 3, test 2" in done.stdout
    assert sorted(folder.rglob("*")) == before


def test_everything_is_said_at_once(tmp_path: Path) -> None:
    folder = _folder(tmp_path / "mine")
    (folder / "1.wav").write_bytes(b"RIFF")
    audio.write(folder / "2.wav", np.zeros(RATE), RATE)
    (folder / "3.txt").write_text("0.5\n0.1\n")
    (folder / "4.txt").write_text("7.5\n")
    copy = audio.resampled(0.5 * audio.read(folder / "0.wav").mono, RATE, 22_050)
    audio.write(folder / "5.wav", copy, 22_050)
    with (folder / "manifest.csv").open("a") as stream:
        stream.write("t0,../x.wav,0.txt,g9,train\nt9,nothing.wav,,g9,dev\n")
    done = _cli(folder, "--task", "onset")
    assert done.returncode == 1 and done.stderr.strip().splitlines()[-1].endswith("mine: 10 faults")
    expected = (
        "line 10: track_id 't0' stands twice",
        "line 10: audio: '../x.wav' leaves the folder",
        "nothing.wav does not exist",
        "line 11: neither annotation nor label",
        "line 11: split 'dev'",
        "1.wav: not readable as audio",
        "2.wav: silent",
        "3.txt, line 2: 0.1 s is out of order",
        "4.txt, line 1: 7.5 s, expected at most 1.000 s",
        "the same recording is in two splits: clip 't0' (train) and clip 't5' (test)",
    )
    lines = done.stdout.splitlines()
    assert len(lines) == len(expected)
    for line, part in zip(lines, expected, strict=True):
        assert part in line


def test_without_a_task_annotations_are_not_read(tmp_path: Path) -> None:
    folder = _folder(tmp_path / "mine")
    (folder / "3.txt").write_text("not for onset\n")
    faults, summary = check(folder, "")
    assert not faults and summary.startswith("8 clips")
    assert len(check(folder, "onset")[0]) == 1


def test_labels_are_counted(tmp_path: Path) -> None:
    folder = _folder(tmp_path / "mine", 3)
    rows = "".join(f"t{i},{i}.wav,{label}\n" for i, label in enumerate(("oboe", "flute", "flute")))
    (folder / "manifest.csv").write_text("track_id,audio,label\n" + rows)
    faults, summary = check(folder, "instrument")
    assert not faults and "labels: flute 2, oboe 1; splits: train 1, valid 1, test 1" in summary


def test_a_folder_without_a_manifest_and_an_unknown_task(tmp_path: Path) -> None:
    assert check(tmp_path, "onset")[0] == [
        f"{tmp_path}/manifest.csv: no such file; a manifest corpus is a folder with a manifest.csv"
    ]
    with pytest.raises(InputError, match="task 'beats': unknown"):
        check(tmp_path, "beats")


def test_a_row_is_looked_at_whole_whatever_is_wrong_with_it(tmp_path: Path) -> None:
    """Rows with a bad split or name are examined too, and groups are counted though rows have faults."""
    folder = _folder(tmp_path / "mine", 3)
    (folder / "1.txt").write_text("0.5\n0.1\n")
    audio.write(folder / "2.wav", np.zeros(RATE), RATE)
    rows = (
        "t0,0.wav,0.txt,g0,train",
        "t0,1.wav,1.txt,g1,dev",
        "t2,2.wav,2.txt,g0,test",
        "t3,3.wav,,,",
        "t4,0.wav,0.txt,,dev",
    )
    (folder / "manifest.csv").write_text("\n".join(["track_id,audio,annotation,group,split", *rows]) + "\n")
    faults, _ = check(folder, "onset")
    expected = (
        "line 3: track_id 't0' stands twice",
        "line 3: split 'dev', expected one of",
        "line 5: audio: ",
        "line 5: neither annotation nor label",
        "line 5: split '', expected",
        "line 6: split 'dev', expected",
        "clip 't0': ",
        "clip 't2': ",
    )
    assert len(faults) == len(expected), faults
    assert all(part in fault for fault, part in zip(faults, expected, strict=True)), faults
    header, *cells = (row.rpartition(",")[0] for row in ("track_id,audio,annotation,group,split", *rows))
    (folder / "manifest.csv").write_text("\n".join([header, *cells[:3]]) + "\n")
    assert any("2 groups, expected at least 3" in fault for fault in check(folder, "onset")[0])


def test_a_fault_of_a_converted_annotation_names_the_file_it_was_converted_from(tmp_path: Path) -> None:
    folder = _folder(tmp_path / "mine", 3)
    write_jams(folder / "1.jams", ("onset", [(7.5, 0, None)]))
    text = (folder / "manifest.csv").read_text()
    (folder / "manifest.csv").write_text(text.replace("1.txt", "1.jams"))
    (fault,) = check(folder, "onset")[0]
    assert fault.startswith(f"clip 't1': {folder}/1.jams (as text), line 1: 7.5 s, expected at most 1.000 s")
