"""`ultralight-mir run` and how it ends: whatever kills it, nothing of it is left, and the next start goes on."""

from __future__ import annotations

import fcntl
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from processes import comes_about, processes

from ultralight_mir.errors import InputError
from ultralight_mir.jobs import lock

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="processes are looked at as Linux shows them")
SNAKEFILE = """
rule all:
    input: "cold.txt", "warm.txt"

rule cold:
    output: "cold.txt"
    shell: "test -e quick || {python} slow.py; touch {{output}}"

rule warm:
    output: "warm.txt"
    shell: "test -e quick || {python} -m ultralight_mir train features dense --settings $(cat job); touch {{output}}"
"""
SETTINGS = '{"network":"spectral_cnn","schedule":{"steps":2}}'
SLOW = """
import time
from ultralight_mir.jobs import lock
lock.join()
open("begun", "w").close()
time.sleep(600)
"""


LIGHT = """
def preload(command):
    pass

def command():
    return int(open("features/store.json").read())
"""
"""In the place of the commands, as it imports nothing."""
LAUNCH = "import sys; from ultralight_mir.jobs.launch import launch; sys.exit(launch(['--cores', '2'], 'light'))"


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """A workflow of two jobs that do not end before there is a file `quick`: a cold one, a warm one."""
    (tmp_path / "job").write_text(SETTINGS)
    (tmp_path / "Snakefile").write_text(SNAKEFILE.format(python=sys.executable))
    (tmp_path / "slow.py").write_text(SLOW)
    (tmp_path / "light.py").write_text(LIGHT)
    (tmp_path / "features").mkdir()
    os.mkfifo(tmp_path / "features" / "store.json")
    yield tmp_path
    for process in processes(tmp_path):
        os.kill(process, signal.SIGKILL)


def command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "ultralight_mir", "run", "--cores", "2", *arguments]


def start(
    folder: Path, entry: Sequence[str] = (sys.executable, "-c", LAUNCH), ignored: int = 0
) -> subprocess.Popen[str]:
    """A run in `folder` whose two jobs are at work."""

    def ignore() -> None:
        for number in (signal.SIGINT, signal.SIGHUP, signal.SIGTERM):  # nohup and & leave some ignored
            signal.signal(number, signal.SIG_DFL)
        if ignored:
            signal.signal(ignored, signal.SIG_IGN)

    (folder / "begun").unlink(missing_ok=True)
    with (folder / "stderr.txt").open("w") as stderr:
        streams = {"stdout": subprocess.DEVNULL, "stderr": stderr}
        run = subprocess.Popen(entry, cwd=folder, text=True, preexec_fn=ignore, start_new_session=True, **streams)
    assert comes_about(lambda: (folder / "begun").exists() and len(processes(folder, "jobs.warm_server")) == 2), (
        folder / "stderr.txt"
    ).read_text()
    return run


def finish(folder: Path) -> None:
    """A further run in `folder`, to its end."""
    (folder / "quick").touch()
    run = subprocess.run(command(), cwd=folder, capture_output=True, text=True, timeout=120, check=False)
    assert run.returncode == 0, run.stderr
    assert (folder / "cold.txt").exists() and (folder / "warm.txt").exists()
    assert comes_about(lambda: not processes(folder))


@pytest.mark.parametrize("name", ["SIGTERM", "SIGHUP", "SIGINT", "SIGKILL"])
def test_nothing_outlives_a_run_that_a_signal_ends(folder: Path, name: str) -> None:
    run, number = start(folder, command()), signal.Signals[name]
    run.send_signal(number)
    status = run.wait(timeout=30)
    if number == signal.SIGKILL:
        assert comes_about(lambda: not processes(folder), 12.0)
    else:
        assert status == 128 + number
        assert not processes(folder)
    assert not (folder / "cold.txt").exists() and not (folder / "warm.txt").exists()
    finish(folder)


def test_a_run_that_is_killed_goes_on_at_once(folder: Path) -> None:
    start(folder).kill()
    finish(folder)  # it waits for what is left of the other


def test_nothing_outlives_a_run_whose_snakemake_is_killed(folder: Path) -> None:
    run = start(folder)
    os.kill(processes(folder, "snakemake_process")[0], signal.SIGKILL)
    assert run.wait(timeout=30) == 128 + signal.SIGKILL
    assert not processes(folder)
    assert any((folder / ".snakemake" / "locks").iterdir())
    finish(folder)


def test_a_run_that_a_script_started_in_the_background_ends_as_well(folder: Path) -> None:
    run = start(folder, ignored=signal.SIGINT)
    run.send_signal(signal.SIGINT)
    run.terminate()
    assert run.wait(timeout=30) == 128 + signal.SIGTERM
    assert not processes(folder)


def test_nohup_is_respected(folder: Path) -> None:
    run = start(folder, ignored=signal.SIGHUP)
    run.send_signal(signal.SIGHUP)
    with pytest.raises(subprocess.TimeoutExpired):
        run.wait(timeout=0.5)
    run.terminate()
    assert run.wait(timeout=30) == 128 + signal.SIGTERM


def _stopped(process: int) -> bool:
    return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] == "T"


def test_a_run_that_pauses_pauses_its_jobs(folder: Path) -> None:
    run = start(folder)
    group = [*processes(folder, "snakemake_process"), *processes(folder, "slow.py"), run.pid]
    run.send_signal(signal.SIGTSTP)
    assert comes_about(lambda: all(map(_stopped, group)))
    run.send_signal(signal.SIGCONT)
    assert comes_about(lambda: not any(map(_stopped, group)))
    run.terminate()
    assert run.wait(timeout=30) == 128 + signal.SIGTERM


def test_a_second_start_is_refused_with_one_line(folder: Path) -> None:
    run = start(folder)
    second = subprocess.run(command(), cwd=folder, capture_output=True, text=True, timeout=60, check=False)
    assert second.returncode == 1
    assert second.stderr == (
        f"error: {folder}: another run is at work here (process {run.pid}); wait for it or stop it\n"
    )
    assert run.poll() is None and len(processes(folder, "slow.py")) == 2  # bash and Python
    run.terminate()
    assert run.wait(timeout=30) == 128 + signal.SIGTERM


def test_a_start_is_refused_while_any_job_of_a_killed_run_lives(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = start(folder)
    masters = (*processes(folder, "snakemake_process"), run.pid)
    for end in (signal.SIGSTOP, signal.SIGKILL):  # nobody is left to end the jobs, nor sees the other's end
        for process in masters:
            os.kill(process, end)
    run.wait()
    monkeypatch.setattr(lock, "PATIENCE", 0.5)
    with pytest.raises(InputError, match=r"another run is at work here \(process \d+, \d+, \d+\)"), lock.lock(folder):
        pass
    cold = processes(folder, f"{sys.executable} slow.py")
    os.kill(processes(folder, "train features dense")[-1], signal.SIGKILL)
    assert comes_about(lambda: not processes(folder, "jobs.warm_server"))
    with pytest.raises(InputError, match=rf"another run is at work here \(process {cold[-1]}\)"), lock.lock(folder):
        pass
    for process in processes(folder):
        os.kill(process, signal.SIGKILL)
    finish(folder)


def test_a_warm_process_that_lingers_hinders_nobody(folder: Path) -> None:
    run = start(folder)
    warm = min(processes(folder, "jobs.warm_server"))
    os.kill(warm, signal.SIGSTOP)
    run.kill()
    assert comes_about(lambda: processes(folder) == [warm], 12.0)
    with lock.lock(folder):
        pass
    os.kill(warm, signal.SIGKILL)


def test_a_job_whose_run_is_gone_does_not_begin_beside_the_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with lock.lock(tmp_path) as first:
        environment = first.environment
        assert not first.killed
    job = [sys.executable, "-m", "ultralight_mir", "datasets"]
    with lock.lock(tmp_path) as second:
        assert second.killed  # it never said that it ended by itself
        for run, status in ((environment, 1), (second.environment, 0)):
            done = subprocess.run(job, env={**os.environ, **run}, capture_output=True, text=True, check=False)
            assert done.returncode == status
            assert ("the run that started this job is gone" in done.stderr) == bool(status)
        lock.end(second.descriptor)
    with lock.lock(tmp_path) as third:
        assert not third.killed


def test_the_lock_lives_as_long_as_anybody_who_inherited_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lock, "PATIENCE", 0.2)
    with lock.lock(tmp_path) as folder:
        heir = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE, pass_fds=[folder.descriptor])
    with pytest.raises(InputError, match=rf"process {heir.pid}\)"), lock.lock(tmp_path):
        pass
    heir.communicate()
    with lock.lock(tmp_path) as folder, (tmp_path / lock.WORK).open("r+") as stream, pytest.raises(BlockingIOError):
        fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)


def test_a_lock_of_plain_snakemake_is_left_alone(folder: Path) -> None:
    locks = folder / ".snakemake" / "locks"
    locks.mkdir(parents=True)
    (locks / "0.output.lock").write_text("cold.txt\n")
    (folder / "quick").touch()
    run = subprocess.run(command(), cwd=folder, capture_output=True, text=True, timeout=60, check=False)
    assert run.returncode == 1 and "lock" in run.stderr
    assert (locks / "0.output.lock").exists() and not (folder / "cold.txt").exists()


def test_a_file_in_the_way_is_one_line(tmp_path: Path) -> None:
    (tmp_path / ".snakemake").touch()
    run = subprocess.run(command(), cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False)
    assert (run.returncode, run.stderr) == (
        1,
        f"error: {tmp_path}/.snakemake: not a folder, expected one to write in\n",
    )
