"""Downloading from a publisher on 127.0.0.1 that cuts, lies, stalls and vanishes."""

from __future__ import annotations

import logging
import shutil
import subprocess
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from mirdata import core
from publisher import Publisher, dataset, md5, serving, tarred, zipped

from ultralight_mir.corpora.datasets import fetching, resuming
from ultralight_mir.corpora.datasets.checking import Report
from ultralight_mir.errors import InputError

SONGS = {"audio/one.wav": b"1" * 40_000, "audio/two.wav": b"2" * 50_000}
EXTRA = {"notes/one.csv": b"0,1\n"}
TABLE = b"track,label\none,flute\n"


@pytest.fixture
def publisher() -> Iterator[Publisher]:
    with serving() as at_work:
        yield at_work


@pytest.fixture(autouse=True)
def small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resuming, "CHUNK", 100)


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    waits: list[float] = []
    monkeypatch.setattr("pooch.core.time.sleep", waits.append)
    return waits


def _published(publisher: Publisher) -> tuple[core.Index, dict[str, Any]]:
    """A zip file whose folder is lifted, a tar file with a destination, a single file that no index lists."""
    index = publisher.index({**SONGS, **EXTRA})
    remotes = {
        "audio": publisher.remote(
            "audio.zip", zipped({f"tiny/{k}": v for k, v in SONGS.items()}), unpack_directories=["tiny"]
        ),
        "notes": publisher.remote("notes.tar.gz", tarred({"one.csv": EXTRA["notes/one.csv"]}), destination_dir="notes"),
        "table": publisher.remote("table.csv", TABLE, destination_dir="meta"),
    }
    return index, remotes


def _silent(what: str) -> Callable[[int, int], None]:
    return lambda done, total: None


def _fetch(home: Path, index: core.Index, remotes: Any, size: int = 0, by_hand: str = "", **more: Any) -> Report:
    return fetching.fetch(dataset(home, index, remotes), home, size, by_hand, _silent, **{"retries": 0, **more})


def _tree(home: Path) -> dict[str, bytes]:
    """What a user sees: no hidden folders."""
    files = (path.relative_to(home) for path in home.rglob("*") if path.is_file())
    return {str(file): (home / file).read_bytes() for file in files if not file.parts[0].startswith(".")}


def _whole(publisher: Publisher) -> dict[str, bytes]:
    return {
        **SONGS,
        **EXTRA,
        "meta/table.csv": TABLE,
        "mirdata_index/index.json": publisher.files["/index.json"],
    }


def test_all_comes_to_its_place_and_nothing_else_stays(publisher: Publisher, tmp_path: Path) -> None:
    index, remotes = _published(publisher)
    found = _fetch(tmp_path / "tiny", index, remotes)
    assert _tree(tmp_path / "tiny") == _whole(publisher)
    assert not (tmp_path / "tiny" / ".download").exists()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["tiny"]
    size = sum(map(len, (*SONGS.values(), *EXTRA.values())))
    assert found == Report("tiny", "1", 3, size, 0, (), index.remote.checksum)


def test_a_second_run_asks_the_publisher_nothing(publisher: Publisher, tmp_path: Path) -> None:
    index, remotes = _published(publisher)
    first = _fetch(tmp_path, index, remotes)
    publisher.asked.clear()
    assert _fetch(tmp_path, index, remotes) == first
    assert publisher.asked == []


def test_nothing_is_written_beside_mirdatas_own_code(publisher: Publisher, tmp_path: Path) -> None:
    index, remotes = _published(publisher)
    before = dict(remotes)
    tiny = dataset(tmp_path, index, remotes)
    tiny.index_path = index.get_path()
    with pytest.raises(ValueError, match="index of tiny belongs into"):
        fetching.fetch(tiny, tmp_path, 0, "", _silent, 0)
    assert not Path(index.get_path()).exists()
    assert remotes == before, "mirdata's table of remotes was changed"


def test_data_that_mirdata_itself_downloaded_is_only_checked(publisher: Publisher, tmp_path: Path) -> None:
    index, remotes = _published(publisher)
    for name, content in _whole(publisher).items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(content)
    before = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")}
    assert _fetch(tmp_path, index, remotes).files == 3
    assert publisher.asked == []
    assert {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")} == before


def test_only_the_index_is_fetched_where_the_files_are_there(publisher: Publisher, tmp_path: Path) -> None:
    index, remotes = _published(publisher)
    _fetch(tmp_path, index, remotes)
    shutil.rmtree(tmp_path / "mirdata_index")
    shutil.rmtree(tmp_path / ".unpacked")
    publisher.asked.clear()
    _fetch(tmp_path, index, remotes)
    assert publisher.asked == [("/index.json", "")]


@pytest.mark.parametrize(
    ("lost", "asked"),
    [("audio/two.wav", "/audio.zip"), ("notes/one.csv", "/notes.tar.gz"), ("meta/table.csv", "/table.csv")],
)
def test_a_lost_file_brings_only_what_holds_it(publisher: Publisher, tmp_path: Path, lost: str, asked: str) -> None:
    index, remotes = _published(publisher)
    _fetch(tmp_path, index, remotes)
    (tmp_path / lost).unlink()
    publisher.asked.clear()
    _fetch(tmp_path, index, remotes)
    assert [path for path, _ in publisher.asked] == [asked]
    assert _tree(tmp_path) == _whole(publisher)


def test_a_cut_download_goes_on_where_it_was_cut(publisher: Publisher, tmp_path: Path, no_waiting: list[float]) -> None:
    index, remotes = _published(publisher)
    size = len(publisher.files["/audio.zip"])
    publisher.cuts["/audio.zip"] = [600 * (size // 1000)]
    _fetch(tmp_path, index, remotes, retries=2)
    assert [wanted for path, wanted in publisher.asked if path == "/audio.zip"] == [
        "",
        f"bytes={600 * (size // 1000)}-",
    ]
    assert _tree(tmp_path) == _whole(publisher)
    assert no_waiting == [1]


def test_a_server_without_ranges_starts_over(publisher: Publisher, tmp_path: Path) -> None:
    index, remotes = _published(publisher)
    publisher.ranges = False
    publisher.cuts["/audio.zip"] = [5000]
    _fetch(tmp_path, index, remotes, retries=1)
    assert _tree(tmp_path) == _whole(publisher)


def test_what_came_before_a_failed_run_is_gone_on_with(
    publisher: Publisher, tmp_path: Path, no_waiting: list[float]
) -> None:
    index, remotes = _published(publisher)
    publisher.cuts["/audio.zip"] = [5000, 100, 100, 100]
    with pytest.raises(InputError, match=r"/audio\.zip: the connection was cut; run again") as said:
        _fetch(tmp_path, index, remotes, retries=2)
    assert "\n" not in str(said.value)
    assert no_waiting == [1, 2]
    assert set(_tree(tmp_path)) == {"mirdata_index/index.json"}
    publisher.cuts.clear()
    publisher.asked.clear()
    _fetch(tmp_path, index, remotes)
    assert publisher.asked[0] == ("/audio.zip", "bytes=5200-")
    assert _tree(tmp_path) == _whole(publisher)
    assert not (tmp_path / ".download").exists()


def test_an_archive_that_was_begun_is_finished_though_the_index_lists_nothing_of_it(
    publisher: Publisher, tmp_path: Path
) -> None:
    index = publisher.index(SONGS)
    remotes = {
        "audio": publisher.remote("audio.zip", zipped(SONGS)),
        "about": publisher.remote("about.zip", zipped({"info.csv": b"who,what\n"})),
    }
    publisher.cuts["/about.zip"] = [50]
    with pytest.raises(InputError, match="the connection was cut"):
        _fetch(tmp_path, index, remotes)
    publisher.asked.clear()
    _fetch(tmp_path, index, remotes)
    assert [path for path, _ in publisher.asked] == ["/about.zip"]
    assert (tmp_path / "info.csv").read_bytes() == b"who,what\n"


def test_a_published_index_that_is_broken_stops_it_before_the_audio_comes(publisher: Publisher, tmp_path: Path) -> None:
    index, remotes = _published(publisher)
    publisher.files["/index.json"] = b'{"tracks": '
    index.remote.checksum = md5(b'{"tracks": ')
    with pytest.raises(InputError, match="not valid JSON"):
        _fetch(tmp_path, index, remotes)
    assert [path for path, _ in publisher.asked] == ["/index.json"]


def test_a_part_that_is_too_long_is_thrown_away(publisher: Publisher, tmp_path: Path) -> None:
    index, remotes = _published(publisher)
    part = tmp_path / ".download" / remotes["audio"].checksum / "part"
    part.parent.mkdir(parents=True)
    part.write_bytes(b"x" * (len(publisher.files["/audio.zip"]) + 1))
    _fetch(tmp_path, index, remotes, retries=1)
    assert _tree(tmp_path) == _whole(publisher)


def test_a_part_of_something_else_is_noticed_and_the_next_try_works(publisher: Publisher, tmp_path: Path) -> None:
    index, remotes = _published(publisher)
    part = tmp_path / ".download" / remotes["audio"].checksum / "part"
    part.parent.mkdir(parents=True)
    part.write_bytes(b"x" * 5000)
    _fetch(tmp_path, index, remotes, retries=1)
    assert _tree(tmp_path) == _whole(publisher)


@pytest.mark.parametrize("name", ["index.json", "audio.zip", "table.csv"])
def test_a_wrong_checksum_is_refused(publisher: Publisher, tmp_path: Path, name: str) -> None:
    index, remotes = _published(publisher)
    publisher.files[f"/{name}"] += b" "
    with pytest.raises(InputError, match=f"/{name}: the MD5 of what came is not the published") as said:
        _fetch(tmp_path, index, remotes, retries=1)
    assert "\n" not in str(said.value)
    assert not list(tmp_path.rglob(f"*{name}")) and not list(tmp_path.rglob("part"))


def test_an_index_that_came_packed_is_unpacked(publisher: Publisher, tmp_path: Path) -> None:
    index, remotes = _published(publisher)
    plain = publisher.files["/index.json"]
    packed = zipped({"index.json": plain})
    publisher.files["/index.json"] = packed
    index.remote.checksum = md5(packed)
    _fetch(tmp_path, index, remotes)
    assert (tmp_path / "mirdata_index" / "index.json").read_bytes() == plain


def test_a_file_that_the_archives_lack_is_named(publisher: Publisher, tmp_path: Path) -> None:
    index = publisher.index({**SONGS, "audio/three.wav": b"3"})
    remotes = {"audio": publisher.remote("audio.zip", zipped(SONGS))}
    for _ in range(2):
        with pytest.raises(InputError, match=r"audio/three\.wav: missing \(1 of 3 files are\); nothing that tiny pub"):
            _fetch(tmp_path, index, remotes)
    assert [path for path, _ in publisher.asked] == ["/index.json", "/audio.zip"], "downloaded again for nothing"


def test_a_member_outside_stops_it(publisher: Publisher, tmp_path: Path) -> None:
    index = publisher.index(SONGS)
    remotes = {"audio": publisher.remote("audio.zip", zipped({**SONGS, "../../../evil.wav": b"e"}))}
    with pytest.raises(InputError, match=r"evil\.wav' would lie outside"):
        _fetch(tmp_path / "home" / "tiny", index, remotes)
    assert not list(tmp_path.rglob("evil.wav"))
    assert set(_tree(tmp_path / "home" / "tiny")) == {"mirdata_index/index.json"}


def test_a_broken_file_is_named_and_left_alone(publisher: Publisher, tmp_path: Path) -> None:
    index, remotes = _published(publisher)
    _fetch(tmp_path, index, remotes)
    (tmp_path / "audio/two.wav").write_bytes(b"2" * 49_999)
    publisher.asked.clear()
    with pytest.raises(InputError, match=r"audio/two\.wav: its MD5 is not [0-9a-f]{32}.*delete it and run again"):
        _fetch(tmp_path, index, remotes)
    assert (tmp_path / "audio/two.wav").read_bytes() == b"2" * 49_999 and publisher.asked == []
    (tmp_path / "audio/two.wav").unlink()
    _fetch(tmp_path, index, remotes)
    assert _tree(tmp_path) == _whole(publisher)


def test_a_broken_table_that_no_index_lists_is_named(publisher: Publisher, tmp_path: Path) -> None:
    index, remotes = _published(publisher)
    _fetch(tmp_path, index, remotes)
    (tmp_path / "meta/table.csv").write_bytes(TABLE[:-3])
    with pytest.raises(InputError, match=r"meta/table\.csv: its MD5 is not the published"):
        _fetch(tmp_path, index, remotes)


def test_with_an_index_of_ones_own_only_what_it_lists_is_checked(
    publisher: Publisher, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    index, remotes = _published(publisher)
    _fetch(tmp_path, index, remotes)
    (tmp_path / "meta/table.csv").write_bytes(TABLE[:-3])
    own = tmp_path / "mirdata_index" / "index.json"
    own.write_text(own.read_text() + "\n")
    with caplog.at_level(logging.WARNING, "ultralight_mir"):
        assert _fetch(tmp_path, index, remotes).index == md5(own.read_bytes())
    assert "not the published index" in caplog.text


@pytest.mark.parametrize(("content", "said"), [("{", "not valid JSON"), ('{"tracks": {}}', "lists no file")])
def test_a_broken_index_is_named_before_anything_is_downloaded(
    publisher: Publisher, tmp_path: Path, content: str, said: str
) -> None:
    index, remotes = _published(publisher)
    (tmp_path / "mirdata_index").mkdir()
    (tmp_path / "mirdata_index" / "index.json").write_text(content)
    with pytest.raises(InputError, match=said):
        _fetch(tmp_path, index, remotes)
    assert publisher.asked == []


def test_offline_it_says_what_to_put_where_and_that_works(tmp_path: Path) -> None:
    with serving() as publisher:
        index, remotes = _published(publisher)
    home = tmp_path / "data" / "tiny"
    with pytest.raises(InputError) as said:
        _fetch(home, index, remotes, by_hand="and ask the author for the rest")
    text = str(said.value)
    assert "\n" not in text and "cannot be reached" in text and "and ask the author for the rest" in text
    assert not home.exists(), "nothing came, so nothing is left behind"
    wanted = [words.split(" as ") for words in text.split("put ")[1].split(", and run again")[0].split(", ")]
    assert len(wanted) == 4
    for url, place in wanted:
        Path(place).parent.mkdir(parents=True, exist_ok=True)
        Path(place).write_bytes(publisher.files[url.removeprefix(publisher.url)])
    assert _fetch(home, index, remotes).files == 3
    assert {name: content for name, content in _tree(home).items() if not name.endswith(("zip", "gz"))} == _whole(
        publisher
    )


def test_an_archive_laid_there_broken_is_named(publisher: Publisher, tmp_path: Path) -> None:
    index, remotes = _published(publisher)
    (tmp_path / "audio.zip").write_bytes(publisher.files["/audio.zip"][:100])
    with pytest.raises(InputError, match=r"audio\.zip: its MD5 is not the published"):
        _fetch(tmp_path, index, remotes)
    assert (tmp_path / "audio.zip").stat().st_size == 100


def test_a_file_that_is_no_longer_published(publisher: Publisher, tmp_path: Path) -> None:
    index, remotes = _published(publisher)
    del publisher.files["/notes.tar.gz"]
    with pytest.raises(InputError, match=r"notes\.tar\.gz: the server answers 404 Not Found; or by hand: put") as said:
        _fetch(tmp_path, index, remotes)
    assert "audio.zip" not in str(said.value), "what has come is not asked for"


def test_too_small_a_disk_is_said_before_anything_comes(publisher: Publisher, tmp_path: Path) -> None:
    index, remotes = _published(publisher)
    free = shutil.disk_usage(tmp_path).free
    with pytest.raises(InputError, match=r"GB are free, expected at least .* GB for tiny") as said:
        _fetch(tmp_path / "tiny", index, remotes, size=2 * free)
    assert "MIRDATA_HOME" in str(said.value) and "\n" not in str(said.value)
    assert publisher.asked == [] and not (tmp_path / "tiny").exists()


def test_finished_data_needs_no_space(publisher: Publisher, tmp_path: Path) -> None:
    index, remotes = _published(publisher)
    _fetch(tmp_path, index, remotes)
    _fetch(tmp_path, index, remotes, size=10**18)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    place = tmp_path / "disk"
    place.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=128k", "tmpfs", str(place)], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip("a small disk can only be mounted by root")
    yield place
    subprocess.run(["umount", str(place)], check=True)


@pytest.mark.parametrize("place", ["part", "tar"])
def test_a_disk_that_fills_up_is_one_line_and_the_next_run_goes_on(
    publisher: Publisher, small_disk: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    """Full while downloading (somebody else writes too), or while unpacking a tar file (which says no size)."""
    random = np.random.default_rng(0).bytes(100_000)
    index = publisher.index({"audio/one.wav": random})
    remotes = {"audio": publisher.remote("audio.tar.gz", tarred({"audio/one.wav": random}))}
    if place == "part":
        (small_disk / "filler").write_bytes(b"x" * 80_000)
        monkeypatch.setattr(resuming, "require_space", lambda *asked: None)
    home = small_disk / "tiny"
    with pytest.raises(InputError, match=r"the disk is full; free some \(what has come is kept in") as said:
        _fetch(home, index, remotes)
    assert "\n" not in str(said.value)
    assert set(_tree(home)) == {"mirdata_index/index.json"}
    shutil.move(home, tmp_path / "larger")
    publisher.asked.clear()
    _fetch(tmp_path / "larger", index, remotes)
    assert ("/audio.tar.gz", "") not in publisher.asked, "what had come was downloaded again"
    assert (tmp_path / "larger/audio/one.wav").read_bytes() == random


@pytest.mark.parametrize(("filler", "what"), [(80_000, "http.*/audio.zip"), (0, "what audio.zip holds")])
def test_sizes_that_the_server_or_the_archive_says_are_checked(
    publisher: Publisher, small_disk: Path, filler: int, what: str
) -> None:
    index, remotes = _published(publisher)
    (small_disk / "filler").write_bytes(b"x" * filler)
    with pytest.raises(InputError, match=f"GB are free, expected at least .* for {what};"):
        _fetch(small_disk / "tiny", index, remotes)
    assert set(_tree(small_disk / "tiny")) == {"mirdata_index/index.json"}


class _Own(core.Dataset):
    """A data set that makes its index from its folder, as those do that mirdata has no loader for."""

    def __init__(self, home: Path, remotes: Mapping[str, Any] | None) -> None:
        super().__init__(str(home), "1", "own", core.Track, indexes={"1": core.Index("own.json")}, remotes=remotes)

    @core.cached_property
    def _index(self) -> dict[str, Any]:
        found = sorted(Path(self.data_home).glob("audio/*.wav"))
        if not found:
            raise FileNotFoundError(f"no audio in {self.data_home}")
        if len(found) > 2:
            raise ValueError("more recordings than were published")
        return {"tracks": {path.name: {"audio": [f"audio/{path.name}", md5(path.read_bytes())]} for path in found}}


@pytest.mark.parametrize("remotes", [None, {}])
def test_what_must_be_had_by_hand_says_so(tmp_path: Path, remotes: Mapping[str, Any] | None) -> None:
    home = tmp_path / "own"
    with pytest.raises(InputError, match=r"holds no own, which cannot be downloaded; ask at https://example\.org/form"):
        fetching.fetch(_Own(home, remotes), home, 0, "ask at https://example.org/form", _silent)
    assert not home.exists()
    for name, content in SONGS.items():
        (home / name).parent.mkdir(parents=True, exist_ok=True)
        (home / name).write_bytes(content)
    assert fetching.fetch(_Own(home, remotes), home, 0, "ask", _silent) == Report("own", "1", 2, 90_000, 0, (), "")
    (home / "audio" / "three.wav").write_bytes(b"3")
    with pytest.raises(InputError, match="own: more recordings than were published"):
        fetching.fetch(_Own(home, remotes), home, 0, "ask", _silent)


def test_a_data_set_with_no_remote_index_is_downloaded_too(publisher: Publisher, tmp_path: Path) -> None:
    own = _Own(tmp_path, {"audio": publisher.remote("audio.zip", zipped(SONGS))})
    assert fetching.fetch(own, tmp_path, 0, "", _silent, 0).files == 2
    assert fetching.fetch(own, tmp_path, 0, "", _silent, 0).files == 2
    assert len(publisher.asked) == 1


def test_recordings_that_people_own_some_of(
    publisher: Publisher, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Annotations come, recordings are laid there by hand: some, and of another pressing."""
    index = publisher.index({**SONGS, **EXTRA})
    remotes = {"notes": publisher.remote("notes.zip", zipped(EXTRA))}
    for _ in range(2):
        with pytest.raises(InputError, match=r"audio/one\.wav: missing \(2 of 3 files are\); rip the CDs"):
            _fetch(tmp_path, index, remotes, by_hand="rip the CDs")
    (tmp_path / "audio").mkdir()
    (tmp_path / "audio/one.wav").write_bytes(b"my own rip")
    with caplog.at_level(logging.WARNING, "ultralight_mir"):
        found = _fetch(tmp_path, index, remotes, by_hand="rip the CDs", partial=True)
    assert (found.files, found.missing, found.differing) == (2, 1, ("audio/one.wav",))
    assert "audio/one.wav: its MD5 is not" in caplog.text and "audio/two.wav: missing" in caplog.text
    assert [path for path, _ in publisher.asked] == ["/index.json", "/notes.zip"]
    shutil.rmtree(tmp_path / ".unpacked")  # as if mirdata itself had brought the notes
    assert _fetch(tmp_path, index, remotes, by_hand="rip the CDs", partial=True) == found
    assert len(publisher.asked) == 2


@pytest.mark.parametrize("after", range(6))
def test_stopped_between_any_two_renames_it_still_ends_whole(
    publisher: Publisher, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, after: int
) -> None:
    """A kill while unpacked files are moved: some are in their place, some are not."""
    index, remotes = _published(publisher)
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
            _fetch(tmp_path, index, remotes)
            stopped = False
        except KeyboardInterrupt:
            stopped = True
    assert stopped == (after < 5)
    assert not stopped or (tmp_path / ".download").exists()
    _fetch(tmp_path, index, remotes)
    assert _tree(tmp_path) == _whole(publisher)
    assert not (tmp_path / ".download").exists()
