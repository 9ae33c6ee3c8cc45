from pathlib import Path

import pytest

from ultralight_mir.clips import Clip
from ultralight_mir.corpora.datasets.copies import without_copies


def clip(folder: Path, name: str, content: bytes, split: str) -> Clip:
    (folder / name).write_bytes(content)
    return Clip(name, str(folder / name), "", "x", name, split, 1.0)


@pytest.mark.parametrize("order", [1, -1])
def test_the_test_split_keeps_its_copy(tmp_path: Path, order: int) -> None:
    clips = [
        clip(tmp_path, "a", b"same", "train"),
        clip(tmp_path, "b", b"other", "train"),
        clip(tmp_path, "c", b"same", "test"),
        clip(tmp_path, "d", b"same", "valid"),
        clip(tmp_path, "e", b"size", "train"),
    ][::order]
    assert [c.track_id for c in without_copies(clips)] == ["b", "c", "e"][::order]


def test_without_splits_the_first_stays(tmp_path: Path) -> None:
    clips = [
        clip(tmp_path, name, content, "") for name, content in (("a", b"1"), ("b", b"1"), ("c", b"2"), ("d", b"1"))
    ]
    assert [c.track_id for c in without_copies(clips)] == ["a", "c"]


def test_a_lone_size_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    clips = [clip(tmp_path, "a", b"1", ""), clip(tmp_path, "b", b"22", "")]
    monkeypatch.setattr("ultralight_mir.corpora.datasets.copies._content", lambda path: 1 / 0)
    assert without_copies(clips) == clips
