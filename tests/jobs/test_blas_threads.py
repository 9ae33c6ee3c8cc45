"""What numpy computes does not depend on the threads that the environment names, as Snakemake's does for every job."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from ultralight_mir.jobs import blas_threads, warm_client
from ultralight_mir.jobs.warm_server import COMMANDS, kept

CLIPS = 20
"""So many are needed for one to differ, where threads are not fixed."""
STORE = ("inputs.npy", "targets.npy", "clips.csv", "store.json")
FEATURES = {"pitch": "cqt_pitch", "chord": "cqt_chord"}
TELL = """
def preload(command):
    import numpy

def command():
    from threadpoolctl import threadpool_info
    print([library["num_threads"] for library in threadpool_info()])
    return 0
"""
"""Commands of a warm process that say how many threads the libraries have."""


def environment(threads: int) -> dict[str, str]:
    return {**os.environ, **dict.fromkeys(blas_threads.VARIABLES, str(threads)), warm_client.VARIABLE: "off"}


def warmable(threads: int) -> dict[str, str]:
    return {name: value for name, value in environment(threads).items() if name != warm_client.VARIABLE}


def run(folder: Path, variables: dict[str, str], *arguments: str) -> str:
    command = [sys.executable, "-m", "ultralight_mir", *arguments]
    done = subprocess.run(command, cwd=folder, env=variables, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("task", FEATURES)
def test_features_are_the_same_bytes_whatever_the_threads(tmp_path: Path, task: str) -> None:
    settings = f'{{"kind": "synthetic", "clips": {{"{task}": {CLIPS}}}, "seed": 0}}'
    run(tmp_path, environment(1), "corpus", task, "corpus", "--settings", settings)
    run(tmp_path, environment(1), "splits", task, "corpus")
    for threads, processes in ((1, 1), (4, 1), (4, 3)):
        folder = f"{threads}-{processes}"
        arguments = ("features", task, FEATURES[task], "corpus", folder, "--threads", str(processes))
        run(tmp_path, environment(threads), *arguments)
        for name in STORE:
            assert (tmp_path / folder / name).read_bytes() == (tmp_path / "1-1" / name).read_bytes()


@pytest.mark.skipif(sys.platform != "linux", reason="jobs start warm on Linux only")
def test_clips_and_features_of_a_warm_process_are_the_same_bytes(tmp_path: Path) -> None:
    cold = environment(4)
    with kept(warmable(4), COMMANDS) as warm:
        for name, variables in (("cold", cold), ("warm", warm)):
            (folder := tmp_path / name).mkdir()
            run(folder, variables, "corpus", "onset", "corpus")
            run(folder, cold, "splits", "onset", "corpus")
            run(folder, variables, "features", "onset", "log_mel", "corpus", "features")
    made = [path.relative_to(tmp_path / "cold") for path in (tmp_path / "cold").glob("corpus/*/*")]
    assert len(made) > CLIPS
    for path in (*made, *(Path("features") / name for name in STORE)):
        assert (tmp_path / "warm" / path).read_bytes() == (tmp_path / "cold" / path).read_bytes()


@pytest.mark.skipif(sys.platform != "linux", reason="jobs start warm on Linux only")
def test_a_warm_process_computes_with_one_thread_whatever_it_and_the_job_were_given(tmp_path: Path) -> None:
    (tmp_path / "tell.py").write_text(TELL)
    variables = warmable(4)
    variables["PYTHONPATH"] = os.pathsep.join([str(tmp_path), os.environ.get("PYTHONPATH", "")])
    with kept(variables, "tell") as warm:
        assert run(tmp_path, warm, "train") == "[1]\n"


def test_processes_that_a_command_starts_compute_with_one_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in blas_threads.VARIABLES:
        monkeypatch.setenv(name, "4")
    blas_threads.fix()
    tell = "import numpy, threadpoolctl; print([x['num_threads'] for x in threadpoolctl.threadpool_info()])"
    done = subprocess.run([sys.executable, "-c", tell], capture_output=True, text=True, check=True)
    assert done.stdout == "[1]\n"
