"""What a person must get, or lays there without a network."""

from __future__ import annotations

import logging
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from mirdata import core
from publisher import Publisher, md5, serving, zipped
from tiny_dataset import EXTRA, SONGS, fetched, published, silent, tree, whole

from ultralight_mir.corpora.datasets import fetching
from ultralight_mir.corpora.datasets.checksums import Report
from ultralight_mir.errors import InputError


def test_offline_it_says_what_to_put_where_and_that_works(tmp_path: Path) -> None:
    with serving() as publisher:
        index, remotes = published(publisher)
    home = tmp_path / "data" / "tiny"
    with pytest.raises(InputError) as said:
        fetched(home, index, remotes, by_hand="and ask the author for the rest")
    text = str(said.value)
    assert "\n" not in text and "cannot be reached" in text and "and ask the author for the rest" in text
    assert not home.exists(), "nothing came, so nothing is left behind"
    wanted = [words.split(" as ") for words in text.split("put ")[1].split(", and run again")[0].split(", ")]
    assert len(wanted) == 4
    for url, place in wanted:
        Path(place).parent.mkdir(parents=True, exist_ok=True)
        Path(place).write_bytes(publisher.files[url.removeprefix(publisher.url)])
    assert fetched(home, index, remotes).files == 3
    assert {name: content for name, content in tree(home).items() if not name.endswith(("zip", "gz"))} == whole(
        publisher
    )


def test_an_archive_laid_there_broken_is_named(publisher: Publisher, tmp_path: Path) -> None:
    index, remotes = published(publisher)
    (tmp_path / "audio.zip").write_bytes(publisher.files["/audio.zip"][:100])
    with pytest.raises(InputError, match=r"audio\.zip: its MD5 is not the published"):
        fetched(tmp_path, index, remotes)
    assert (tmp_path / "audio.zip").stat().st_size == 100


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
        fetching.fetch(_Own(home, remotes), home, 0, "ask at https://example.org/form", silent)
    assert not home.exists()
    for name, content in SONGS.items():
        (home / name).parent.mkdir(parents=True, exist_ok=True)
        (home / name).write_bytes(content)
    assert fetching.fetch(_Own(home, remotes), home, 0, "ask", silent) == Report("own", "1", 2, 90_000, 0, (), "")
    (home / "audio" / "three.wav").write_bytes(b"3")
    with pytest.raises(InputError, match="own: more recordings than were published"):
        fetching.fetch(_Own(home, remotes), home, 0, "ask", silent)


def test_a_data_set_with_no_remote_index_is_downloaded_too(publisher: Publisher, tmp_path: Path) -> None:
    own = _Own(tmp_path, {"audio": publisher.remote("audio.zip", zipped(SONGS))})
    assert fetching.fetch(own, tmp_path, 0, "", silent, 0).files == 2
    assert fetching.fetch(own, tmp_path, 0, "", silent, 0).files == 2
    assert len(publisher.asked) == 1


def test_recordings_that_people_own_some_of(
    publisher: Publisher, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Annotations come, recordings are laid there by hand: some, and of another pressing."""
    index = publisher.index({**SONGS, **EXTRA})
    remotes = {"notes": publisher.remote("notes.zip", zipped(EXTRA))}
    for _ in range(2):
        with pytest.raises(InputError, match=r"audio/one\.wav: missing \(2 of 3 files are\); rip the CDs"):
            fetched(tmp_path, index, remotes, by_hand="rip the CDs")
    (tmp_path / "audio").mkdir()
    (tmp_path / "audio/one.wav").write_bytes(b"my own rip")
    with caplog.at_level(logging.WARNING, "ultralight_mir"):
        found = fetched(tmp_path, index, remotes, by_hand="rip the CDs", partial=True)
    assert (found.files, found.missing, found.differing) == (2, 1, ("audio/one.wav",))
    assert "audio/one.wav: its MD5 is not" in caplog.text and "audio/two.wav: missing" in caplog.text
    assert [path for path, _ in publisher.asked] == ["/index.json", "/notes.zip"]
    shutil.rmtree(tmp_path / ".unpacked")  # as if mirdata itself had brought the notes
    assert fetched(tmp_path, index, remotes, by_hand="rip the CDs", partial=True) == found
    assert len(publisher.asked) == 2
