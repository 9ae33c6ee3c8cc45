from pathlib import Path

import pytest

from ultralight_mir.annotations import Events, of_clip
from ultralight_mir.clips import Clip
from ultralight_mir.errors import InputError


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
