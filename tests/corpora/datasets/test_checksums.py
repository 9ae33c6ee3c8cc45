"""Files and indexes that are missing or not what was published are named."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest
from publisher import Publisher, md5, zipped
from tiny_dataset import SONGS, TABLE, fetched, published, tree, whole

from ultralight_mir.errors import InputError


def test_a_published_index_that_is_broken_stops_it_before_the_audio_comes(publisher: Publisher, tmp_path: Path) -> None:
    index, remotes = published(publisher)
    publisher.files["/index.json"] = b'{"tracks": '
    index.remote.checksum = md5(b'{"tracks": ')
    with pytest.raises(InputError, match="not valid JSON"):
        fetched(tmp_path, index, remotes)
    assert [path for path, _ in publisher.asked] == ["/index.json"]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("{", "not valid JSON"),
        ('{"tracks": {}}', "lists no file"),
        ("[]", "not an index as mirdata has them"),
        ('{"tracks": {"one": 1}}', "not an index as mirdata has them"),
        ('{"tracks": {"one": {"audio": ["only.wav"]}}}', "not an index as mirdata has them"),
    ],
)
def test_a_broken_index_is_named_before_anything_is_downloaded(
    publisher: Publisher, tmp_path: Path, content: str, said: str
) -> None:
    index, remotes = published(publisher)
    (tmp_path / "mirdata_index").mkdir()
    (tmp_path / "mirdata_index" / "index.json").write_text(content)
    with pytest.raises(InputError, match=said):
        fetched(tmp_path, index, remotes)
    assert publisher.asked == []


def test_a_file_that_the_archives_lack_is_named(publisher: Publisher, tmp_path: Path) -> None:
    index = publisher.index({**SONGS, "audio/three.wav": b"3"})
    remotes = {"audio": publisher.remote("audio.zip", zipped(SONGS))}
    for _ in range(2):
        with pytest.raises(InputError, match=r"audio/three\.wav: missing \(1 of 3 files are\); nothing that tiny pub"):
            fetched(tmp_path, index, remotes)
    assert [path for path, _ in publisher.asked] == ["/index.json", "/audio.zip"], "downloaded again for nothing"


def test_a_broken_file_is_named_and_left_alone(publisher: Publisher, tmp_path: Path) -> None:
    index, remotes = published(publisher)
    fetched(tmp_path, index, remotes)
    (tmp_path / "audio/two.wav").write_bytes(b"2" * 49_999)
    publisher.asked.clear()
    with pytest.raises(InputError, match=r"audio/two\.wav: its MD5 is not [0-9a-f]{32}.*delete it and run again"):
        fetched(tmp_path, index, remotes)
    assert (tmp_path / "audio/two.wav").read_bytes() == b"2" * 49_999 and publisher.asked == []
    (tmp_path / "audio/two.wav").unlink()
    fetched(tmp_path, index, remotes)
    assert tree(tmp_path) == whole(publisher)


def test_a_broken_table_that_no_index_lists_is_named(publisher: Publisher, tmp_path: Path) -> None:
    index, remotes = published(publisher)
    fetched(tmp_path, index, remotes)
    (tmp_path / "meta/table.csv").write_bytes(TABLE[:-3])
    with pytest.raises(InputError, match=r"meta/table\.csv: its MD5 is not the published"):
        fetched(tmp_path, index, remotes)


def test_with_an_index_of_ones_own_only_what_it_lists_is_checked(
    publisher: Publisher, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    index, remotes = published(publisher)
    fetched(tmp_path, index, remotes)
    (tmp_path / "meta/table.csv").write_bytes(TABLE[:-3])
    own = tmp_path / "mirdata_index" / "index.json"
    own.write_text(own.read_text() + "\n")
    with caplog.at_level(logging.WARNING, "ultralight_mir"):
        assert fetched(tmp_path, index, remotes).index == md5(own.read_bytes())
    assert "not the published index" in caplog.text
