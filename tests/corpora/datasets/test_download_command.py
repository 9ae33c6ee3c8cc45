"""`ultralight-mir download`, in a process of its own: what a person reads, and what a kill leaves."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from pathlib import Path

import mirdata
import pytest
from publisher import Publisher, publish_own, serving


def _start(folder: Path, *arguments: object) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "ultralight_mir", "download", *map(str, arguments)]
    return subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def _download(folder: Path, *arguments: object) -> subprocess.CompletedProcess[str]:
    with _start(folder, *arguments) as process:
        out, said = process.communicate(timeout=120)
    return subprocess.CompletedProcess([], process.returncode, out, said)


def _error(done: subprocess.CompletedProcess[str]) -> str:
    """The last line; a traceback, or a second error line, fails the test."""
    assert done.returncode == 1 and "Traceback" not in done.stderr, done.stderr
    assert done.stderr.count("error: ") == 1
    return done.stderr.strip().splitlines()[-1]


def test_it_says_what_it_does_and_writes_what_it_checked(publisher: Publisher, tmp_path: Path) -> None:
    archive = publish_own(publisher, tmp_path, tracks=2)
    done = _download(tmp_path, "mine:CLICKS", "data", "--out", "out")
    assert done.returncode == 0, done.stderr
    for said in ("clicks.zip, MB: 1 of 1", "clicks.zip: unpacking", "files checked: 4 of 4", "checked in data/clicks"):
        assert said in done.stderr
    found = json.loads((tmp_path / "out" / "CLICKS.json").read_text())
    assert (found["dataset"], found["version"], found["files"], found["missing"]) == ("clicks", "1", 4, 0)
    assert not (Path(mirdata.__file__).parent / "datasets" / "indexes" / "clicks_index.json").exists()
    before = (tmp_path / "out" / "CLICKS.json").read_bytes()
    assert len(archive) < 2 * found["bytes"]
    publisher.files.clear()
    again = _download(tmp_path, "mine:CLICKS", "data", "--out", "out")
    assert again.returncode == 0 and (tmp_path / "out" / "CLICKS.json").read_bytes() == before


def test_a_failure_is_one_line_and_writes_nothing(tmp_path: Path) -> None:
    with serving() as publisher:
        publish_own(publisher, tmp_path, tracks=2)
    said = _error(_download(tmp_path, "mine:CLICKS", "data", "--retries", 0))
    assert "clicks_index.json: cannot be reached" in said and "put http" in said
    assert sorted(path.name for path in tmp_path.iterdir() if path.name != "__pycache__") == ["data", "mine.py"]
    assert not list((tmp_path / "data").iterdir())


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("tinysoul", "data set 'tinysoul': unknown, expected one of medley_solos_db, "),
        (
            "nowhere:DATA",
            "data set 'nowhere:DATA': cannot be imported (ModuleNotFoundError: No module named 'nowhere')",
        ),
        ("json:dumps", "data set 'json:dumps': a function, expected a DataSet"),
        ("vocalset", "holds no vocalset, which cannot be downloaded; download version 1.1 from https://zenodo.org/"),
    ],
)
def test_what_cannot_be_downloaded(tmp_path: Path, name: str, expected: str) -> None:
    assert expected in _error(_download(tmp_path, name, tmp_path / "data"))
    assert not list(tmp_path.iterdir())


def test_killed_twice_in_the_middle_of_a_download(publisher: Publisher, tmp_path: Path) -> None:
    archive = publish_own(publisher, tmp_path)
    assert len(archive) > 2_000_000, "too little to be caught in the middle"
    home = tmp_path / "data" / "clicks"
    for _ in range(2):
        publisher.stalls["/clicks.zip"] = threading.Event()
        process = _start(tmp_path, "mine:CLICKS", "data")
        assert publisher.stalls["/clicks.zip"].wait(60), process.communicate(timeout=10)
        said = _error(_download(tmp_path, "mine:CLICKS", "data"))
        assert "another process is downloading here" in said
        process.kill()
        process.communicate(timeout=30)
        assert sorted(path.name for path in home.iterdir()) == [".download", "mirdata_index"]
        assert not (tmp_path / "results").exists()
    (part,) = home.glob(".download/*/part")
    assert part.stat().st_size > len(archive) // 2
    publisher.stalls.clear()
    assert _download(tmp_path, "mine:CLICKS", "data").returncode == 0
    wanted = [int(bytes_.strip("bytes=-") or 0) for path, bytes_ in publisher.asked if path == "/clicks.zip"]
    assert 0 == wanted[0] < wanted[1] < wanted[2]
    assert sorted(path.name for path in home.iterdir()) == [".unpacked", "audio", "mirdata_index", "times"]
    assert (tmp_path / "results" / "datasets" / "CLICKS.json").is_file()
