"""Downloads that are cut, and go on where they were, from a publisher that cuts and lies."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from time import monotonic, sleep

import pytest
import requests
from publisher import Publisher, zipped
from tiny_dataset import SONGS, fetched, published, tree, whole

from ultralight_mir.corpora.datasets import resuming, transfer
from ultralight_mir.corpora.datasets.transfer import Transfer
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


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"TIMEOUT": 0.2, "WINDOW": 0.4, "LEAST": 1_000}.items():
        monkeypatch.setattr(transfer, name, value)


@pytest.mark.usefixtures("impatient")
def test_a_stall_is_told_as_one_and_the_next_run_goes_on(
    publisher: Publisher, tmp_path: Path, no_waiting: list[float]
) -> None:
    index, remotes = published(publisher)
    size = len(publisher.files["/audio.zip"])
    publisher.stalls["/audio.zip"] = threading.Event()
    with pytest.raises(InputError) as refusal:
        fetched(tmp_path, index, remotes, retries=1)
    text = str(refusal.value)
    there = size // 2 // 100 * 100  # whole chunks; the second try stalls half-way through the rest
    there += (size - there) // 2 // 100 * 100
    assert f"/audio.zip: stalled at {there:,} of {size:,} bytes: nothing came for 0.2 s; run again to go on" in text
    assert "or by hand: put" in text and "\n" not in text
    assert no_waiting == [1], "a stall is a failed try, and tried again"
    publisher.stalls.clear()
    publisher.asked.clear()
    fetched(tmp_path, index, remotes)
    assert publisher.asked[0] == ("/audio.zip", f"bytes={there}-")
    assert tree(tmp_path) == whole(publisher)


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize(
    ("place", "said"),
    [
        ("content", r"stalled at 67,\d+ of 90,\d+ bytes: \d+ bytes came in 0\.4 s, expected at least 1,000; run again"),
        ("size", r"stalled at 67,\d+ bytes: \d+ bytes came in 0\.4 s, expected at least 1,000; run again to go on"),
        ("headers", r"audio\.zip: no answer within 0\.4 s; or by hand"),
    ],
)
def test_a_server_that_sends_byte_by_byte_is_given_up(
    publisher: Publisher, tmp_path: Path, no_waiting: list[float], place: str, said: str
) -> None:
    """No socket's timeout notices: each byte comes in time."""
    index, remotes = published(publisher)
    publisher.trickles["/audio.zip"] = [place, place]
    with pytest.raises(InputError, match=said) as refusal:
        fetched(tmp_path, index, remotes, retries=1)
    assert "\n" not in str(refusal.value) and no_waiting == [1]
    assert [path for path, _ in publisher.asked].count("/audio.zip") == 2
    publisher.trickles["/audio.zip"] = [place]
    fetched(tmp_path, index, remotes, retries=1)
    assert tree(tmp_path) == whole(publisher)
    assert (place == "headers") == (publisher.asked[-3] == ("/audio.zip", "")), "what had come was asked for again"


@pytest.mark.usefixtures("impatient")
def test_a_server_that_never_answers(publisher: Publisher, tmp_path: Path) -> None:
    index, remotes = published(publisher)
    with socket.create_server(("127.0.0.1", 0)) as deaf:
        remotes["audio"].url = f"http://127.0.0.1:{deaf.getsockname()[1]}/audio.zip"
        with pytest.raises(InputError, match=r"/audio\.zip: no answer within 0\.2 s; or by hand"):
            fetched(tmp_path, index, remotes)


@pytest.mark.usefixtures("impatient")
def test_a_slow_server_that_sends_enough_is_followed(
    publisher: Publisher, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    index, remotes = published(publisher)
    window = 0.25  # a busy machine answers within it
    monkeypatch.setattr(transfer, "WINDOW", window)

    def slowly(self: requests.Response, size: int) -> Iterator[bytes]:
        for chunk in original(self, 10_000):
            sleep(0.1)
            yield chunk

    original = requests.Response.iter_content
    monkeypatch.setattr(requests.Response, "iter_content", slowly)
    begin = monotonic()
    fetched(tmp_path, index, remotes)
    assert monotonic() - begin > 3 * window, "too fast for a window to end: the test tests nothing"
    assert tree(tmp_path) == whole(publisher)


def test_what_is_given_up_leaves_no_thread_behind(publisher: Publisher, tmp_path: Path) -> None:
    remotes = published(publisher)[1]
    before = set(threading.enumerate())
    with Transfer(remotes["audio"].url, 0) as given_up:
        assert given_up.answer().ok  # and then more chunks are there than the queue has room for
    for thread in set(threading.enumerate()) - before:
        thread.join(10)
        assert not thread.is_alive()


@pytest.mark.parametrize("length", ["", "many", "-5", "1" * 5000])
def test_a_length_that_is_none_is_not_believed(length: str) -> None:
    assert resuming._length(length) == 0
