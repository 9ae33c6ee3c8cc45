import errno
import os
from pathlib import Path

import pytest

from ultralight_mir.errors import InputError
from ultralight_mir.files import check_writable, read_json, read_rows, replacing, write_json, write_rows


def test_a_failed_write_leaves_the_old_file_and_no_scratch(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    write_json(path, {"x": 1})
    with pytest.raises(RuntimeError), replacing(path) as scratch:
        scratch.write_text("half")
        raise RuntimeError
    assert read_json(path) == {"x": 1}
    assert [p.name for p in tmp_path.iterdir()] == ["a.json"]


def test_a_full_disk_is_one_clear_line(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"b\.csv: no space left"), replacing(tmp_path / "b.csv") as scratch:
        scratch.write_text("half")
        raise OSError(errno.ENOSPC, "No space left on device")
    assert not list(tmp_path.iterdir())


def test_rows_round_trip(tmp_path: Path) -> None:
    rows = [{"a": "1", "b": "x, y"}, {"a": "2", "b": ""}]
    write_rows(tmp_path / "t.csv", ("a", "b"), rows)
    assert read_rows(tmp_path / "t.csv", ("a", "b")) == rows


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a,b\n1,2\n", "column 'c' is missing; found a, b"),
        ("", "found no header"),
        ("a,b,c\n1,2\n", "line 2: expected 3 cells"),
        ("a,b,c\n1,2,3,4\n", "line 2: expected 3 cells"),
    ],
)
def test_malformed_tables_are_refused(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "t.csv").write_text(text)
    with pytest.raises(InputError, match=message):
        read_rows(tmp_path / "t.csv", ("a", "b", "c"))


@pytest.mark.parametrize("text", ['{"a": 1', "[1]", ""])
def test_malformed_json_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "t.json").write_text(text)
    with pytest.raises(InputError, match=r"t\.json"):
        read_json(tmp_path / "t.json")


def test_a_folder_that_can_be_written_need_not_exist(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    check_writable(tmp_path / "a" / "b")
    monkeypatch.chdir(tmp_path)
    check_writable(Path("results") / "tiny")
    (tmp_path / "file").touch()
    (tmp_path / "lost").symlink_to(tmp_path / "nowhere")
    for name in ("file", "file/below", "lost"):
        with pytest.raises(InputError, match=f"{name.split('/')[0]}: not a folder, expected one"):
            check_writable(Path(name))
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    with pytest.raises(InputError, match="read-only, expected a folder to write in"):
        check_writable(tmp_path)
