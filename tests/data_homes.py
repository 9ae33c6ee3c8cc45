"""Data homes for tests: mirdata's own fixtures where they are, and made-up files in the same layouts."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np

from ultralight_mir import audio
from ultralight_mir.corpora.datasets import get_dataset

FIXTURES = Path(__file__).resolve().parents[2] / "shared" / "mirdata_fixtures"
Tracks = Mapping[str, Mapping[str, str | None]]


def write_index(home: Path, name: str, tracks: Tracks) -> None:
    """The index of those tracks (kind of file → path), where the data home keeps it."""
    module = import_module(get_dataset(name).loader)
    path = home / name / "mirdata_index" / module.INDEXES[module.INDEXES["default"]].filename
    path.parent.mkdir(parents=True, exist_ok=True)
    listed = {i: {kind: [file, None] for kind, file in files.items()} for i, files in tracks.items()}
    path.write_text(json.dumps({"version": "made up", "tracks": listed}))


def write_noise(path: Path, seconds: float, rate: int = 8_000) -> None:
    """Noise seeded by the path's name: different recordings differ."""
    random = np.random.default_rng(list(path.name.encode()))
    audio.write(path, 0.1 * random.standard_normal(int(seconds * rate)), rate)


def copy_fixture(home: Path, name: str) -> dict[str, Any]:
    """A mirdata fixture in a data home of its own, with its sample index; its tracks, as the index has them."""
    shutil.copytree(FIXTURES / "datasets" / name, home / name)
    (sample,) = (FIXTURES / "indexes").glob(f"{name}_index_*.json")
    tracks = json.loads(sample.read_text())["tracks"]
    plain = {i: {kind: file[0] for kind, file in files.items()} for i, files in tracks.items()}
    write_index(home, name, plain)
    return plain


def write_text(path: Path, text: str) -> None:
    """A text file, and the folders above it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
