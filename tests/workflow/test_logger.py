"""What the terminal says of a job that failed."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from snakemake_interface_logger_plugins.common import LogEvent
from snakemake_interface_logger_plugins.settings import OutputSettingsLoggerInterface

from snakemake_logger_plugin_ultralight import LogHandler

TRACEBACK = 'Traceback (most recent call last):\n  File "x.py", line 1\nValueError: 3 rows\n'


class _Settings(OutputSettingsLoggerInterface):
    def __init__(self) -> None:
        self.dryrun = False


def record(event: LogEvent, **fields: object) -> logging.LogRecord:
    return logging.makeLogRecord(
        {"event": event, "levelno": logging.INFO, "created": time.time(), "rule_name": "rung", "jobid": 7, **fields}
    )


def plugin() -> LogHandler:
    """The plugin as Snakemake sets it up."""
    handler, settings = object.__new__(LogHandler), _Settings()
    logging.Handler.__init__(handler)
    handler.common_settings = settings
    handler.__post_init__()
    return handler


def failure(log: Path, text: str | None, capsys: pytest.CaptureFixture[str], late: bool = False) -> str:
    """What is said of a job that wrote `text` into its log and failed; `late`: before Snakemake's word was heard."""
    handler = plugin()
    begin = record(LogEvent.JOB_INFO, wildcards={}, log=[str(log)])
    if not late:
        handler.emit(begin)
    if text is not None:
        log.write_text(text)
    if late:
        handler.emit(begin)
    handler.emit(record(LogEvent.JOB_ERROR, log=[str(log)]))
    return capsys.readouterr().err.splitlines()[0]


@pytest.mark.parametrize(("dry", "said"), [(True, "7 jobs: 6 rung, 1 all\n"), (False, "")])
def test_a_quiet_dry_run_tells_its_jobs(capsys: pytest.CaptureFixture[str], dry: bool, said: str) -> None:
    handler = plugin()
    handler.common_settings.dryrun = dry
    handler.addFilter(lambda record: False)  # as Snakemake's own for `--quiet rules progress`
    handler.handle(record(LogEvent.RUN_INFO, stats={"rung": 6, "all": 1, "total": 7}))
    handler.handle(record(LogEvent.JOB_ERROR, log=[]))
    assert capsys.readouterr().err == said


@pytest.mark.parametrize("late", [False, True])
@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("reading\nerror: a.wav: silent\nerror: second\ntidied up\n", "error: a.wav: silent"),
        (TRACEBACK, "ValueError: 3 rows"),
        ("step 3 of 9, loss 0.1\n\n", "step 3 of 9, loss 0.1"),
        ("", "no word in its log"),
    ],
)
def test_the_first_error_of_the_log_is_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str, expected: str, late: bool
) -> None:
    assert failure(tmp_path / "log", text, capsys, late) == f"FAILED rung: {expected}"


@pytest.mark.parametrize("text", [None, ""])
def test_an_older_runs_log_is_not_repeated(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str | None
) -> None:
    log = tmp_path / "log"
    log.write_text("error: of yesterday\n")
    os.utime(log, (time.time() - 86_400,) * 2)
    assert failure(log, text, capsys) == "FAILED rung: no word in its log"


def test_the_same_error_again_is_this_runs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    log = tmp_path / "log"
    log.write_text("error: again\n")
    os.utime(log, (time.time() - 86_400,) * 2)
    assert failure(log, "error: again\n", capsys) == "FAILED rung: error: again"


SNAKEFILE = """
rule all:
    input: "a", "b", "c", "d"

rule says:
    output: "a"
    log: "a.log"
    shell: "(echo 'error: first'; echo last; exit 1) > {log}"

rule dumb:
    output: "b"
    log: "b.log"
    shell: "exit 1"

rule shot:
    output: "c"
    log: "c.log"
    shell: "echo step 1 > {log}; kill -9 $$"

rule child_shot:
    output: "d"
    log: "d.log"
    shell: "bash -c 'kill -9 $$'; true"
"""


def test_snakemake_says_it_so(tmp_path: Path) -> None:
    (tmp_path / "Snakefile").write_text(SNAKEFILE)
    for name in ("a.log", "b.log", "c.log", "d.log"):
        (tmp_path / name).write_text("error: of yesterday\n")
        os.utime(tmp_path / name, (time.time() - 86_400,) * 2)
    command: list[Any] = [sys.executable, "-m", "snakemake", "--cores", "2", "-k", "--logger", "ultralight"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 1
    assert "FAILED says: error: first\n" in done.stderr
    assert "FAILED dumb: no word in its log\n" in done.stderr
    assert "FAILED shot: killed (out of memory? fewer --cores take less); its log ends: step 1\n" in done.stderr
    assert "FAILED child_shot: killed (out of memory? fewer --cores take less)\n" in done.stderr
    said = [line for line in done.stderr.splitlines() if line.startswith("CalledProcessError")]
    assert len(said) == 1, "what is raised is said where nothing else tells"


def test_no_time_is_promised_before_a_job_of_the_kind_that_is_left_has_ended(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two dense networks of 100 s each say nothing of sixty rungs; the first rung does."""
    clock = [0.0]
    monkeypatch.setattr("snakemake_logger_plugin_ultralight.time.monotonic", lambda: clock[0])
    handler = plugin()
    handler.emit(record(LogEvent.RUN_INFO, stats={"dense": 2, "rung": 60, "report": 1, "total": 63}))
    for jobid, (rule, seconds) in enumerate([("dense", 100), ("dense", 100), ("rung", 60)]):
        handler.emit(record(LogEvent.JOB_INFO, wildcards={}, log=[], rule_name=rule, jobid=jobid))
        clock[0] += seconds
        handler.emit(record(LogEvent.JOB_FINISHED, job_id=jobid))
    said = capsys.readouterr().err.splitlines()[1:]
    assert ["left" in line for line in said] == [False, False, True]
    assert "about 60 min left" in said[2]  # 59 rungs of 60 s, and a report that may take as long as others do
