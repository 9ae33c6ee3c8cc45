"""A JAMS or MIDI file that cannot be converted makes a bad clip: listed, left out, and too many of them refused."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from annotation_files import write_jams, write_midi

from ultralight_mir import audio
from ultralight_mir.clips import read_good_clips
from ultralight_mir.corpora.manifest import build
from ultralight_mir.corpora.manifest_check import check
from ultralight_mir.corpora.validation import validate
from ultralight_mir.errors import InputError
from ultralight_mir.files import read_rows
from ultralight_mir.tasks import get_task


@pytest.fixture
def mine(tmp_path: Path) -> Path:
    """A folder of twelve recordings, each its own group, annotated in JAMS."""
    source = tmp_path / "mine"
    source.mkdir()
    for number in range(12):
        samples = 0.1 * np.random.default_rng(number).standard_normal(16_000)
        audio.write(source / f"{number}.wav", samples, 16_000)
        write_jams(source / f"{number}.jams", ("onset", [(0.5, 0, None)]), ("tag_open", [(0, 1, "flute")]))
    _list(source)
    return source


def _list(source: Path, first: str = "0.jams") -> None:
    """The manifest of `mine`, with another annotation of the first recording."""
    annotations = (first, *(f"{number}.jams" for number in range(1, 12)))
    rows = "".join(f"t{number},{number}.wav,{name}\n" for number, name in enumerate(annotations))
    (source / "manifest.csv").write_text("track_id,audio,annotation\n" + rows)


def _broken(source: Path) -> None:
    (source / "0.jams").write_text("{")


def _bent(source: Path) -> None:
    write_midi(source / "0.mid", [(0.1, 0.6, 60)], bend=2000)
    _list(source, "0.mid")


def _torn(source: Path) -> None:
    write_midi(source / "0.mid", [(0.1, 0.6, 60)])
    (source / "0.mid").write_bytes((source / "0.mid").read_bytes()[:30])
    _list(source, "0.mid")


@pytest.mark.parametrize(
    ("task", "spoil", "fault"),
    [
        ("onset", _broken, "0.jams: not readable as JAMS"),
        ("instrument", _broken, "0.jams: not readable as JAMS"),
        ("onset", _torn, "0.mid: not readable as MIDI"),
        ("instrument", _bent, "0.mid: a MIDI file holds no annotation of kind label, only hits, events, f0"),
    ],
)
def test_what_cannot_be_converted_is_a_bad_clip(
    mine: Path, tmp_path: Path, task: str, spoil: Callable[[Path], None], fault: str
) -> None:
    spoil(mine)
    out = tmp_path / "out"
    build(task, out, str(mine))
    validate(out, get_task(task), bad_clips=0.1)
    assert [fault in row["fault"] for row in read_rows(out / "quality.csv")] == [True] + [False] * 11
    assert [clip.track_id for clip in read_good_clips(out)] == [f"t{number}" for number in range(1, 12)]
    assert not any(row["fault"] for row in read_rows(out / "quality.csv")[1:])
    with pytest.raises(InputError) as said:
        validate(out, get_task(task), bad_clips=0.02)
    assert f"1 of 12 clips are bad, expected at most 2 % (bad_clips): clip 't0': {mine}/{fault}" in str(said.value)
    assert "\n" not in str(said.value)


def test_a_folder_that_annotates_another_task_is_said_in_one_line(mine: Path, tmp_path: Path) -> None:
    build("chord", tmp_path / "out", str(mine))
    with pytest.raises(
        InputError, match=r"12 of 12 clips are bad.*0\.jams: no annotation of kind chords.*; and 9 more$"
    ):
        validate(tmp_path / "out", get_task("chord"), bad_clips=0.02)


def test_checking_the_folder_names_what_cannot_be_converted(mine: Path) -> None:
    _broken(mine)
    (fault,) = check(mine, "onset")[0]
    assert fault.startswith(f"clip 't0': {mine}/0.jams: not readable as JAMS")
    assert not check(mine, "")[0]


def test_a_file_that_was_mended_since_must_be_converted_first(mine: Path, tmp_path: Path) -> None:
    mended = (mine / "0.jams").read_text()
    _broken(mine)
    build("onset", tmp_path / "out", str(mine))
    (mine / "0.jams").write_text(mended)
    with pytest.raises(InputError, match=r"'t0': .*0\.jams: not converted yet, expected a corpus that was made from"):
        validate(tmp_path / "out", get_task("onset"), bad_clips=0.0)
