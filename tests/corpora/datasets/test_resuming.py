"""Downloads that are cut, and go on where they were, from a publisher that cuts and lies."""

from __future__ import annotations

from pathlib import Path

import pytest
from publisher import Publisher, zipped
from tiny_dataset import SONGS, fetched, published, tree, whole

from ultralight_mir.errors import InputError


def test_a_cut_download_goes_on_where_it_was_cut(publisher: Publisher, tmp_path: Path, no_waiting: list[float]) -> None:
    index, remotes = published(publisher)
    size = len(publisher.files["/audio.zip"])
    publisher.cuts["/audio.zip"] = [600 * (size // 1000)]
    fetched(tmp_path, index, remotes, retries=2)
    assert [wanted for path, wanted in publisher.asked if path == "/audio.zip"] == [
        "",
        f"bytes={600 * (size // 1000)}-",
    ]
    assert tree(tmp_path) == whole(publisher)
    assert no_waiting == [1]


def test_a_server_without_ranges_starts_over(publisher: Publisher, tmp_path: Path) -> None:
    index, remotes = published(publisher)
    publisher.ranges = False
    publisher.cuts["/audio.zip"] = [5000]
    fetched(tmp_path, index, remotes, retries=1)
    assert tree(tmp_path) == whole(publisher)


def test_what_came_before_a_failed_run_is_gone_on_with(
    publisher: Publisher, tmp_path: Path, no_waiting: list[float]
) -> None:
    index, remotes = published(publisher)
    publisher.cuts["/audio.zip"] = [5000, 100, 100, 100]
    with pytest.raises(InputError, match=r"/audio\.zip: the connection was cut; run again") as said:
        fetched(tmp_path, index, remotes, retries=2)
    assert "\n" not in str(said.value)
    assert no_waiting == [1, 2]
    assert set(tree(tmp_path)) == {"mirdata_index/index.json"}
    publisher.cuts.clear()
    publisher.asked.clear()
    fetched(tmp_path, index, remotes)
    assert publisher.asked[0] == ("/audio.zip", "bytes=5200-")
    assert tree(tmp_path) == whole(publisher)
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
        fetched(tmp_path, index, remotes)
    publisher.asked.clear()
    fetched(tmp_path, index, remotes)
    assert [path for path, _ in publisher.asked] == ["/about.zip"]
    assert (tmp_path / "info.csv").read_bytes() == b"who,what\n"


def test_a_part_that_is_too_long_is_thrown_away(publisher: Publisher, tmp_path: Path) -> None:
    index, remotes = published(publisher)
    part = tmp_path / ".download" / remotes["audio"].checksum / "part"
    part.parent.mkdir(parents=True)
    part.write_bytes(b"x" * (len(publisher.files["/audio.zip"]) + 1))
    fetched(tmp_path, index, remotes, retries=1)
    assert tree(tmp_path) == whole(publisher)


def test_a_part_of_something_else_is_noticed_and_the_next_try_works(publisher: Publisher, tmp_path: Path) -> None:
    index, remotes = published(publisher)
    part = tmp_path / ".download" / remotes["audio"].checksum / "part"
    part.parent.mkdir(parents=True)
    part.write_bytes(b"x" * 5000)
    fetched(tmp_path, index, remotes, retries=1)
    assert tree(tmp_path) == whole(publisher)


@pytest.mark.parametrize("name", ["index.json", "audio.zip", "table.csv"])
def test_a_wrong_checksum_is_refused(publisher: Publisher, tmp_path: Path, name: str) -> None:
    index, remotes = published(publisher)
    publisher.files[f"/{name}"] += b" "
    with pytest.raises(InputError, match=f"/{name}: the MD5 of what came is not the published") as said:
        fetched(tmp_path, index, remotes, retries=1)
    assert "\n" not in str(said.value)
    assert not list(tmp_path.rglob(f"*{name}")) and not list(tmp_path.rglob("part"))
