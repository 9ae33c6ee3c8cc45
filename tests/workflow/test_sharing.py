"""What one checkout made is another's, however it is run: nothing is synthesised or trained twice."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pandas as pd
import yaml
from checkout import SHARED, TINY, activated, checkout, command
from snakemake.utils import update_config

from ultralight_mir.features.store import Store


@contextmanager
def _read_only(folder: Path) -> Iterator[None]:
    """Nobody can write into `folder` while inside: root neither, where it may mount."""
    mounted = not subprocess.run(["mount", "--bind", folder, folder], capture_output=True, check=False).returncode
    if mounted:
        subprocess.run(["mount", "-o", "remount,bind,ro", folder], check=True)
    for path in () if mounted else (folder, *folder.rglob("*")):
        path.chmod(path.stat().st_mode & ~0o222)
    try:
        yield
    finally:
        if mounted:
            subprocess.run(["umount", folder], check=True)
        for path in () if mounted else (folder, *folder.rglob("*")):
            path.chmod(path.stat().st_mode | 0o200)


def _train(folder: Path, cache: Path, *arguments: str, umask: int = -1) -> None:
    done = subprocess.run(
        command("--cache", "--until", "rewind", *arguments),
        cwd=folder, env={**os.environ, "SNAKEMAKE_OUTPUT_CACHE": str(cache)}, umask=umask,
        capture_output=True, text=True, timeout=600, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr


def _at_work(root: Path) -> set[str]:
    """The rules whose jobs ran: the log of one that did not is empty."""
    return {log.parent.name for log in root.glob("logs/*/*.log") if log.stat().st_size}


def _weights(root: Path) -> dict[Path, bytes]:
    return {path.relative_to(root): path.read_bytes() for path in root.rglob("weights.safetensors")}


def test_a_second_checkout_trains_nothing(tmp_path: Path) -> None:
    """Nor does it under another experiment's name, from a tree that is read-only, in an odd folder, by somebody shy."""
    cache = tmp_path / "cache"
    cache.mkdir()
    first = checkout(tmp_path / "first")
    _train(first, cache)
    assert _at_work(first / "results/tiny") >= set(SHARED)
    second, elsewhere = checkout(tmp_path / "zweite Kopie", experiment="other"), tmp_path / "anders wo\u0308"
    with _read_only(second):
        _train(second, cache, "--directory", str(elsewhere), umask=0o077)
    assert not _at_work(elsewhere / "results/other").intersection(SHARED)
    store = Store(elsewhere / "results/other/features/synthetic/onset/log_mel")
    assert all(Path(entry.clip.annotation).exists() for entry in store.entries), "its ladders score by them"
    trained = _weights(first / "results/tiny")
    assert len(trained) == 2 and _weights(elsewhere / "results/other") == trained
    made = [path for path in (elsewhere / "results").rglob("*") if not path.is_symlink()]
    assert {path.stat().st_mode & 0o077 for path in made} == {0}


def test_it_is_a_module_with_a_prefix(finished: Path, tmp_path: Path) -> None:
    """All that is there under the prefix is found there, and what is missing is made there."""
    theirs = tmp_path / "theirs/results"
    shutil.copytree(finished / "results", theirs, copy_function=shutil.copy2)
    for table in (theirs / "tiny").glob("*.csv"):
        table.unlink()
    config = yaml.safe_load((finished / "config.yaml").read_text())
    update_config(config, TINY)
    (tmp_path / "mine.yaml").write_text(yaml.safe_dump({"suite": config}))
    (tmp_path / "Snakefile").write_text(
        f'''
configfile: "mine.yaml"

module suite:
    snakefile: "{finished}/workflow/Snakefile"
    config: config["suite"]
    prefix: "theirs"

use rule * from suite as suite_*
'''
    )
    asked = ["--cores", "1", "--rerun-triggers", "mtime", "--", "theirs/results/tiny/results.csv"]
    command = [sys.executable, "-m", "snakemake", *asked]
    done = subprocess.run(command, cwd=tmp_path, env=activated(), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert not (tmp_path / "results").exists() and "suite_rung" not in done.stderr
    pd.testing.assert_frame_equal(*(pd.read_csv(r / "tiny/results.csv") for r in (theirs, finished / "results")))
