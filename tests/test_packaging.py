"""What is given away: wheel and source distribution work alone, and what they say of themselves agrees."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
import venv
from pathlib import Path

import pytest
import yaml
from checkout import ROOT
from test_predict import _song

import ultralight_mir
from ultralight_mir import tickets

BUILT = ("pyproject.toml", "README.md", "LICENSE", "src")
CITED = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))


def _python(folder: Path, *arguments: str, **variables: str) -> str:
    command = [sys.executable, *arguments]
    env = {**os.environ, **variables}
    done = subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def _build(source: Path, kind: str, into: Path) -> Path:
    """Build a distribution of a source tree with its own back end; its path."""
    into.mkdir(exist_ok=True)
    code = f"from setuptools import build_meta; build_meta.build_{kind}({str(into)!r})"
    _python(source, "-W", "ignore", "-c", code)
    (made,) = into.iterdir()
    return made


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel that is built from the source distribution."""
    pytest.importorskip("setuptools", reason="setuptools is not installed")
    folder = tmp_path_factory.mktemp("packaging")
    source = folder / "tree"
    source.mkdir()
    for name in BUILT:
        if (ROOT / name).is_dir():
            ignored = shutil.ignore_patterns("*.egg-info", "__pycache__")
            shutil.copytree(ROOT / name, source / name, ignore=ignored)
        else:
            shutil.copy(ROOT / name, source / name)
    with tarfile.open(_build(source, "sdist", folder / "sdist")) as archive:
        archive.extractall(folder / "unpacked", filter="data")
    (unpacked,) = (folder / "unpacked").iterdir()
    return _build(unpacked, "wheel", folder / "wheel")


@pytest.fixture(scope="module")
def installed(wheel: Path) -> Path:
    """What the wheel holds: a folder for PYTHONPATH."""
    shutil.unpack_archive(wheel, wheel.parent / "site", "zip")
    return wheel.parent / "site"


def test_the_wheel_has_every_file_of_the_package(installed: Path) -> None:
    def files(folder: Path) -> set[str]:
        return {
            path.relative_to(folder).as_posix()
            for path in folder.rglob("*")
            if path.is_file() and "__pycache__" not in path.parts
        }

    assert files(installed / "ultralight_mir") == files(ROOT / "src" / "ultralight_mir")


def test_a_ticket_predicts_from_the_wheel_alone(installed: Path, tmp_path: Path) -> None:
    _song(tmp_path / "song.wav", 4.0)
    where = _python(tmp_path, "-c", "import ultralight_mir; print(ultralight_mir.__file__)", PYTHONPATH=str(installed))
    assert Path(where.strip()).is_relative_to(installed)
    arguments = ("-m", "ultralight_mir", "predict", "--task", "onset", "song.wav")
    _python(tmp_path, *arguments, PYTHONPATH=str(installed))
    assert (tmp_path / "song.onset.txt").stat().st_size > 0


ALONE = ("numpy", "onnxruntime", "pydantic", "soundfile", "soxr")
"""What a graph with its front end needs beside this package (docs/howto/export.md)."""


def test_a_graph_hears_in_an_environment_that_has_nothing_else(wheel: Path, tmp_path: Path) -> None:
    pytest.importorskip("pip", reason="pip is not installed")
    _song(tmp_path / "song.wav", 4.0)
    ticket = str(tickets.path("onset", "smallest"))
    _python(tmp_path, "-m", "ultralight_mir", "export", ticket, "-o", "onset.onnx", "--with-frontend")
    venv.create(tmp_path / "empty")
    python = tmp_path / "empty" / ("Scripts" if os.name == "nt" else "bin") / "python"
    install = [sys.executable, "-m", "pip", "--python", str(python), "install", "-q", "--no-compile"]
    empty = {key: value for key, value in os.environ.items() if not key.startswith("PYTHON")}
    pins = ["--constraint", str(ROOT / "envs" / "constraints.txt")]
    done = subprocess.run(
        [*install, *pins, *ALONE], env=empty, capture_output=True, text=True, timeout=300, check=False
    )
    if "No matching distribution" in done.stderr:
        pytest.skip("no package can be had here")
    assert done.returncode == 0, done.stderr
    subprocess.run([*install, "--no-deps", str(wheel)], env=empty, check=True, timeout=100)
    code = """
import sys
import ultralight_mir
heard = ultralight_mir.load("onset.onnx")("song.wav")
assert not {"torch", "librosa", "scipy", "pandas"} & set(sys.modules)
print(len(heard.times), ultralight_mir.__file__)
"""
    told = subprocess.run(
        [python, "-c", code], cwd=tmp_path, env=empty, capture_output=True, text=True, timeout=100, check=False
    )
    assert told.returncode == 0, told.stderr
    count, where = told.stdout.split(maxsplit=1)
    assert int(count) > 0 and Path(where.strip()).is_relative_to(tmp_path / "empty")


def test_version_changelog_and_citation_agree() -> None:
    released = re.findall(r"^## (\d+\.\d+\.\d+)", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), re.M)
    assert released[0] == CITED["version"] == ultralight_mir.__version__


def test_zenodo_is_told_what_the_citation_says() -> None:
    told = json.loads((ROOT / ".zenodo.json").read_text(encoding="utf-8"))
    assert told["title"] == CITED["title"] and told["license"] == CITED["license"]
    assert told["description"] == " ".join(CITED["abstract"].split())
    assert [creator["name"] for creator in told["creators"]] == [author["name"] for author in CITED["authors"]]
    (paper,) = told["related_identifiers"]
    assert paper["identifier"].removeprefix("arXiv:") in CITED["references"][0]["url"]
