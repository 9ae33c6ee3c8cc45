"""The commands for tickets in README and on the page of microcontrollers, run as they stand there: on a song, beside a
ticket where `make run` leaves one."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from checkout import ROOT
from test_predict import _song
from untrained import write_ticket

from ultralight_mir import tickets
from ultralight_mir.embedded.devices import read_devices
from ultralight_mir.embedded.rendering import both_tables, brief_table
from ultralight_mir.embedded.table import read

README = (ROOT / "README.md").read_text(encoding="utf-8")
SECTION = README.split("## Use a ticket\n")[1].split("\n## ")[0]
BOARDS = ROOT / "docs" / "howto" / "microcontroller.md"
EMBEDDED = BOARDS.read_text(encoding="utf-8")
COMMANDS = [
    line
    for block in re.findall(r"```sh\n(.*?)```", SECTION, re.S)
    for line in block.replace("\\\n", " ").splitlines()
    if line.strip()
]
PYTHON = re.findall(r"```python\n(.*?)```", SECTION, re.S)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a song and a ticket of drums, where README says that it is."""
    folder = tmp_path_factory.mktemp("readme")
    _song(folder / "song.wav", 4.0)
    (ticket,) = re.findall(r"results/\S+", SECTION)
    write_ticket(folder / ticket, "drums")
    return folder


def test_every_command_of_use_a_ticket_runs(home: Path) -> None:
    pytest.importorskip("onnxruntime", reason="onnxruntime is not installed")
    pytest.importorskip("onnx", reason="onnx is not installed")
    pytest.importorskip("emx_onnx_cgen", reason="emx-onnx-cgen is not installed (pip install 'ultralight-mir[c]')")
    assert len(COMMANDS) == 6
    for line in COMMANDS:
        name, *arguments = shlex.split(line, comments=True)
        assert name == "ultralight-mir"
        command = [sys.executable, "-m", "ultralight_mir", *arguments]
        done = subprocess.run(command, cwd=home, capture_output=True, text=True, timeout=300, check=False)
        assert done.returncode == 0, (line, done.stderr)
    made = {path.relative_to(home).as_posix() for path in home.rglob("*") if path.name.startswith(("song.", "drums"))}
    assert {"song.onset.txt", "song.drums.txt", "drums.onnx", "drums-c", "out/song.chord.png"} <= made
    assert {"out/song.chord.labels.txt", "out/song.chord.jams", "out/song.chord.npz"} <= made


def test_the_python_of_use_a_ticket_runs(home: Path) -> None:
    (code,) = PYTHON
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, cwd=home, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    assert (home / "song.txt").exists()


def test_the_c_of_the_microcontroller_page_runs(home: Path) -> None:
    pytest.importorskip("emx_onnx_cgen", reason="emx-onnx-cgen is not installed (pip install 'ultralight-mir[c]')")
    if shutil.which("gcc") is None:
        pytest.skip("gcc is not installed")
    line = re.findall(r"```sh\n(.*?)\n```", EMBEDDED, re.S)[0]
    (code,) = re.findall(r"```c\n(.*?)```", EMBEDDED, re.S)
    name, *arguments = shlex.split(line)
    assert name == "ultralight-mir"
    command = [sys.executable, "-m", "ultralight_mir", *arguments]
    done = subprocess.run(command, cwd=home, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    folder = home / "drums-c"
    (folder / "main.c").write_text(code)
    build = [
        "gcc",
        "-std=c99",
        "-Wall",
        "-Wextra",
        "-Werror",
        *sorted(map(str, folder.glob("*.c"))),
        "-lm",
        "-o",
        "main",
    ]
    assert not subprocess.run(build, cwd=folder, capture_output=True, text=True, check=True, timeout=120).stderr
    subprocess.run(["./main"], cwd=folder, check=True, timeout=60)


def test_tables_of_the_microcontroller_page_are_those_that_were_measured() -> None:
    rows = read(ROOT / "reports" / "reference" / "embedded.csv")
    assert both_tables(rows, read_devices()).strip() in EMBEDDED and brief_table(rows, read_devices()) in SECTION
    assert {(row.task, row.ticket) for row in rows} <= set(tickets.names())
    # What the page says of all of them.
    assert all(row.flash <= 256 * 1024 and row.ram + row.stack <= 64 * 1024 for row in rows)
    cores: dict[tuple[str, str], list[int]] = {}
    for row in rows:
        cores.setdefault((row.task, row.ticket), []).append(row.instructions)
    assert all(max(counts) <= 1.02 * min(counts) for counts in cores.values())
