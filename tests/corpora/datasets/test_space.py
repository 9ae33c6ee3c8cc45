"""Disks that are too small, or fill up on the way."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from publisher import Publisher, tarred
from tiny_dataset import fetched, published, tree

from ultralight_mir.corpora.datasets import archives, resuming
from ultralight_mir.errors import InputError


def test_too_small_a_disk_is_said_before_anything_comes(publisher: Publisher, tmp_path: Path) -> None:
    index, remotes = published(publisher)
    free = shutil.disk_usage(tmp_path).free
    with pytest.raises(InputError, match=r"GB are free, expected at least .* GB for tiny") as said:
        fetched(tmp_path / "tiny", index, remotes, size=2 * free)
    assert "MIRDATA_HOME" in str(said.value) and "\n" not in str(said.value)
    assert publisher.asked == [] and not (tmp_path / "tiny").exists()


def test_finished_data_needs_no_space(publisher: Publisher, tmp_path: Path) -> None:
    index, remotes = published(publisher)
    fetched(tmp_path, index, remotes)
    fetched(tmp_path, index, remotes, size=10**18)


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
    """Full while downloading or while unpacking, though there was room before: somebody else writes too."""
    random = np.random.default_rng(0).bytes(100_000)
    index = publisher.index({"audio/one.wav": random})
    remotes = {"audio": publisher.remote("audio.tar.gz", tarred({"audio/one.wav": random}))}
    if place == "part":
        (small_disk / "filler").write_bytes(b"x" * 80_000)
    monkeypatch.setattr(resuming if place == "part" else archives, "require_space", lambda *asked: None)
    home = small_disk / "tiny"
    with pytest.raises(InputError, match=r"the disk is full; free some \(what has come is kept in") as said:
        fetched(home, index, remotes)
    assert "\n" not in str(said.value)
    assert set(tree(home)) == {"mirdata_index/index.json"}
    shutil.move(home, tmp_path / "larger")
    publisher.asked.clear()
    fetched(tmp_path / "larger", index, remotes)
    assert ("/audio.tar.gz", "") not in publisher.asked, "what had come was downloaded again"
    assert (tmp_path / "larger/audio/one.wav").read_bytes() == random


@pytest.mark.parametrize(
    ("filler", "name", "what"),
    [
        (80_000, "audio.zip", "http.*/audio.zip"),
        (0, "audio.zip", "what audio.zip holds"),
        (0, "audio.tar.gz", "what audio.tar.gz holds"),
    ],
)
def test_sizes_that_the_server_or_the_archive_says_are_checked(
    publisher: Publisher, small_disk: Path, filler: int, name: str, what: str
) -> None:
    index, remotes = published(publisher)
    if name.endswith("gz"):
        random = np.random.default_rng(0).bytes(100_000)
        remotes["audio"] = publisher.remote(name, tarred({"tiny/audio/one.wav": random}), unpack_directories=["tiny"])
    (small_disk / "filler").write_bytes(b"x" * filler)
    with pytest.raises(InputError, match=f"GB are free, expected at least .* for {what};"):
        fetched(small_disk / "tiny", index, remotes)
    assert set(tree(small_disk / "tiny")) == {"mirdata_index/index.json"}
