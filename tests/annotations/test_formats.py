"""What estimates are written as: each format is read back, by this package or by the tool that it is for."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import mir_eval
import numpy as np
import pytest

from ultralight_mir import annotations
from ultralight_mir.annotations import formats
from ultralight_mir.annotations.chords import Chords
from ultralight_mir.annotations.events import Events
from ultralight_mir.annotations.f0 import F0
from ultralight_mir.annotations.formats import FORMATS, USUAL
from ultralight_mir.annotations.labels import Label
from ultralight_mir.errors import InputError

DURATION = 4.0
ESTIMATES = {
    "events": Events(np.array([0.25, 0.5, 3.125])),
    "hits": Events.of([(0.25, "KD"), (0.25, "HH"), (1.5, "SD")]),
    "f0": F0(np.arange(5) * 0.01, np.array([220.0, -221.5, 440.25, -50.0, 300.0])),
    "chords": Chords(np.array([[0.0, 1.5], [1.5, 4.0]]), ("C:maj", "N")),
    "label": Label("violin", {"flute": 0.2, "violin": 0.8}),
}
PAIRS = [(name, kind) for name, form in FORMATS.items() for kind in form.suffixes]


def _written(name: str, kind: str, folder: Path) -> Path:
    path = folder / f"song{formats.suffix_of(name, kind)}"
    formats.write(path, ESTIMATES[kind], name, kind, DURATION)
    assert [file.name for file in folder.iterdir()] == [path.name]
    return path


@pytest.mark.parametrize(("name", "kind"), [pair for pair in PAIRS if pair[0] in ("text", "jams", "midi")])
def test_what_is_written_is_read_back(name: str, kind: str, tmp_path: Path) -> None:
    path, wanted = _written(name, kind, tmp_path), ESTIMATES[kind]
    again = annotations.read(path, kind) if kind != "label" or name == "jams" else Label.read(path)
    if isinstance(wanted, F0):
        np.testing.assert_allclose(again.times, wanted.times, atol=1e-6)
        np.testing.assert_allclose(np.maximum(again.hertz, 0), np.maximum(wanted.hertz, 0), atol=1e-3)
    elif isinstance(wanted, Events):
        assert sorted(again.rows) == [(pytest.approx(time, abs=1e-3), label) for time, label in sorted(wanted.rows)]
    elif isinstance(wanted, Chords):
        assert again.rows == wanted.rows
    else:
        assert again.name == "violin"


def test_plain_text_is_what_mir_eval_reads(tmp_path: Path) -> None:
    for kind, suffix in FORMATS["text"].suffixes.items():
        formats.write(tmp_path / f"{kind}{suffix}", ESTIMATES[kind], "text", kind, DURATION)
    assert mir_eval.io.load_events(str(tmp_path / "events.txt")).tolist() == [0.25, 0.5, 3.125]
    assert mir_eval.io.load_labeled_events(str(tmp_path / "hits.txt"))[1] == ["KD", "HH", "SD"]
    assert mir_eval.io.load_labeled_intervals(str(tmp_path / "chords.lab"))[1] == ["C:maj", "N"]
    assert mir_eval.io.load_time_series(str(tmp_path / "f0.txt"), delimiter=",")[1][1] == -221.5


def test_an_f0_table_says_what_is_voiced(tmp_path: Path) -> None:
    rows = list(csv.DictReader(_written("csv", "f0", tmp_path).read_text().splitlines()))
    assert [row["voiced"] for row in rows] == ["1", "0", "1", "0", "1"]
    assert [float(row["f0_hz"]) for row in rows] == [220.0, 221.5, 440.25, 50.0, 300.0]


def test_a_class_is_json_with_probabilities(tmp_path: Path) -> None:
    content = json.loads(_written("json", "label", tmp_path).read_text())
    assert content == {"label": "violin", "probabilities": {"violin": 0.8, "flute": 0.2}}


def test_an_audacity_track_has_a_start_an_end_and_a_label(tmp_path: Path) -> None:
    assert _written("audacity", "chords", tmp_path).read_text().splitlines()[1] == "1.500000\t4.000000\tN"
    (tmp_path / "song.labels.txt").unlink()
    assert _written("audacity", "events", tmp_path).read_text().splitlines()[0] == "0.250000\t0.250000\tonset"


def test_a_jams_file_keeps_to_its_namespaces(tmp_path: Path) -> None:
    import jams

    for kind in ESTIMATES:
        path = tmp_path / f"{kind}.jams"
        formats.write(path, ESTIMATES[kind], "jams", kind, DURATION)
        assert jams.load(str(path), validate=True, strict=True).file_metadata.duration == DURATION


def test_every_kind_has_a_usual_format_and_others_are_refused() -> None:
    assert set(USUAL) == set(annotations.KINDS)
    for kind, name in USUAL.items():
        assert formats.suffix_of(name, kind).startswith(".")
    with pytest.raises(InputError, match="format 'midi': expected one of text, audacity, jams, which chords can be"):
        formats.suffix_of("midi", "chords")
