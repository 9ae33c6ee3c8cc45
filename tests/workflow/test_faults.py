"""Faults of the machine around a run: each ends with the same tables, row by row, as a run that nothing disturbed."""

from __future__ import annotations

import os
import pty
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pandas as pd
import pytest
from checkout import TABLES, TINY, assert_same_tables, checkout, command, run
from memory_group import memory_group
from processes import comes_about, processes

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="disks, terminals and processes are Linux's")
NOBODY = 65_534
DAY = 86_400


LITTLE_MEMORY = """
import os, resource, sys
from ultralight_mir import __main__ as main
main.preload("train")
used = int(open("/proc/self/statm").read().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (used + 20 * 2**20, resource.RLIM_INFINITY))
sys.exit(main.command())
"""
"""A job that has 20 MiB beside what it imports."""


@contextmanager
def _small_disk(place: Path, kilobytes: int) -> Iterator[None]:
    """A disk of its own at `place` while inside; what is on it is gone after."""
    place.mkdir(parents=True, exist_ok=True)
    mount = ["mount", "-t", "tmpfs", "-o", f"size={kilobytes}k", "tmpfs", str(place)]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("a small disk can only be mounted by root")
    try:
        yield
    finally:
        subprocess.run(["umount", str(place)], check=True)


def _begun(finished: Path, folder: Path, *undone: str) -> Path:
    """A copy of the finished run without what lies in some of its folders, nor what was gathered from it."""
    shutil.copytree(finished, folder, copy_function=shutil.copy2, symlinks=True)
    shutil.rmtree(folder / "reports")
    for gone in (*undone, "*.csv", "run.json"):
        for path in folder.glob(f"results/tiny/{gone}"):
            shutil.rmtree(path) if path.is_dir() else path.unlink()
    return folder


def _times(folder: Path) -> dict[Path, float]:
    """When every file of tickets, scores, features and clips was made."""
    root = folder / "results" / "tiny"
    return {p.relative_to(root): p.stat().st_mtime for p in root.glob("*/**/*.json")}


def _repeated(before: dict[Path, float], folder: Path) -> set[str]:
    """The folders in which something that was there is made anew."""
    after = _times(folder)
    return {path.parent.name for path, made in before.items() if after[path] != made}


def test_a_disk_full_of_features_is_one_line_and_the_next_run_goes_on(finished: Path, tmp_path: Path) -> None:
    folder = checkout(tmp_path / "run")
    with _small_disk(folder / "results/tiny/features", 64):
        done = run(folder)
        assert done.returncode != 0 and "Traceback" not in done.stderr
        assert "ts.npy: no space left to write it (No space left on device); free some and run again" in done.stderr
        assert not [path for path in folder.glob("results/tiny/features/**/*") if path.is_file()]
    before = _times(folder)
    done = run(folder, "--cores", "3", *TABLES)  # more than there are, perhaps
    assert done.returncode == 0, done.stderr
    assert _repeated(before, folder) == set()
    assert_same_tables(folder, finished)


def test_a_disk_full_of_figures_is_one_line_and_the_next_run_goes_on(finished: Path, tmp_path: Path) -> None:
    folder = _begun(finished, tmp_path / "run")
    before = _times(folder)
    with _small_disk(folder / "reports", 100):
        done = run(folder)
        assert done.returncode != 0 and "Traceback" not in done.stderr
        assert "no space left to write it (No space left on device); free some and run again" in done.stderr
        assert not list(folder.glob("reports/tiny/**/*.partial*")) and not (folder / "reports/tiny/index.html").exists()
    done = run(folder)
    assert done.returncode == 0, done.stderr
    assert _repeated(before, folder) == set()
    assert_same_tables(folder, finished)
    drawn = "reports/tiny/figures/score_vs_removed.svg"
    assert (folder / drawn).read_bytes() == (finished / drawn).read_bytes()


def test_too_little_memory_is_one_line_and_leaves_nothing(finished: Path, tmp_path: Path) -> None:
    settings = '{"network":"spectral_cnn","schedule":{"steps":4,"batch":64,"frames":400}}'
    features = finished / "results/tiny/features/synthetic/onset/log_mel"
    done = subprocess.run(
        [sys.executable, "-c", LITTLE_MEMORY, "train", str(features), str(tmp_path), "--settings", settings],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 1 and done.stderr.splitlines()[-1].startswith("error: not enough memory for this job (")
    assert "Traceback" not in done.stderr and not list(tmp_path.iterdir())


def test_a_control_group_with_too_little_memory_for_two_jobs(finished: Path, tmp_path: Path) -> None:
    """What the system kills is named with a way out; what had ended stays, and the next run does the rest."""
    folder = _begun(finished, tmp_path / "run", "synthetic/**/trim", "synthetic/**/mask")
    with memory_group(400) as group, (tmp_path / "said").open("w") as said:  # Snakemake has half of it
        done = subprocess.run(
            command(*TABLES), cwd=folder, stdout=said, stderr=said, preexec_fn=group.enter, timeout=600, check=False
        )
        assert done.returncode != 0 and group.killed()
    text = (tmp_path / "said").read_text()
    assert "Traceback" not in text
    if done.returncode == 1:  # else it was Snakemake that was killed
        assert "killed (out of memory? fewer --cores take less)" in text, text
    before = _times(folder)
    done = run(folder, *TABLES)
    assert done.returncode == 0, done.stderr
    assert _repeated(before, folder) == set()
    assert_same_tables(folder, finished)


def test_a_clock_that_was_a_day_ahead(finished: Path, tmp_path: Path) -> None:
    """What was made then is no reason to make anything again, nor is what follows thought older than it."""
    folder = _begun(finished, tmp_path / "run", "synthetic/**/trim")
    for path in folder.glob("results/tiny/**/*"):
        os.utime(path, (time.time() + DAY,) * 2)
    done = run(folder)
    assert done.returncode == 0, done.stderr
    assert "of the future" in done.stderr
    assert "7 jobs: 2 rung, 2 evaluate, 1 results, 1 report, 1 all" in done.stderr, "what was there is made again"
    assert_same_tables(folder, finished)
    again = run(folder)
    assert again.returncode == 0 and "Nothing to be done" in again.stderr, again.stderr


def _nobody() -> list[str]:
    """What runs a command as somebody who may write nowhere, and read where this Python lies."""
    plain = ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups"]
    reading = [*plain, "--inh-caps=+dac_read_search", "--ambient-caps=+dac_read_search"]
    child = "import subprocess, sys; subprocess.run([sys.executable, '-V'], check=True)"
    for known in (plain, reading) if shutil.which("setpriv") else ():
        if not subprocess.run([*known, sys.executable, "-c", child], capture_output=True, check=False).returncode:
            return known
    pytest.skip("nobody else can run this Python here")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")
def test_somebody_without_a_home_on_one_core(finished: Path) -> None:
    with tempfile.TemporaryDirectory() as name:  # pytest's own folder is closed to others
        folder = checkout(Path(name) / "run")
        for path in (Path(name), *Path(name).rglob("*")):
            os.chown(path, NOBODY, NOBODY)
        home = Path(name) / "home"
        home.mkdir(mode=0o555)
        variables = {**os.environ, "HOME": str(home)}
        for given in ("XDG_CACHE_HOME", "XDG_CONFIG_HOME", "MPLCONFIGDIR", "NUMBA_CACHE_DIR"):
            variables.pop(given, None)
        done = subprocess.run(
            [*_nobody(), *command("--cores", "1")],
            cwd=folder, env=variables, capture_output=True, text=True, timeout=600, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        assert_same_tables(folder, finished)


def test_ctrl_c_in_a_terminal(finished: Path, tmp_path: Path) -> None:
    folder = _begun(finished, tmp_path / "run", "synthetic/**/trim", "synthetic/**/mask")
    before = _times(folder)
    number, terminal = pty.fork()
    if not number:
        os.chdir(folder)
        signal.signal(signal.SIGINT, signal.SIG_DFL)  # what runs the tests in the background may ignore it
        os.execv(sys.executable, command())
    try:
        assert comes_about(lambda: bool(processes(folder, "/ultralight-mir rung"))), "no rung is trained"
        os.write(terminal, b"\x03")
        said = b""
        with suppress(OSError):  # the terminal closes with its last process
            while part := os.read(terminal, 4096):
                said += part
        status = os.waitstatus_to_exitcode(os.waitpid(number, 0)[1])
    finally:
        os.close(terminal)
    assert status == 128 + signal.SIGINT, said
    assert not processes(folder), "something outlives the run"
    assert not list(folder.glob("results/**/*.partial*")) and b"Traceback" not in said
    done = run(folder, *TABLES)
    assert done.returncode == 0, done.stderr
    assert _repeated(before, folder) == set()
    assert_same_tables(folder, finished)


BROKEN = """
import torch

LEAST = {least}
trimmed = False


def scores(network, units, batches=None, *, loss=None, seed=0):
    global trimmed
    trimmed = sum(parameter.numel() for parameter in network.parameters()) < LEAST
    return torch.arange(len(units)).double()


class Broken:
    def __init__(self, task, strategy, teachers):
        self.loss = task.loss

    def __call__(self, network, inputs, targets):
        return self.loss(network(inputs), targets) * (float("nan") if trimmed else 1)
"""
"""A criterion and an objective: the loss is no number for a network that begins with less than `LEAST` parameters."""


def test_a_loss_that_is_no_number_leaves_a_hole_and_no_more(finished: Path, tmp_path: Path) -> None:
    """Its ticket is given up, as is what starts from it; the rest is as without that strategy; the page says so."""
    strategies = {
        "broken": {"criterion": "broken:scores", "scope": "local", "objective": "broken:Broken"},
        "after": {"like": "broken", "objective": "supervised"},
    }
    grid = {**TINY["grid"], "strategies": ["trim", "mask", *strategies]}
    folder = checkout(_begun(finished, tmp_path / "run"), grid=grid, strategies=strategies)
    dense = pd.read_csv(finished / "results/tiny/costs.csv").set_index("strategy").loc["dense", "parameters"]
    (folder / "broken.py").write_text(BROKEN.format(least=int(0.9 * dense)))
    before = _times(folder)
    done = run(folder)
    assert done.returncode == 0, done.stderr
    assert _repeated(before, folder) == set()
    found, expected = (pd.read_csv(path / "results/tiny/results.csv", dtype=str) for path in (folder, finished))
    known = found["strategy"].isin(expected["strategy"])
    pd.testing.assert_frame_equal(found[known].reset_index(drop=True), expected)
    assert set(found[~known].groupby(["strategy", "removed_target"]).groups) == {("broken", "0.5"), ("after", "0.5")}
    page = (folder / "reports/tiny/index.html").read_text()
    for strategy in strategies:
        where = f"synthetic/onset/spectral_cnn/seed-0/{strategy}/removed-0.80: "
        assert f"{where}onset broken 0.8 removed, step 20: the loss is nan" in page
    log = next(folder.glob("results/tiny/logs/rung/*broken-0.80.log")).read_text()
    assert "once more at 0.1 of the learning rate" in log
    again = run(folder)
    assert again.returncode == 0 and "Nothing to be done" in again.stderr, again.stderr
