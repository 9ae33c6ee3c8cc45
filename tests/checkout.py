"""A copy of the repository to run the workflow in, as a user does, on a tiny experiment."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[1]
TINY: dict[str, Any] = {
    "experiment": "tiny",
    "smoke": True,
    "grid": {"tasks": ["onset"], "strategies": ["trim", "mask"], "removed": [0.5, 0.8]},
    "corpora": {"synthetic": {"clips": {"onset": 20}}},
    "tasks": {"onset": {"training": {"steps": 25, "batch": 2, "frames": 50}}},
}


def checkout(folder: Path, **changes: object) -> Path:
    """A copy of what a run needs, and the tiny experiment."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("Snakefile", "config.yaml"):
        shutil.copy(ROOT / name, folder)
    for name in ("workflow", "envs"):
        shutil.copytree(ROOT / name, folder / name, dirs_exist_ok=True)
    shutil.copytree(ROOT / "workflow" / "profiles", folder / "profiles", dirs_exist_ok=True)
    (folder / "tiny.yaml").write_text(yaml.safe_dump({**TINY, **changes}))
    return folder


def command(*arguments: str) -> list[str]:
    """What a user types."""
    return [sys.executable, "-m", "ultralight_mir.cli", "run", "--cores", "2", "--configfile", "tiny.yaml", *arguments]


def run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the tiny experiment in a checkout."""
    return subprocess.run(command(*arguments), cwd=folder, capture_output=True, text=True, timeout=600, check=False)
