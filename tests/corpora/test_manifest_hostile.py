"""Manifests that nobody would write on purpose: one line each that says where, and no traceback."""

from __future__ import annotations

import csv
import io
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ultralight_mir import audio
from ultralight_mir.clips import SPLITS, read_clips
from ultralight_mir.corpora.manifest import COLUMNS, build, count_folds, read
from ultralight_mir.errors import InputError

HEADER = "track_id,audio,annotation,label,group,split\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a recording and whatever does not belong where a recording is expected."""
    source = tmp_path / "mine"
    source.mkdir()
    audio.write(source / "0.wav", 0.1 * np.random.default_rng(0).standard_normal(8_000), 16_000)
    (source / "loop.wav").symlink_to("loop.wav")
    (source / "there.wav").symlink_to("back.wav")
    (source / "back.wav").symlink_to("there.wav")
    (source / "folder.wav").mkdir()
    os.mkfifo(source / "pipe.wav")
    shutil.copy(source / "0.wav", source / "0.raw")
    return source


def _cells(*cells: str) -> str:
    stream = io.StringIO()
    csv.writer(stream, lineterminator="\n").writerow(cells)
    return stream.getvalue()


def _faults(folder: Path, content: bytes | str) -> list[str]:
    (folder / "manifest.csv").write_bytes(content if isinstance(content, bytes) else content.encode())
    faults = read(str(folder), "onset", 0).faults
    assert not any(set("\n\r\0\x1b") & set(fault) for fault in faults), faults
    assert all(fault.startswith(f"{folder}/manifest.csv") for fault in faults), faults
    return faults


@pytest.mark.parametrize("column", ["audio", "annotation"])
@pytest.mark.parametrize(
    ("cell", "fault"),
    [
        ("loop.wav", "{folder}/loop.wav cannot be read (Too many levels of symbolic links)"),
        ("there.wav", "there.wav cannot be read (Too many levels of symbolic links)"),
        ("loop.wav/0.wav", "{folder}/loop.wav/0.wav cannot be read (Too many levels of symbolic links)"),
        ("0\0.wav", r"'0\x00.wav' holds a control character"),
        ("0\n.wav", r"'0\n.wav' holds a control character"),
        ("0\u2028.wav", r"'0\u2028.wav' holds a control character"),
        ("\x1b[31m0.wav", r"'\x1b[31m0.wav' holds a control character"),
        ("a" * 5000, "…"),
        ("a/" * 5000, "…"),
        ("é" * 200, "cannot be read (File name too long)"),
        ("folder.wav", "{folder}/folder.wav is a folder, expected a file"),
        (".", "{folder} is a folder, expected a file"),
        ("pipe.wav", "{folder}/pipe.wav is a device or a pipe, expected a file"),
        ("0.wav/0.wav", "{folder}/0.wav/0.wav does not exist"),
        ("/etc/passwd", "'/etc/passwd' leaves the folder {folder}"),
        ("/dev/null", "'/dev/null' leaves the folder {folder}"),
        ("~/0.wav", "{folder}/~/0.wav does not exist"),
    ],
)
def test_a_path_that_leads_to_no_file(folder: Path, column: str, cell: str, fault: str) -> None:
    row = {
        "track_id": "a",
        "audio": "0.wav",
        "annotation": "",
        "label": "x",
        "group": "g",
        "split": "test",
        column: cell,
    }
    (told,) = _faults(folder, HEADER + _cells(*(row[name] for name in COLUMNS)))
    assert told.startswith(f"{folder}/manifest.csv, line 2: {column}: ") and fault.format(folder=folder) in told
    assert len(told) < 700


def test_a_file_that_may_not_be_read(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "0.txt").write_text("0.1\n")
    monkeypatch.setattr(os, "access", lambda path, mode: Path(path).suffix not in (".wav", ".txt"))
    faults = _faults(folder, HEADER + "a,0.wav,0.txt,,g,test\n")
    assert [fault.partition("line 2: ")[2] for fault in faults] == [
        f"audio: {folder}/0.wav cannot be read (Permission denied)",
        f"annotation: {folder}/0.txt cannot be read (Permission denied)",
    ]
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    assert _faults(folder, HEADER) == [f"{folder}/manifest.csv cannot be read (Permission denied)"]


@pytest.mark.parametrize("column", ["track_id", "group", "label"])
@pytest.mark.parametrize("character", ["\n", "\r\n", "\t", "\0", "\x07", "\x7f", "\x85", "\u2029"])
def test_control_characters_in_names_are_refused(folder: Path, column: str, character: str) -> None:
    row = {"track_id": "a", "audio": "0.wav", "annotation": "", "label": "x", "group": "g", "split": "test"}
    row[column] = f"one{character}two"
    faults = _faults(folder, HEADER + _cells(*(row[name] for name in COLUMNS)))
    assert faults == [f"{folder}/manifest.csv, line 2: {column}: {row[column]!r} holds a control character"]


def test_recordings_without_an_audio_cell_or_a_header(folder: Path) -> None:
    assert [
        fault.partition("manifest.csv, ")[2] for fault in _faults(folder, HEADER + "a,,,x,g,test\nb,0.raw,,x,g,test\n")
    ] == [
        "line 2: audio: empty, expected a path",
        f"line 3: audio: {folder}/0.raw has no header by its name, expected a WAV, FLAC or another with one",
    ]


def test_the_line_is_that_of_the_file(folder: Path) -> None:
    text = '\n"a\nb",0.wav,,x,g,test\n\n\nc,9.wav,,x,g,test\n"d\n\ne",8.wav,,x,g,test\nf,7.wav,,x,g,test\n'
    lines = [fault.partition("manifest.csv, ")[2].partition(":")[0] for fault in _faults(folder, HEADER + text)]
    assert lines == ["line 3", "line 7", "line 8", "line 8", "line 11"]


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        (b"", ": column 'track_id' is missing; found no header"),
        (b"\xff\xfe" + HEADER.encode("utf-16-le"), ": not a readable CSV file ('utf-8' codec can't decode"),
        (HEADER.encode() + b"caf\xe9,0.wav,,x,g,test\n", ": not a readable CSV file ('utf-8' codec can't decode"),
        (HEADER.encode() + b'"' + b"a" * 200_000, ": not a readable CSV file (field larger than field limit"),
        (b'"one\ntwo",b\n', ": column 'track_id' is missing; found one?two, b"),
        (
            b'track_id,audio,"one\ntwo\x1b"\na,0.wav,c\n',
            ": columns 'annotation' and 'label' are both missing; found track",
        ),
        (b"track_id,audio,label,group,group\na,0.wav,x,g,h\n", ": column 'group' stands twice in the header"),
        (HEADER.encode() + b"a,0.wav\n", ", line 2: expected 6 cells as in the header"),
    ],
)
def test_what_is_no_manifest(folder: Path, content: bytes, fault: str) -> None:
    (told,) = _faults(folder, content)
    assert told.startswith(f"{folder}/manifest.csv{fault}")


def _as_folder(path: Path) -> None:
    path.mkdir()


def _as_loop(path: Path) -> None:
    path.symlink_to(path.name)


def _as_pipe(path: Path) -> None:
    os.mkfifo(path)


@pytest.mark.parametrize(
    ("make", "fault"),
    [
        (_as_folder, " is a folder, expected a file"),
        (_as_loop, " cannot be read (Too many levels of symbolic links)"),
        (_as_pipe, " is a device or a pipe, expected a file"),
        (lambda path: path.symlink_to("nothing"), " does not exist"),
    ],
)
def test_a_manifest_that_is_no_file(folder: Path, make: Callable[[Path], None], fault: str) -> None:
    make(folder / "manifest.csv")
    assert read(str(folder), "onset", 0).faults == [f"{folder}/manifest.csv{fault}"]
    with pytest.raises(InputError, match=r"manifest\.csv"):
        count_folds(folder, 3)


@pytest.mark.parametrize(
    "source", ["loop.wav", "loop.wav/mine", "a" * 300, "a/" * 3000, "0.wav", "nul\0nul", "pipe.wav"]
)
def test_a_folder_that_is_none(folder: Path, tmp_path: Path, source: str) -> None:
    with pytest.raises(InputError) as refusal:
        build("onset", tmp_path / "out", str(folder / source))
    assert not set("\n\0") & set(str(refusal.value))


NAMES = [
    "NA",
    "N/A",
    "None",
    "null",
    "nan",
    "NaN",
    "*",
    "",
    "True",
    "1e5",
    "007",
    "-",
    " spaced ",
    'quo"ted',
    "a,b",
    "a;b",
    "#1",
    "é💡",
    "'",
]


@pytest.mark.parametrize("name", NAMES)
def test_names_that_look_like_nothing_survive(folder: Path, tmp_path: Path, name: str) -> None:
    label = name.strip() or "x"
    rows = [(name, "0.wav", "", label, "g", "test"), ("other", "0.wav", "", label, name, "train")]
    (folder / "manifest.csv").write_text(HEADER + "".join(_cells(*row) for row in rows))
    assert build("instrument", tmp_path / "out", str(folder)) == read_clips(tmp_path / "out")
    first, second = read_clips(tmp_path / "out")
    assert (first.track_id, first.label, first.group) == (name, label, "g")
    assert (second.track_id, second.label, second.group) == ("other", label, name or "other")  # none: its own group


def test_a_long_name_is_no_long_file_name(folder: Path, tmp_path: Path) -> None:
    from annotation_files import write_jams

    write_jams(folder / "0.jams", ("onset", [(0.1, 0, None)]))
    (folder / "manifest.csv").write_text(HEADER + "".join(f"{'a' * 400}{i},0.wav,0.jams,,g,test\n" for i in range(2)))
    build("onset", tmp_path / "out", str(folder))
    assert [Path(clip.annotation).read_text() for clip in read_clips(tmp_path / "out")] == ["0.1000\n"] * 2


CELL = st.one_of(
    st.sampled_from(["a", "0.wav", "loop.wav", "folder.wav", "..", "/", "", "NA", "train", "test", "dev", "a" * 300]),
    st.text(max_size=6),
)
ROWS = st.lists(st.lists(CELL, min_size=6, max_size=6), max_size=4)
MANIFEST = st.one_of(
    st.binary(max_size=200),
    ROWS.map(lambda rows: (HEADER + "".join(_cells(*row) for row in rows)).encode("utf-8", "surrogatepass")),
    st.tuples(ROWS, st.binary(max_size=20)).map(
        lambda parts: (HEADER + "".join(",".join(row) + "\n" for row in parts[0])).encode("utf-8", "replace") + parts[1]
    ),
)


@settings(max_examples=300, deadline=None)
@given(MANIFEST, st.sampled_from(["", "instrument", "onset"]), st.sampled_from([0, 3]))
def test_any_bytes_are_a_listing_or_faults(
    tmp_path_factory: pytest.TempPathFactory, content: bytes, task: str, folds: int
) -> None:
    folder = tmp_path_factory.getbasetemp() / "any"
    folder.mkdir(exist_ok=True)
    if not (folder / "0.wav").exists():
        audio.write(folder / "0.wav", 0.1 * np.random.default_rng(0).standard_normal(8_000), 16_000)
        (folder / "loop.wav").symlink_to("loop.wav")
        (folder / "folder.wav").mkdir()
    (folder / "manifest.csv").write_bytes(content)
    listing = read(str(folder), task, 0, folds=folds)
    assert all(len(fault.splitlines()) == 1 for fault in listing.faults)
    shutil.rmtree(folder / "out", ignore_errors=True)
    if listing.faults:
        with pytest.raises(InputError):
            build(task or "onset", folder / "out", str(folder), folds=folds)
        assert not (folder / "out").exists()
        return
    build(task or "onset", folder / "out", str(folder), folds=folds)
    clips = read_clips(folder / "out")
    assert [(clip.track_id, clip.group) for clip in clips] == [(clip.track_id, clip.group) for clip in listing.clips]
    assert folds or {clip.split for clip in clips} <= set(SPLITS)
