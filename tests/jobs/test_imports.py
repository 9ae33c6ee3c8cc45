"""Where this room stands: near the bottom of the house, and light, as every job's process begins here."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import ultralight_mir

PACKAGE = Path(ultralight_mir.__file__).parent
MODULES = sorted((PACKAGE / "jobs").glob("*.py"))
BELOW = {"jobs", "digests", "paths", "files", "registry", "errors"}


def imported(module: Path) -> set[str]:
    """Modules of the package that a file imports, in functions too; the room for a room's module."""
    names = set()
    for node in ast.walk(ast.parse(module.read_text())):
        if isinstance(node, ast.ImportFrom):
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
        elif isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
    return {name.split(".")[1] for name in names if name.startswith("ultralight_mir.")}


@pytest.mark.parametrize("module", MODULES, ids=lambda path: path.stem)
def test_jobs_import_only_what_stands_below(module: Path) -> None:
    assert imported(module) <= BELOW


def test_nobody_imports_the_entry_point() -> None:
    assert not [path for path in PACKAGE.rglob("*.py") if "__main__" in imported(path)]


def test_the_commands_import_nothing_heavy_before_one_is_chosen() -> None:
    tell = "import sys, ultralight_mir.cli; print(*sys.modules)"
    modules = subprocess.run([sys.executable, "-c", tell], capture_output=True, text=True, check=True).stdout.split()
    assert not {"numpy", "pandas", "pydantic", "torch", "librosa", "scipy", "onnxruntime"} & set(modules)


def test_a_job_begins_with_few_imports() -> None:
    tell = "import sys, ultralight_mir.__main__; print(*sys.modules)"
    modules = subprocess.run([sys.executable, "-c", tell], capture_output=True, text=True, check=True).stdout.split()
    heavy = {"numpy", "torch", "typer", "ultralight_mir.cli", "ultralight_mir.jobs.warm_server", "subprocess"}
    assert not heavy & set(modules)
