import math
from pathlib import Path

import mir_eval
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ultralight_mir.annotations import Events, of_clip, write
from ultralight_mir.clips import Clip
from ultralight_mir.errors import InputError

LABELS = ("KD", "SD", "HH", "")
ROWS = st.lists(st.tuples(st.floats(0, 1e4), st.sampled_from(LABELS)), max_size=30).map(sorted)


def clip(folder: Path, text: str) -> Clip:
    path = folder / "a.txt"
    path.write_text(text, encoding="utf-8")
    return Clip("a", "a.wav", str(path), "", "g", "test", 3.0)


def test_events_are_read_with_and_without_labels(tmp_path: Path) -> None:
    text = "\ufeff# made by hand\n0.000000\tKD\n0.5 SD\n\n0.5\n3.04\tHH\n"
    assert of_clip(clip(tmp_path, text), "hits").rows == [(0.0, "KD"), (0.5, "SD"), (0.5, ""), (3.04, "HH")]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("1.0\n0.9\n", r"a\.txt, line 2: 0\.9 s is out of order, expected 1\.0 s or later"),
        ("-0.1\n", r"a\.txt, line 1: -0\.1 s is negative"),
        ("0.1\n3.2\n", r"a\.txt, line 2: 3\.2 s, expected at most 3\.000 s"),
        ("0.1 KD\nkick\n", r"a\.txt, line 2: 'kick', expected a time in seconds"),
        ("0.1 0.2 KD\n", r"a\.txt, line 1: '0\.1 0\.2 KD', expected a time"),
        ("nan\n", r"a\.txt, line 1: 'nan', expected a time"),
        ("inf\n", r"a\.txt, line 1: 'inf', expected a time"),
    ],
)
def test_malformed_lines_are_refused(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        of_clip(clip(tmp_path, text), "events")


def test_a_missing_or_binary_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="clip 'a': no annotation, expected a file of lines 'time' or 'time label'"):
        of_clip(Clip("a", "a.wav", "", "KD", "g", "test", 3.0), "events")
    with pytest.raises(InputError, match="not readable as text"):
        of_clip(Clip("a", "a.wav", str(tmp_path / "absent.txt"), "", "g", "test", 3.0), "events")
    path = tmp_path / "b.txt"
    path.write_bytes(b"\xff\xfe\x00\x80")
    with pytest.raises(InputError, match="not readable as text"):
        of_clip(Clip("a", "a.wav", str(path), "", "g", "test", 3.0), "events")


def test_close_events_are_merged_into_the_first_not_into_a_chain() -> None:
    assert Events([0.0, 0.02, 0.04, 0.06, 0.5]).merged(0.03).times.tolist() == [0.0, 0.04, 0.5]
    assert Events([]).merged(0.03).times.tolist() == []


def test_events_are_merged_label_by_label() -> None:
    events = Events([0.0, 0.01, 0.02, 0.03], ("KD", "SD", "KD", "KD"))
    assert events.merged(0.03).rows == [(0.0, "KD"), (0.01, "SD"), (0.03, "KD")]


def test_labels_are_one_an_event_or_none() -> None:
    with pytest.raises(ValueError, match="1 labels for 2 events"):
        Events([0.0, 1.0], ("KD",))


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=ROWS, digits=st.integers(3, 7))
def test_what_is_written_is_read(tmp_path: Path, rows: list[tuple[float, str]], digits: int) -> None:
    path = tmp_path / "a.txt"
    path.write_text(Events.of(rows).text(digits))
    again = Events.read(path).rows
    assert [label for _, label in again] == [label for _, label in rows]
    assert all(abs(one - other) <= 0.51 * 10**-digits for (one, _), (other, _) in zip(again, rows, strict=True))


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(times=st.lists(st.floats(0, 1e4), min_size=1, max_size=30, unique=True).map(sorted), labelled=st.booleans())
def test_mir_eval_reads_what_is_written(tmp_path: Path, times: list[float], labelled: bool) -> None:
    events = Events(times, tuple(LABELS[i % 3] for i in range(len(times))) if labelled else ())
    path = tmp_path / "a.txt"
    write(path, events)
    if labelled:
        found, labels = mir_eval.io.load_labeled_events(str(path))
        assert tuple(labels) == events.labels
    else:
        found = mir_eval.io.load_events(str(path))
    assert found == pytest.approx(events.times, abs=1e-6)
    assert all(map(math.isfinite, found))
