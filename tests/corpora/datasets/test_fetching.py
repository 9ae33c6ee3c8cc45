"""What comes to its place and what is asked for, from a publisher on 127.0.0.1."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from publisher import Publisher, dataset, md5, zipped
from tiny_dataset import EXTRA, SONGS, fetched, published, silent, tree, whole

from ultralight_mir.corpora.datasets import fetching
from ultralight_mir.corpora.datasets.checksums import Report
from ultralight_mir.errors import InputError


def test_all_comes_to_its_place_and_nothing_else_stays(publisher: Publisher, tmp_path: Path) -> None:
    index, remotes = published(publisher)
    found = fetched(tmp_path / "tiny", index, remotes)
    assert tree(tmp_path / "tiny") == whole(publisher)
    assert not (tmp_path / "tiny" / ".download").exists()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["tiny"]
    size = sum(map(len, (*SONGS.values(), *EXTRA.values())))
    assert found == Report("tiny", "1", 3, size, 0, (), index.remote.checksum)


def test_a_second_run_asks_the_publisher_nothing(publisher: Publisher, tmp_path: Path) -> None:
    index, remotes = published(publisher)
    first = fetched(tmp_path, index, remotes)
    publisher.asked.clear()
    assert fetched(tmp_path, index, remotes) == first
    assert publisher.asked == []


def test_nothing_is_written_beside_mirdatas_own_code(publisher: Publisher, tmp_path: Path) -> None:
    index, remotes = published(publisher)
    before = dict(remotes)
    tiny = dataset(tmp_path, index, remotes)
    tiny.index_path = index.get_path()
    with pytest.raises(ValueError, match="index of tiny belongs into"):
        fetching.fetch(tiny, tmp_path, 0, "", silent, 0)
    assert not Path(index.get_path()).exists()
    assert remotes == before, "mirdata's table of remotes was changed"


def test_data_that_mirdata_itself_downloaded_is_only_checked(publisher: Publisher, tmp_path: Path) -> None:
    index, remotes = published(publisher)
    for name, content in whole(publisher).items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(content)
    before = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")}
    assert fetched(tmp_path, index, remotes).files == 3
    assert publisher.asked == []
    assert {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")} == before


def test_only_the_index_is_fetched_where_the_files_are_there(publisher: Publisher, tmp_path: Path) -> None:
    index, remotes = published(publisher)
    fetched(tmp_path, index, remotes)
    shutil.rmtree(tmp_path / "mirdata_index")
    shutil.rmtree(tmp_path / ".unpacked")
    publisher.asked.clear()
    fetched(tmp_path, index, remotes)
    assert publisher.asked == [("/index.json", "")]


@pytest.mark.parametrize(
    ("lost", "asked"),
    [("audio/two.wav", "/audio.zip"), ("notes/one.csv", "/notes.tar.gz"), ("meta/table.csv", "/table.csv")],
)
def test_a_lost_file_brings_only_what_holds_it(publisher: Publisher, tmp_path: Path, lost: str, asked: str) -> None:
    index, remotes = published(publisher)
    fetched(tmp_path, index, remotes)
    (tmp_path / lost).unlink()
    publisher.asked.clear()
    fetched(tmp_path, index, remotes)
    assert [path for path, _ in publisher.asked] == [asked]
    assert tree(tmp_path) == whole(publisher)


def test_an_index_that_came_packed_is_unpacked(publisher: Publisher, tmp_path: Path) -> None:
    index, remotes = published(publisher)
    plain = publisher.files["/index.json"]
    packed = zipped({"index.json": plain})
    publisher.files["/index.json"] = packed
    index.remote.checksum = md5(packed)
    fetched(tmp_path, index, remotes)
    assert (tmp_path / "mirdata_index" / "index.json").read_bytes() == plain


def test_a_member_outside_stops_it(publisher: Publisher, tmp_path: Path) -> None:
    index = publisher.index(SONGS)
    remotes = {"audio": publisher.remote("audio.zip", zipped({**SONGS, "../../../evil.wav": b"e"}))}
    with pytest.raises(InputError, match=r"evil\.wav' would lie outside"):
        fetched(tmp_path / "home" / "tiny", index, remotes)
    assert not list(tmp_path.rglob("evil.wav"))
    assert set(tree(tmp_path / "home" / "tiny")) == {"mirdata_index/index.json"}


def test_a_file_that_is_no_longer_published(publisher: Publisher, tmp_path: Path) -> None:
    index, remotes = published(publisher)
    del publisher.files["/notes.tar.gz"]
    with pytest.raises(InputError, match=r"notes\.tar\.gz: the server answers 404 Not Found; or by hand: put") as said:
        fetched(tmp_path, index, remotes)
    assert "audio.zip" not in str(said.value), "what has come is not asked for"


@pytest.mark.parametrize("after", range(6))
def test_stopped_between_any_two_renames_it_still_ends_whole(
    publisher: Publisher, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, after: int
) -> None:
    """A kill while unpacked files are moved: some are in their place, some are not."""
    index, remotes = published(publisher)
    left = [after]
    (tmp_path / "audio").mkdir()  # so that what is in there is moved file by file

    def rename(self: Path, target: Path) -> Path:
        if not left[0]:
            raise KeyboardInterrupt
        left[0] -= 1
        return original(self, target)

    original = Path.rename
    with monkeypatch.context() as patched:
        patched.setattr(Path, "rename", rename)
        try:
            fetched(tmp_path, index, remotes)
            stopped = False
        except KeyboardInterrupt:
            stopped = True
    assert stopped == (after < 5)
    assert not stopped or (tmp_path / ".download").exists()
    fetched(tmp_path, index, remotes)
    assert tree(tmp_path) == whole(publisher)
    assert not (tmp_path / ".download").exists()
