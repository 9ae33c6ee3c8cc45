"""A Snakemake logger plugin (`--logger ultralight`): one line a finished job, with its loss and the time left."""

from __future__ import annotations

import sys
import time
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from logging import WARNING, LogRecord
from pathlib import Path
from typing import Any, TypeAlias

from snakemake_interface_logger_plugins.base import LogHandlerBase
from snakemake_interface_logger_plugins.common import LogEvent

WILDCARDS = ("corpus", "task", "network", "seed", "feature", "strategy", "removed", "ticket")

State: TypeAlias = tuple[int, int, int] | None
"""Inode, size and time of a file; None where there is none."""
KILLED = ("died with <Signals.SIGKILL: 9>.", "returned non-zero exit status 137.")
"""How what Snakemake says of a command ends that was killed itself, or whose shell says so."""
TICK = 0.02
"""Seconds that the times of files may be behind the clock."""


def state(path: str) -> State:
    """What tells whether a file has been written to since."""
    try:
        status = Path(path).stat()
    except OSError:
        return None
    return status.st_ino, status.st_size, status.st_mtime_ns


@dataclass
class Job:
    """A job that has begun.

    Args:
        logs: its logs and what they were, left by an older run, when Snakemake's word of its beginning was heard.
        told: when Snakemake said so, in seconds since the epoch; a quick job may have ended by the time it is heard.
    """

    rule: str
    wildcards: dict[str, str]
    logs: dict[str, State]
    told: float
    begun: float

    def lines(self) -> list[str]:
        """The lines of its logs that are not empty; nothing that an older run left there."""
        texts = []
        for path, before in self.logs.items():
            now = state(path)
            if now and (now != before or now[2] >= (self.told - TICK) * 1e9):
                texts += Path(path).read_text(encoding="utf-8", errors="replace").split("\n")
        return [text.strip() for text in texts if text.strip()]


def cause(texts: Sequence[str], killed: bool) -> str:
    """What a log says went wrong: its first line that is an error, else its last, which ends a traceback.

    Who was killed had no time for an error, and the system kills where memory runs out.
    """
    error, last = next((text for text in texts if text.startswith("error:")), ""), "".join(texts[-1:])
    if killed and not error:
        return "killed (out of memory? fewer --cores take less)" + (f"; its log ends: {last}" if last else "")
    return error or last


class LogHandler(LogHandlerBase):
    """Writes to standard error; quiet about what a reader cannot act on."""

    def __post_init__(self) -> None:
        self._jobs: dict[int, Job] = {}
        self._counts: Counter[str] = Counter()
        self._seconds: defaultdict[str, list[float]] = defaultdict(list)
        self._begun = time.monotonic()
        self._busy = 0.0
        self._raised: dict[int | None, str] = {}

    @property
    def writes_to_stream(self) -> bool:
        """It takes the place of Snakemake's own output."""
        return True

    @property
    def writes_to_file(self) -> bool:
        """Snakemake keeps its own log file beside it."""
        return False

    @property
    def has_filter(self) -> bool:
        """Snakemake's own filter (`--quiet` and the like) is kept."""
        return False

    @property
    def has_formatter(self) -> bool:
        """Snakemake's own formatter is kept for everything but jobs."""
        return False

    @property
    def needs_rulegraph(self) -> bool:
        """No."""
        return False

    def filter(self, record: LogRecord) -> bool:
        """What is said; of a dry run its jobs, however quiet: asked to be that, it ends once it knows them."""
        counts = record.__dict__.get("event") == LogEvent.RUN_INFO
        return (counts and self.common_settings.dryrun) or bool(super().filter(record))

    def emit(self, record: LogRecord) -> None:
        """One record of Snakemake's to at most one line."""
        fields: dict[str, Any] = record.__dict__
        event = fields.get("event")
        if event == LogEvent.RUN_INFO:
            self._counts = Counter({k: v for k, v in fields["stats"].items() if k != "total"})
            self._say(f"{self._counts.total()} jobs: " + ", ".join(f"{n} {rule}" for rule, n in self._counts.items()))
        elif event == LogEvent.JOB_INFO and not self.common_settings.dryrun:
            wildcards, logs = dict(fields["wildcards"] or {}), {path: state(path) for path in fields["log"] or ()}
            self._jobs[fields["jobid"]] = Job(fields["rule_name"], wildcards, logs, record.created, time.monotonic())
        elif event == LogEvent.JOB_FINISHED:
            self._finished(fields["job_id"])
        elif event == LogEvent.ERROR and "CalledProcessError" in str(fields["msg"]):
            self._raised[record.thread] = self.format(record)  # of a job's command; the thread says next which job's
        elif event == LogEvent.JOB_ERROR:
            self._failed(fields, self._raised.pop(record.thread, ""))
        elif event in (LogEvent.PROGRESS, LogEvent.JOB_STARTED, LogEvent.SHELLCMD, LogEvent.WORKFLOW_STARTED):
            return
        elif event == LogEvent.JOB_INFO or record.levelno >= WARNING or fields.get("msg") in _WORTH_SAYING:
            self._say(self.format(record))

    def _finished(self, jobid: int) -> None:
        job = self._jobs.pop(jobid, None)
        if job is None:
            return
        taken = time.monotonic() - job.begun
        self._seconds[job.rule].append(taken)
        self._busy += taken
        done, total = sum(map(len, self._seconds.values())), self._counts.total()
        last = "".join(job.lines()[-1:])
        loss = last[last.index("loss ") :].split(",")[0] if "loss " in last else ""
        parts = [job.rule, " ".join(job.wildcards[w] for w in WILDCARDS if w in job.wildcards), loss, f"{taken:.1f} s"]
        self._say(f"[{done:>4} of {total}{self._left()}] " + "  ".join(filter(None, parts)))

    def _left(self) -> str:
        """How long still, from how long jobs of each rule took so far and how many ran side by side.

        Nothing while most of what is left is of rules of which no job has ended: a guess would be off by hours.
        """
        means = {rule: sum(taken) / len(taken) for rule, taken in self._seconds.items()}
        left = {rule: n - len(self._seconds.get(rule, ())) for rule, n in self._counts.items()}
        unknown = sum(n for rule, n in left.items() if rule not in means)
        if not any(left.values()) or 2 * unknown > sum(left.values()):
            return ""
        seconds = sum(n * means.get(rule, sum(means.values()) / len(means)) for rule, n in left.items())
        beside = max(1.0, self._busy / max(time.monotonic() - self._begun, 1e-3))
        minutes = seconds / beside / 60
        return f", about {minutes:.0f} min left" if minutes >= 1.5 else f", about {minutes * 60:.0f} s left"

    def _failed(self, fields: dict[str, Any], raised: str) -> None:
        job, paths = self._jobs.pop(fields["jobid"], None), fields["log"] or ()
        text = cause(job.lines() if job else (), raised.endswith(KILLED))
        if not text:
            text = "no word in its log"
            self._say(raised)
        self._say(f"FAILED {fields['rule_name']}: {text}\n       log: {', '.join(paths) or 'none'}")

    def _say(self, text: str) -> None:
        if text:
            print(text, file=sys.stderr, flush=True)


_WORTH_SAYING = frozenset({"Nothing to be done (all requested files are present and up to date)."})
