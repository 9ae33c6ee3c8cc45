"""Unpacking: what is refused, what is lifted, what is never overwritten."""

from __future__ import annotations

import io
import tarfile
import zipfile
from pathlib import Path

import pytest
from publisher import tarred, zipped

from ultralight_mir.corpora.datasets.archives import is_archive, merge, unpack
from ultralight_mir.errors import InputError


def _archive(folder: Path, content: bytes) -> Path:
    path = folder / "some.archive"
    path.write_bytes(content)
    return path


def _tree(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize("pack", [zipped, tarred])
def test_folders_are_lifted_even_with_one_of_the_same_name_inside(tmp_path: Path, pack: type) -> None:
    files = {"groove/a.wav": b"a", "groove/groove/b.wav": b"b", "groove/.hidden": b"c", "readme": b"d"}
    unpack(_archive(tmp_path, pack(files)), tmp_path / "out", ["groove"])
    assert _tree(tmp_path / "out") == {"a.wav": b"a", "groove/b.wav": b"b", ".hidden": b"c", "readme": b"d"}
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out", "some.archive"]


@pytest.mark.parametrize("pack", [zipped, tarred])
@pytest.mark.parametrize("name", ["../outside.txt", "a/../../outside.txt"])
def test_a_member_that_would_lie_outside_is_refused(tmp_path: Path, pack: type, name: str) -> None:
    inside = tmp_path / "in"
    inside.mkdir()
    with pytest.raises(InputError, match="outside") as said:
        unpack(_archive(inside, pack({"good.txt": b"x", name: b"evil"})), inside / "out")
    assert "\n" not in str(said.value) and "some.archive" in str(said.value)
    assert not list(tmp_path.glob("**/outside.txt"))


def test_an_absolute_member_does_not_get_out(tmp_path: Path) -> None:
    target = tmp_path / "absolute.txt"
    with pytest.raises(InputError, match="outside"):
        unpack(_archive(tmp_path, zipped({str(target): b"evil"})), tmp_path / "out")
    unpack(_archive(tmp_path, tarred({str(target): b"evil"})), tmp_path / "out")
    assert not target.exists()


def test_a_link_that_leads_outside_is_refused(tmp_path: Path) -> None:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as packed:
        link = tarfile.TarInfo("link")
        link.type, link.linkname = tarfile.SYMTYPE, "../.."
        packed.addfile(link)
    with pytest.raises(InputError, match="cannot be unpacked"):
        unpack(_archive(tmp_path, stream.getvalue()), tmp_path / "out")


@pytest.mark.parametrize(
    "content",
    [b"", b"no archive at all", zipped({"a": b"x" * 999})[:-30], tarred({"a": b"x"})[:40]],
    ids=["empty", "text", "zip cut short", "tar cut short"],
)
def test_a_broken_archive_is_one_line(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(InputError, match=r"some\.archive: cannot be unpacked") as said:
        unpack(_archive(tmp_path, content), tmp_path / "out")
    assert "\n" not in str(said.value)


def test_a_changed_byte_in_a_zip_is_noticed(tmp_path: Path) -> None:
    content = bytearray(zipped({"a.txt": b"abcdefgh" * 100}))
    content[300] ^= 1
    with pytest.raises(InputError, match="cannot be unpacked"):
        unpack(_archive(tmp_path, bytes(content)), tmp_path / "out")


def test_a_folder_to_lift_must_be_there(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="holds no folder 'groove'"):
        unpack(_archive(tmp_path, zipped({"other/a": b"a"})), tmp_path / "out", ["groove"])


def test_what_an_earlier_try_left_is_not_mixed_in(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "stale").write_bytes(b"old")
    unpack(_archive(tmp_path, zipped({"a": b"a"})), tmp_path / "out")
    assert _tree(tmp_path / "out") == {"a": b"a"}


def test_names_are_spelled_as_mirdata_spells_them(tmp_path: Path) -> None:
    """UTF-8 names without the flag, as IRMAS has them; Python's zipfile alone would read them as cp437."""
    from mirdata.download_utils import extractall_unicode

    packed = zipped({"Café del Mar.wav": b"1", "ascii.wav": b"2"})
    unflagged = packed.replace(b"\x00\x08\x00\x00", b"\x00\x00\x00\x00")  # flag bits, then method 0 = stored
    path = _archive(tmp_path, unflagged)
    with zipfile.ZipFile(path) as opened:
        assert "Café del Mar.wav" not in opened.namelist(), "the flag is still set: the test tests nothing"
        (tmp_path / "theirs").mkdir()
        extractall_unicode(opened, str(tmp_path / "theirs"))
    unpack(path, tmp_path / "ours")
    assert _tree(tmp_path / "ours") == _tree(tmp_path / "theirs")
    assert "Café del Mar.wav" in _tree(tmp_path / "ours")


def test_merging_never_overwrites(tmp_path: Path) -> None:
    for name, content in {"new/a/1": "new", "new/a/2": "new", "new/b/3": "new", "old/a/1": "old"}.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(content)
    merge(tmp_path / "new", tmp_path / "old")
    assert _tree(tmp_path / "old") == {"a/1": b"old", "a/2": b"new", "b/3": b"new"}


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("a.zip", True),
        ("a.tar.gz", True),
        ("The Beatles Annotations.tar.gz", True),
        ("a.csv", False),
        ("a.json", False),
    ],
)
def test_which_files_are_unpacked(name: str, expected: bool) -> None:
    assert is_archive(name) is expected
