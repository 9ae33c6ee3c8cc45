"""JAMS and MIDI annotations are read into the dataclasses that the plain text is read into."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from annotation_files import write_jams, write_midi
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ultralight_mir import audio
from ultralight_mir.annotations import Label, convert, is_plain, write
from ultralight_mir.annotations.notes import Note, melody
from ultralight_mir.clips import Clip, read_clips
from ultralight_mir.corpora.manifest import build
from ultralight_mir.errors import InputError
from ultralight_mir.tasks import get_task

FIXTURES = Path(__file__).parents[2].parent / "shared" / "mirdata_fixtures" / "datasets"


def _read(path: Path, task: str, seconds: float = 10.0) -> Any:
    """What the task reads of the converted annotation."""
    annotation = convert(path, get_task(task).annotation)
    if isinstance(annotation, Label):
        return get_task(task).read(Clip("t", "", "", annotation.name, "g", "test", seconds)).name
    text = path.with_suffix(annotation.suffix)
    write(text, annotation)
    return get_task(task).read(Clip("t", "", str(text), "", "g", "test", seconds))


def _refused(path: Path, task: str, message: str) -> None:
    with pytest.raises(InputError, match=message) as caught:
        convert(path, get_task(task).annotation)
    assert str(path) in str(caught.value) and "\n" not in str(caught.value)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(st.tuples(st.integers(0, 9_000), st.sampled_from([36, 38, 42, 46, 48, 49, 54])), min_size=1, max_size=30)
)
def test_drum_hits_survive_midi(tmp_path: Path, hits: list[tuple[int, int]]) -> None:
    classes = {36: "KD", 38: "SD", 42: "HH", 46: "HH"}
    found = _read(write_midi(tmp_path / "a.mid", [(t / 1000, t / 1000 + 0.05, key) for t, key in hits], True), "drums")
    for name in ("KD", "SD", "HH"):
        expected = sorted({t / 1000 for t, key in hits if classes.get(key) == name})
        times = found.labelled(name)
        assert len(times) <= len(expected)
        for time in times:
            assert min(abs(time - e) for e in expected) < 0.002
        assert bool(len(times)) == bool(expected)


def test_notes_become_onsets_and_an_f0_track(tmp_path: Path) -> None:
    path = write_midi(tmp_path / "a.MID", [(0.5, 1.0, 69), (1.02, 1.5, 57), (2.0, 2.5, 81)])
    assert _read(path, "onset").times == pytest.approx([0.5, 1.02, 2.0], abs=0.002)
    track = _read(path, "pitch")
    at = np.array([0.2, 0.55, 0.95, 1.2, 1.7, 2.2, 3.0])
    assert track.at(at) == pytest.approx([0, 440, 440, 220, 0, 880, 0], abs=1e-3)


@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(st.floats(0.06, 1.0), st.floats(0.0, 1.0), st.floats(40.0, 1000.0)), max_size=20))
def test_a_melody_is_heard_where_its_notes_are(lengths: list[tuple[float, float, float]]) -> None:
    notes, now = [], 0.0
    for length, pause, hertz in lengths:
        notes.append(Note(now, now + length, hertz))
        now += length + pause
    rows = [tuple(map(float, line.split(","))) for line in melody(notes, Path("a.mid")).text().splitlines()]
    times = [time for time, _ in rows]
    assert times == sorted(set(times))
    for time, hertz in rows:
        assert any(n.start - 1e-6 <= time < n.end and hertz == pytest.approx(n.hertz, abs=1e-3) for n in notes)
    assert len(rows) == pytest.approx(sum(n.end - n.start for n in notes) / 0.01, abs=len(notes) + 1)


def test_legato_is_one_voice_and_a_chord_is_not(tmp_path: Path) -> None:
    track = _read(write_midi(tmp_path / "a.mid", [(0.0, 1.03, 69), (1.0, 2.0, 57)]), "pitch")
    assert track.at(np.array([0.9, 1.1])) == pytest.approx([440, 220], abs=1e-3)
    _refused(write_midi(tmp_path / "b.mid", [(0.0, 1.0, 60), (0.5, 1.0, 64)]), "pitch", "two notes sound at 0.500 s")


def test_midi_that_does_not_do(tmp_path: Path) -> None:
    plain = write_midi(tmp_path / "a.mid", [(0.0, 1.0, 60)])
    _refused(plain, "chord", "a MIDI file holds no annotation of kind chords, only hits, events, f0")
    _refused(plain, "drums", "no drum track")
    _refused(write_midi(tmp_path / "b.mid", [(0.5, 1.0, 22)], True), "drums", r"key 22 at 0\.500 s is no drum")
    _refused(write_midi(tmp_path / "c.mid", [(0.0, 1.0, 60)], bend=2000), "pitch", "notes are bent")
    (tmp_path / "d.mid").write_bytes(plain.read_bytes()[:-15])
    (tmp_path / "e.mid").write_text("no MIDI")
    for name in ("d.mid", "e.mid"):
        _refused(tmp_path / name, "onset", "not readable as MIDI")


CONTOUR = [(0.0, 0.0, {"index": 0, "frequency": 220.0, "voiced": True}), (0.01, 0.0, {"index": 0, "frequency": 221.0, "voiced": False})]  # fmt: skip # noqa: E501


@pytest.mark.parametrize(
    ("namespace", "rows", "f0"),
    [
        ("pitch_contour", CONTOUR, [220.0, 0.0]),
        ("pitch_hz", [(0.01, 0.0, -330.0), (0.0, 0.0, 220.0)], [220.0, 0.0]),
        ("pitch_midi", [(0.0, 0.0, 69.0), (0.01, 0.0, 81.0)], [440.0, 880.0]),
        ("note_hz", [(0.0, 0.02, 440.0)], [440.0, 440.0]),
        ("note_midi", [(0.0, 0.02, 69.0)], [440.0, 440.0]),
    ],
)
def test_pitch_from_jams(tmp_path: Path, namespace: str, rows: list[Any], f0: list[float]) -> None:
    assert _read(write_jams(tmp_path / "a.jams", (namespace, rows)), "pitch").hertz == pytest.approx(f0, abs=1e-3)


def test_notes_of_several_strings_are_put_together(tmp_path: Path) -> None:
    path = write_jams(
        tmp_path / "a.jams", ("note_midi", [(1.0, 0.5, 60)]), ("note_midi", []), ("note_midi", [(0.2, 0.5, 64)])
    )
    assert _read(path, "onset").times == pytest.approx([0.2, 1.0])
    assert len(_read(path, "pitch").times) == 100


@pytest.mark.parametrize("namespace", ["chord", "chord_harte"])
def test_chords_from_jams(tmp_path: Path, namespace: str) -> None:
    path = write_jams(
        tmp_path / "a.jams", (namespace, [(0.0, 1.5, "C:maj"), (1.5, 2.0, "A:min7/b3")]), ("beat", [(0, 0, 1)])
    )
    found = _read(path, "chord")
    assert found.labels == ("C:maj", "A:min7/b3")
    assert found.bounds == pytest.approx(np.array([[0.0, 1.5], [1.5, 3.5]]))


def test_events_and_tags_from_jams(tmp_path: Path) -> None:
    path = write_jams(
        tmp_path / "a.jams",
        ("onset", [(0.5, 0, None), (0.1, 0, None)]),
        ("tag_open", [(0.1, 0.0, "KD"), (0.5, 0.0, "TT")]),
    )
    assert _read(path, "onset").times == pytest.approx([0.1, 0.5])
    assert _read(path, "drums").labelled("KD") == pytest.approx([0.1])
    assert (
        _read(write_jams(tmp_path / "b.jams", ("tag_medleydb_instruments", [(0, 10, "flute")])), "instrument")
        == "flute"
    )


@pytest.mark.parametrize(
    ("annotations", "task", "message"),
    [
        (
            [("beat", [(0.0, 0.0, 1)])],
            "onset",
            "no annotation of kind events, expected one of onset, .*; found beat",
        ),
        ([("chord", [])], "chord", "no annotation of kind chords.*found none"),
        ([("chord", [(0, 1, "N")]), ("chord", [(0, 1, "C")])], "chord", "2 annotations of chord, expected one"),
        (
            [("chord", [(0, 1, "H:maj")])],
            "chord",
            r"chord holds a value that it may not .*'H:maj' at 0\.000 s is no chord",
        ),
        ([("pitch_hz", [(0.0, 0.0, "high")])], "pitch", "pitch_hz holds a value that it may not"),
        ([("pitch_contour", [(0.0, 0.0, {"frequency": 220.0})])], "pitch", "pitch_contour holds a value"),
        ([("onset", [(None, 0.0, None)])], "onset", "onset holds a value|not readable as JAMS"),
        ([("tag_open", [(0, 1, "flute"), (0, 1, "oboe")])], "instrument", r"2 tags \(flute, oboe …\), expected one"),
    ],
)
def test_jams_that_does_not_do(tmp_path: Path, annotations: list[Any], task: str, message: str) -> None:
    _refused(write_jams(tmp_path / "a.jams", *annotations), task, message)


@pytest.mark.parametrize("content", ["", "{", "[]", '{"annotations": 3}', "\x00"])
def test_jams_that_is_none(tmp_path: Path, content: str) -> None:
    (tmp_path / "a.jams").write_text(content)
    _refused(tmp_path / "a.jams", "onset", "not readable as JAMS|no annotation of kind events")


def test_plain_text_is_left_as_it_is() -> None:
    assert is_plain(Path("a.txt")) and is_plain(Path("a.lab")) and not is_plain(Path("a.MID"))


def test_a_manifest_may_mix_the_forms(tmp_path: Path) -> None:
    source, out = tmp_path / "mine", tmp_path / "out"
    source.mkdir()
    for name in "abc":
        audio.write(source / f"{name}.wav", 0.1 * np.random.default_rng(ord(name)).standard_normal(32_000), 16_000)
    (source / "a.txt").write_text("0.5\n")
    write_jams(source / "b.jams", ("onset", [(0.6, 0, None)]))
    write_midi(source / "c.mid", [(0.7, 1.0, 60)])
    rows = "".join(f"x/{name},{name}.wav,{name}{end}\n" for name, end in (("a", ".txt"), ("b", ".jams"), ("c", ".mid")))
    (source / "manifest.csv").write_text("track_id,audio,annotation\n" + rows)
    build("onset", out, str(source))
    clips = read_clips(out)
    assert [get_task("onset").read(clip).times[0] for clip in clips] == pytest.approx([0.5, 0.6, 0.7], abs=0.002)
    assert clips[0].annotation == str((source / "a.txt").resolve())
    assert {Path(clip.annotation).parent for clip in clips[1:]} == {out / "annotations"}


@pytest.mark.skipif(not FIXTURES.is_dir(), reason="the folder shared/ with real data is not beside the checkout")
def test_real_files() -> None:
    solo = FIXTURES / "guitarset" / "annotation" / "03_BN3-119-G_solo.jams"
    assert convert(solo, "events").times[0] == 0.7612
    _refused(solo, "chord", "2 annotations of chord")
    _refused(FIXTURES / "guitarset" / "annotation" / "00_BN1-129-Eb_comp.jams", "chord", "no annotation of kind chords")
    groove = next((FIXTURES / "groove_midi").rglob("*.mid"))
    assert set(convert(groove, "hits").labels) >= {"KD", "SD", "CY"}
