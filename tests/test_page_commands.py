"""The commands of the pages, run as they stand there, in a folder as a user has it who has come so far.

What takes a run of the workflow (`make`, `snakemake`, `ultralight-mir run`) is tested in `workflow/`; a cluster, a GPU
and downloads are not to be had here.
"""

from __future__ import annotations

import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from built_stores import build_store
from checkout import ROOT
from committed import REFERENCE
from fake_results import Grid, write_results
from made_recordings import DRUMS, write_recordings
from test_docs import WRITTEN, _commands
from test_predict import _song
from untrained import write_ticket

from ultralight_mir import tickets

pytest.importorskip("onnxruntime", reason="onnxruntime is not installed")
pytest.importorskip("onnx", reason="onnx is not installed")
pytest.importorskip("emx_onnx_cgen", reason="emx-onnx-cgen is not installed (pip install 'ultralight-mir[c]')")

ELSEWHERE = ("run", "download")
"""Commands of the package that take a workflow's run, or a download."""
TICKET = "results/synthetic/drums/spectral_cnn/seed-0/trim/removed-0.90"
ALREADY = ("README.md", "microcontroller.md")
"""Pages whose commands `test_readme_commands` runs."""
PAGES = [path.relative_to(ROOT).as_posix() for path in WRITTEN if path.name not in ALREADY]


def _lines(page: str) -> list[list[str]]:
    """The package's own commands of a page, in order."""
    split = [shlex.split(line, comments=True) for where, line in _commands() if where == page]
    return [words for words in split if words[0] == "ultralight-mir" and words[1] not in ELSEWHERE]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("pages")
    _song(folder / "song.wav", 4.0)
    for name, place in (("drums", TICKET), ("onset", TICKET.replace("drums", "onset"))):
        shutil.copytree(tickets.path(name), folder / place, ignore=shutil.ignore_patterns("card.json"))
    write_ticket(folder / "results/synthetic/onset/spectral_cnn/seed-0/dense", "onset")
    for path in REFERENCE.glob("*.*"):
        shutil.copy(path, folder / "results")
    shutil.copy(REFERENCE / "embedded.csv", folder)
    for name in ("reports/reference", "results/reference-onset"):
        write_results(folder / name, Grid(tasks=("onset",), removed=(0.9,), seeds=2))
    write_results(folder / "results/reference-chord", Grid(tasks=("chord",), removed=(0.9,), seeds=2))
    build_store(folder / "corpus", folder / "results/features/synthetic/drums/log_mel", "drums")
    write_recordings(folder / "path" / "to" / "folder", DRUMS)
    return folder


@pytest.mark.parametrize("page", [page for page in PAGES if _lines(page)])
def test_the_commands_of_a_page_run_as_they_stand_there(page: str, home: Path) -> None:
    for words in _lines(page):
        if words[1] == "embedded" and not (shutil.which("arm-none-eabi-gcc") and shutil.which("qemu-system-arm")):
            continue  # tests/embedded says that they are missing
        command = [sys.executable, "-m", "ultralight_mir", *words[1:]]
        done = subprocess.run(command, cwd=home, capture_output=True, text=True, timeout=300, check=False)
        assert done.returncode == 0, (shlex.join(words), done.stderr)
