"""Jobs in forks of a warm process do as they would in a process of their own, and leave nobody behind."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from processes import comes_about, processes

from ultralight_mir.jobs import warm_client
from ultralight_mir.jobs.warm_client import VARIABLE
from ultralight_mir.jobs.warm_server import COMMANDS, kept

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="jobs start warm on Linux only")
SETTINGS = '{"network": "spectral_cnn", "schedule": {"steps": 2}}'
COLD = {k: v for k, v in os.environ.items() if k != VARIABLE}


@pytest.fixture(scope="module")
def environment() -> Iterator[dict[str, str]]:
    with kept(COLD, COMMANDS) as environment:
        yield environment


def start(environment: dict[str, str], folder: Path, *arguments: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "ultralight_mir", *arguments]
    streams = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    return subprocess.Popen(command, cwd=folder, env=environment, text=True, **streams)


def start_reading(environment: dict[str, str], folder: Path) -> tuple[subprocess.Popen[str], int]:
    """A job that is at work and waits for its features, which it reads from a pipe; and the pipe's other end."""
    store = folder / "features" / "store.json"
    store.parent.mkdir()
    os.mkfifo(store)
    job = start(environment, folder, "train", "features", "dense", "--settings", SETTINGS)
    while job.poll() is None:
        try:
            return job, os.open(store, os.O_WRONLY | os.O_NONBLOCK)
        except OSError:
            time.sleep(0.02)  # nobody reads yet
    raise AssertionError(job.communicate())


def forks(folder: Path) -> list[int]:
    """Processes at work in `folder` that are forks of a warm one."""
    return processes(folder, "ultralight_mir.jobs.warm_server")


@pytest.mark.parametrize(
    "arguments",
    [
        ("train", "nowhere", "dense", "--settings", SETTINGS),
        ("train", "nowhere", "dense", "--settings", "{"),
        ("rung", "--wrong"),
        ("evaluate", "--help"),
        ("corpus", "onsets", "."),
        ("features", "onset", "log_mel", "nowhere", "features"),
    ],
    ids=" ".join,
)
def test_a_warm_job_ends_and_says_what_a_cold_one_does(
    environment: dict[str, str], tmp_path: Path, arguments: tuple[str, ...]
) -> None:
    cold, warmed = start(COLD, tmp_path, *arguments), start(environment, tmp_path, *arguments)
    assert cold.communicate() == warmed.communicate()
    assert cold.returncode == warmed.returncode
    assert cold.returncode == (0 if "--help" in arguments else 2 if "--wrong" in arguments else 1)


def test_a_job_runs_in_its_own_folder_and_a_fork(environment: dict[str, str], tmp_path: Path) -> None:
    job, pipe = start_reading(environment, tmp_path)
    assert len(forks(tmp_path)) == 1
    os.write(pipe, b"{")
    os.close(pipe)
    assert "store.json" in job.communicate()[1]
    assert job.returncode == 1 and comes_about(lambda: not forks(tmp_path))


def test_who_asks_for_nothing_holds_up_nobody_for_long(environment: dict[str, str], tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as silent:
        with warm_client.socket_path(environment[VARIABLE].rpartition(os.pathsep)[2]) as path:
            silent.connect(path)
        job, pipe = start_reading(environment, tmp_path)
        assert len(forks(tmp_path)) == 1
        assert silent.recv(1) == b"", "it is told that nobody will answer"
        job.kill()
        job.communicate()
    os.close(pipe)


def test_a_fork_ends_with_the_job_that_asked_for_it(environment: dict[str, str], tmp_path: Path) -> None:
    job, pipe = start_reading(environment, tmp_path)
    assert len(forks(tmp_path)) == 1
    job.kill()
    job.communicate()
    assert comes_about(lambda: not forks(tmp_path))
    os.close(pipe)


def test_a_killed_fork_is_a_failed_job(environment: dict[str, str], tmp_path: Path) -> None:
    job, pipe = start_reading(environment, tmp_path)
    os.kill(forks(tmp_path)[0], signal.SIGKILL)
    assert (
        job.communicate()[1]
        == "error: the process that did this job was killed (out of memory? fewer --cores take less)\n"
    )
    assert job.returncode == 1
    os.close(pipe)


def test_the_warm_process_ends_with_a_run_that_is_killed(tmp_path: Path) -> None:
    keep = (
        "import os, time; from ultralight_mir.jobs import warm_client, warm_server\n"
        f"with warm_server.kept(dict(os.environ), {COMMANDS!r}) as environment:\n"
        "    print(environment[warm_client.VARIABLE], flush=True)\n"
        "    time.sleep(600)"
    )
    run = subprocess.Popen([sys.executable, "-c", keep], cwd=tmp_path, env=COLD, stdout=subprocess.PIPE, text=True)
    assert run.stdout is not None
    address = run.stdout.readline().strip()
    assert comes_about(lambda: len(forks(tmp_path)) == 1)  # the warm process itself
    run.kill()
    run.communicate()
    assert comes_about(lambda: not forks(tmp_path))
    assert not Path(address.rpartition(os.pathsep)[2]).exists()
    job = start({**COLD, VARIABLE: address}, tmp_path, "train", "nowhere", "dense", "--settings", SETTINGS)
    assert "nowhere" in job.communicate()[1] and job.returncode == 1  # it did without


@pytest.mark.parametrize("address", ["", "off", "/elsewhere:/nowhere", f"{sys.prefix}:/nowhere", "rubbish"])
def test_without_a_warm_process_of_this_environment_a_job_does_it_itself(
    monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    monkeypatch.setenv(VARIABLE, address)
    assert warm_client.call(["ultralight-mir", "train"]) is None


@pytest.mark.parametrize("arguments", [(), ("datasets",), ("--help",)], ids=" ".join)
def test_commands_that_need_no_torch_stay_in_their_process(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    with kept(COLD, "no_such_module") as environment:  # it would die of the first request
        job = start(environment, tmp_path, *arguments)
        assert job.communicate()[0] and job.returncode == (0 if arguments else 2)
        assert processes(Path.cwd(), "no_such_module")


def test_off_keeps_none() -> None:
    with kept({VARIABLE: "off"}, COMMANDS) as environment:
        assert environment == {VARIABLE: "off"}


def test_a_long_folder_of_temporary_files_is_no_hindrance(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    deep = tmp_path / ("a" * 90) / ("b" * 90)
    deep.mkdir(parents=True)
    monkeypatch.setattr(tempfile, "tempdir", str(deep))
    with kept({**COLD, "TMPDIR": str(deep)}, COMMANDS) as environment:
        job, pipe = start_reading(environment, tmp_path)
        assert len(forks(tmp_path)) == 1
        job.kill()
        job.communicate()
        os.close(pipe)


def test_without_a_place_for_a_socket_jobs_start_cold(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "nowhere"))
    with kept(COLD, COMMANDS) as environment:
        assert environment == {**COLD, VARIABLE: "off"}
