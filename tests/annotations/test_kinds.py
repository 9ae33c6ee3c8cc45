"""What is written is read again, by us and by mir_eval, whatever the kind of annotation."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import mir_eval
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ultralight_mir.annotations import F0, FORMS, KINDS, Chords, Events, Label, read, write
from ultralight_mir.annotations.chords import TRIAD, is_label
from ultralight_mir.errors import InputError
from ultralight_mir.registry import find

MICROSECONDS = st.lists(st.integers(0, 600_000_000), max_size=30)
WORD = st.from_regex(r"[A-Za-z0-9_.:/-]{1,8}", fullmatch=True)
CHORD = st.sampled_from(["C:maj", "A:min7/b3", "F#:hdim7", "Bb:sus4(b7)", "G", "N", "X"])


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("kinds") / "annotation"


def _again(annotation: Any, kind: str, file: Path) -> Any:
    path = file.with_suffix(annotation.suffix)
    write(path, annotation)
    return read(path, kind)


@settings(deadline=None)
@given(times=MICROSECONDS, word=WORD, share=st.sampled_from(["none", "some", "all"]))
def test_events(file: Path, times: list[int], word: str, share: str) -> None:
    rows = [(time / 1e6, word if share == "all" or (share == "some" and time % 2) else "") for time in sorted(times)]
    events = Events.of(rows)
    assert _again(events, "events", file).rows == events.rows
    path = file.with_suffix(".txt")
    if rows and events.labels and all(events.labels):
        stamps, labels = mir_eval.io.load_labeled_events(str(path))
        assert (list(stamps), tuple(labels)) == (events.times.tolist(), events.labels)
    elif rows and not events.labels:
        assert mir_eval.io.load_events(str(path)).tolist() == events.times.tolist()


@settings(deadline=None)
@given(times=st.sets(st.integers(0, 600_000_000), max_size=30), seed=st.integers(0, 99))
def test_f0(file: Path, times: set[int], seed: int) -> None:
    hertz = np.random.default_rng(seed).uniform(-2000.0, 2000.0, len(times)).round(4)
    track = F0(np.array(sorted(times)) / 1e6, hertz)
    back = _again(track, "f0", file)
    assert back.times.tolist() == track.times.tolist() and back.hertz.tolist() == track.hertz.tolist()
    if times:
        stamps, values = mir_eval.io.load_time_series(str(file.with_suffix(".csv")), delimiter=",")
        assert stamps.tolist() == track.times.tolist() and values.tolist() == track.hertz.tolist()


@settings(deadline=None)
@given(
    lengths=st.lists(st.tuples(st.integers(1, 9_000_000), CHORD), min_size=1, max_size=20),
    begin=st.integers(0, 10**6),
    delimiter=st.sampled_from([" ", "\t"]),
)
def test_chords(file: Path, lengths: list[tuple[int, str]], begin: int, delimiter: str) -> None:
    edges = np.cumsum([begin, *(length for length, _ in lengths)]) / 1e6
    chords = Chords(np.stack((edges[:-1], edges[1:]), axis=1), tuple(label for _, label in lengths))
    back = _again(chords, "chords", file)
    assert back.rows == chords.rows
    path = file.with_suffix(".lab")
    path.write_text(chords.text(delimiter))
    assert Chords.read(path).rows == chords.rows
    bounds, labels = mir_eval.io.load_labeled_intervals(str(path))
    assert bounds.tolist() == chords.bounds.tolist() and tuple(labels) == chords.labels


@settings(deadline=None)
@given(names=st.lists(WORD, min_size=1, max_size=12, unique=True), seed=st.integers(0, 99))
def test_labels(file: Path, names: list[str], seed: int) -> None:
    shares = np.random.default_rng(seed).dirichlet(np.ones(len(names))).round(6).tolist()
    label = Label(names[int(np.argmax(shares))], dict(zip(names, shares, strict=True)))
    back = _again(label, "label", file)
    assert back == label and back.probabilities == label.probabilities
    assert _again(Label(names[0]), "label", file) == Label(names[0])


@pytest.mark.parametrize(
    ("kind", "text", "fault"),
    [
        ("events", "0.1 KD\n0.05 SD\n", "line 2: 0.05 s is out of order, expected 0.1 s or later"),
        ("events", "# x\n-0.1\n", "line 2: -0.1 s is negative"),
        ("events", "0.1 a b\n", "line 1: '0.1 a b', expected a time in seconds and at most one label"),
        ("events", "nan\n", "line 1: 'nan', expected a time"),
        ("events", "9.2\n", "line 1: 9.2 s, expected at most 9.000 s (the clip's end)"),
        ("f0", "0.1,220\n0.1,221\n", "line 2: time 0.1 s is out of order"),
        ("f0", "0.1,inf\n", "line 1: 0.1,inf, expected finite numbers"),
        ("chords", "0 1 C\n0.5 2 G\n", "line 2: starts at 0.5 s, expected 1.0 s, where the line before ends"),
        ("chords", "0 1 H:maj\n", "line 1: label 'H:maj', expected a chord such as"),
        ("chords", "# nothing\n", "no intervals, expected lines 'start end label'"),
        ("label", "flute\t1.5\n", "line 1: 'flute\t1.5', expected a class and its probability (0…1)"),
        ("label", "\n", "no label, expected the name of a class"),
    ],
)
def test_readers_are_strict(tmp_path: Path, kind: str, text: str, fault: str) -> None:
    path = tmp_path / "annotation"
    path.write_text(text)
    with pytest.raises(InputError) as caught:
        read(path, kind, 9.0)
    assert str(caught.value).startswith(str(path)) and fault in str(caught.value)


@pytest.mark.parametrize("kind", KINDS)
@settings(deadline=None)
@given(content=st.binary(max_size=80))
def test_any_bytes_are_an_annotation_or_one_line(file: Path, kind: str, content: bytes) -> None:
    file.write_bytes(content)
    try:
        annotation = read(file, kind, 9.0)
    except InputError as error:
        assert str(error).startswith(str(file))
    else:
        assert isinstance(annotation, KINDS[kind])


def test_lengths_must_agree() -> None:
    for make in (
        lambda: Events([0.1], ("KD", "SD")),
        lambda: F0([0.1, 0.2], [220.0]),
        lambda: Chords([[0.0, 1.0]], ()),
    ):
        with pytest.raises(ValueError, match=" for "):
            make()


def test_a_label_that_no_chord_is_kept_as_unknown(tmp_path: Path) -> None:
    path = tmp_path / "a.lab"
    write(path, Chords([[0.0, 1.0]], ("H:maj",)))
    assert path.read_text().startswith("# 'H:maj'") and Chords.read(path).labels == ("X",) and not is_label("H:maj")


@pytest.mark.parametrize("suffix", FORMS)
def test_every_form_is_registered_by_its_reader(tmp_path: Path, suffix: str) -> None:
    """`read` goes by the extension alone, whatever its case: what it calls says itself what is wrong."""
    assert callable(find("form of annotation", suffix, FORMS, own=False))
    path = tmp_path / f"a{suffix.upper()}"
    path.write_text("nothing")
    with pytest.raises(InputError, match="not readable as"):
        read(path, "events")


@pytest.mark.parametrize(
    "line",
    ["from ultralight_mir import annotations as room", "import ultralight_mir; room = ultralight_mir.annotations"],
)
def test_the_room_is_found_under_its_name(line: str) -> None:
    """In a process of its own: once anything has imported it, it is found in any case."""
    code = f"{line}\nassert room.write and room.Events, room"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_the_room_imports_no_task_and_no_corpus() -> None:
    code = (
        "import sys, ultralight_mir.annotations.jams, ultralight_mir.annotations.midi\n"
        "rooms = {'.'.join(name.split('.')[:2]) for name in sys.modules if name.startswith('ultralight_mir.')}\n"
        "print(*sorted(rooms & {f'ultralight_mir.{room}' for room in ('tasks', 'corpora', 'features', 'networks')}))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""


@given(st.from_regex(TRIAD, fullmatch=True))
def test_labels_that_nobody_is_asked_about_are_mir_evals(label: str) -> None:
    mir_eval.chord.encode(label)  # raises where it is none
