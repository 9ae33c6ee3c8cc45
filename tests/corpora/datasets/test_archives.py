"""Unpacking: what is refused, what is lifted, what is never overwritten."""

from __future__ import annotations

import io
import shutil
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from publisher import tarred, zipped

from ultralight_mir.corpora.datasets import archives
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


def _tar(*members: tuple[str, bytes, dict[str, object]], mode: str = "w:gz") -> bytes:
    """A tar file of members (name, content, attributes of the header)."""
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode=mode) as packed:
        for name, content, attributes in members:
            member = tarfile.TarInfo(name)
            member.size = len(content)
            for attribute, value in attributes.items():
                setattr(member, attribute, value)
            packed.addfile(member, io.BytesIO(content))
    return stream.getvalue()


def _refusal(folder: Path, content: bytes) -> str:
    """The one line that an archive is refused with; nothing of it was written."""
    with pytest.raises(InputError) as refusal:
        unpack(_archive(folder, content), folder / "out")
    assert "\n" not in str(refusal.value) and "some.archive: " in str(refusal.value)
    assert not _tree(folder / "out")
    return str(refusal.value)


def _zip_bomb(size: int) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("a/first.txt", b"x")
        packed.writestr("zeros", bytes(size))
    return stream.getvalue()


@pytest.mark.parametrize("bomb", [_zip_bomb, lambda size: _tar(("a", b"x", {}), ("zeros", bytes(size), {}))])
def test_a_bomb_is_refused_before_anything_is_unpacked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, bomb: Callable[[int], bytes]
) -> None:
    monkeypatch.setattr(archives, "HARMLESS", 10**5)
    content = bomb(10**6)
    assert f"{len(content):,} bytes that declare to hold 1,000,001 or more, expected at most" in _refusal(
        tmp_path, content
    )
    monkeypatch.setattr(archives, "HARMLESS", 2 * 10**6)
    unpack(_archive(tmp_path, content), tmp_path / "out")
    assert len(_tree(tmp_path / "out")["zeros"]) == 10**6


@pytest.mark.parametrize("bomb", [_zip_bomb, lambda size: _tar(("a", b"x", {}), ("zeros", bytes(size), {}))])
def test_what_the_disk_has_no_room_for_is_refused_before_anything_is_unpacked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, bomb: Callable[[int], bytes]
) -> None:
    usage = shutil.disk_usage(tmp_path)
    monkeypatch.setattr("shutil.disk_usage", lambda path: usage._replace(free=10**6))
    with pytest.raises(
        InputError, match=r"0\.001 GB are free, expected at least 0\.001 GB for what some\.archive holds"
    ):
        unpack(_archive(tmp_path, bomb(10**6)), tmp_path / "out")
    assert not _tree(tmp_path / "out")


def test_a_tar_bomb_is_not_read_to_its_end(tmp_path: Path) -> None:
    """A header that declares 8 TB, and a byte of them."""
    header = tarfile.TarInfo("huge")
    header.size = 8 * 10**12
    assert "declare to hold 8,000,000,000,000 or more" in _refusal(tmp_path, header.tobuf() + b"x")


@pytest.mark.parametrize("pack", [zipped, tarred])
def test_too_many_files_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, pack: type) -> None:
    monkeypatch.setattr(archives, "MEMBERS", 3)
    unpack(_archive(tmp_path, pack(dict.fromkeys("abc", b""))), tmp_path / "three")
    assert "holds more than 3 files" in _refusal(tmp_path, pack(dict.fromkeys("abcd", b"")))


def test_what_comes_out_beyond_what_was_declared_stops_it(tmp_path: Path) -> None:
    allowance = archives._Allowance(_archive(tmp_path, b"packed"))
    for _ in range(2):
        allowance.declare(10)
    allowance.write(io.BytesIO(b"x" * 15), tmp_path / "first")
    with pytest.raises(InputError, match=r"some\.archive: holds more than the 20 bytes it declares"):
        allowance.write(io.BytesIO(b"x" * 6), tmp_path / "second")


@pytest.mark.parametrize(
    ("attributes", "said"),
    [
        ({"type": tarfile.FIFOTYPE}, "cannot be unpacked"),
        ({"type": tarfile.CHRTYPE, "devmajor": 1, "devminor": 5}, "cannot be unpacked"),
        ({"type": tarfile.SYMTYPE, "linkname": "/etc/passwd"}, "cannot be unpacked"),
        ({"type": tarfile.LNKTYPE, "linkname": "../../some.archive"}, "cannot be unpacked"),
        ({"type": tarfile.LNKTYPE, "linkname": "nothing"}, "links to 'nothing', which is not there"),
        ({"type": tarfile.GNUTYPE_SPARSE}, "sparse"),
        ({"pax_headers": {"GNU.sparse.major": "1", "GNU.sparse.minor": "0", "GNU.sparse.realsize": "99"}}, "sparse"),
        ({"name": "a" * 300}, "cannot be unpacked"),
    ],
)
def test_members_of_another_kind_are_refused(tmp_path: Path, attributes: dict[str, object], said: str) -> None:
    assert said in _refusal(tmp_path, _tar(("some", b"1\n0\n0\n" + bytes(506), attributes)))


def test_a_negative_size_is_refused(tmp_path: Path) -> None:
    header = bytearray(tarfile.TarInfo("negative").tobuf(tarfile.GNU_FORMAT))
    header[124:136] = b"\xff" * 11 + b"\x00"  # −256 in base 256
    header[148:156] = b" " * 8
    header[148:156] = b"%06o\0 " % sum(header)
    assert "a member declares -256 bytes" in _refusal(tmp_path, bytes(header))


def test_links_that_stay_inside_are_kept_and_nothing_is_written_through_them(tmp_path: Path) -> None:
    symbolic = {"type": tarfile.SYMTYPE}
    content = _tar(
        ("inner", b"", {**symbolic, "linkname": "folder"}),
        ("folder/a", b"a", {}),
        ("hard", b"", {"type": tarfile.LNKTYPE, "linkname": "folder/a"}),
    )
    unpack(_archive(tmp_path, content), tmp_path / "out")
    assert (tmp_path / "out/inner/a").read_bytes() == (tmp_path / "out/hard").read_bytes() == b"a"
    through = _tar(("inner", b"", {**symbolic, "linkname": "folder"}), ("inner/b", b"b", {}), ("folder/a", b"a", {}))
    with pytest.raises(InputError, match="cannot be unpacked"):
        unpack(_archive(tmp_path, through), tmp_path / "out")
    assert (tmp_path / "out/folder/a").is_file() and not (tmp_path / "out/folder/b").exists()


@pytest.mark.parametrize("files", [{"a": b"1", "a/b": b"2"}, {"a/b": b"2", "a": b"1"}])
@pytest.mark.parametrize("pack", [zipped, tarred])
def test_a_name_that_is_a_file_and_a_folder_is_one_line(tmp_path: Path, pack: type, files: dict[str, bytes]) -> None:
    with pytest.raises(InputError, match=r"some\.archive: cannot be unpacked") as refusal:
        unpack(_archive(tmp_path, pack(files)), tmp_path / "out")
    assert "\n" not in str(refusal.value)


ARCHIVES = [
    zipped({"a/b.txt": b"abc" * 50, "c": b""}),
    _zip_bomb(5_000),
    tarred({"a/b.txt": b"abc" * 50, "c": b""}),
    *(_tar(("a/b.txt", b"abc" * 50, {}), ("é" * 90, b"c", {}), mode=mode) for mode in ("w", "w:bz2", "w:xz")),
]


@settings(max_examples=300, deadline=None)
@given(
    st.sampled_from(ARCHIVES),
    st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.integers(0, 255)), max_size=4),
    st.floats(0.5, 1),
)
def test_a_damaged_archive_is_unpacked_or_refused(
    tmp_path_factory: pytest.TempPathFactory, content: bytes, changes: list[tuple[float, int]], kept: float
) -> None:
    folder = tmp_path_factory.mktemp("damaged")
    damaged = bytearray(content)
    for place, byte in changes:
        damaged[int(place * len(damaged))] = byte
    try:
        unpack(_archive(folder, bytes(damaged[: round(kept * len(damaged))])), folder / "in" / "out")
    except InputError as error:
        assert "\n" not in str(error)
    assert {path.name for path in folder.iterdir()} == {"some.archive", "in"}
    shutil.rmtree(folder)


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
