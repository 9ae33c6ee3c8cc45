"""A Snakemake logger plugin (`--logger ultralight`): one line a finished job, with its loss and the time left."""

from __future__ import annotations

import sys
import time
from collections import Counter, defaultdict
from dataclasses import dataclass
from logging import WARNING, LogRecord
from pathlib import Path
from typing import Any

from snakemake_interface_logger_plugins.base import LogHandlerBase
from snakemake_interface_logger_plugins.common import LogEvent

WILDCARDS = ("corpus", "task", "network", "seed", "feature", "strategy", "removed", "ticket")


@dataclass
class _Running:
    """A job that has begun."""

    rule: str
    wildcards: dict[str, str]
    logs: list[str]
    begun: float


def last_line(paths: list[str]) -> str:
    """The last line of a job's log, "" where there is none."""
    for path in paths:
        try:
            lines = Path(path).read_text(encoding="utf-8", errors="replace").split("\n")
        except OSError:
            continue
        said = [line for line in lines if line.strip()]
        if said:
            return said[-1].strip()
    return ""


class LogHandler(LogHandlerBase):
    """Writes to standard error; quiet about what a reader cannot act on."""

    def __post_init__(self) -> None:
        self._jobs: dict[int, _Running] = {}
        self._counts: Counter[str] = Counter()
        self._seconds: defaultdict[str, list[float]] = defaultdict(list)
        self._begun = time.monotonic()
        self._busy = 0.0

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

    def emit(self, record: LogRecord) -> None:
        """One record of Snakemake's to at most one line."""
        about: dict[str, Any] = record.__dict__
        event = about.get("event")
        if event == LogEvent.RUN_INFO:
            self._counts = Counter({k: v for k, v in about["stats"].items() if k != "total"})
            self._say(f"{self._counts.total()} jobs: " + ", ".join(f"{n} {rule}" for rule, n in self._counts.items()))
        elif event == LogEvent.JOB_INFO and not self.common_settings.dryrun:
            wildcards, logs = dict(about["wildcards"] or {}), list(about["log"] or [])
            self._jobs[about["jobid"]] = _Running(about["rule_name"], wildcards, logs, time.monotonic())
        elif event == LogEvent.JOB_FINISHED:
            self._finished(about["job_id"])
        elif event == LogEvent.JOB_ERROR:
            self._failed(about)
        elif event in (LogEvent.PROGRESS, LogEvent.JOB_STARTED, LogEvent.SHELLCMD, LogEvent.WORKFLOW_STARTED):
            return
        elif event == LogEvent.JOB_INFO or record.levelno >= WARNING or about.get("msg") in _WORTH_SAYING:
            self._say(self.format(record))

    def _finished(self, jobid: int) -> None:
        job = self._jobs.pop(jobid, None)
        if job is None:
            return
        taken = time.monotonic() - job.begun
        self._seconds[job.rule].append(taken)
        self._busy += taken
        done, total = sum(map(len, self._seconds.values())), self._counts.total()
        said = last_line(job.logs)
        loss = said[said.index("loss ") :].split(",")[0] if "loss " in said else ""
        parts = [job.rule, " ".join(job.wildcards[w] for w in WILDCARDS if w in job.wildcards), loss, f"{taken:.1f} s"]
        self._say(f"[{done:>4} of {total}{self._left()}] " + "  ".join(filter(None, parts)))

    def _left(self) -> str:
        """How long still, from how long jobs of each rule took so far and how many ran side by side."""
        known = {rule: sum(s) / len(s) for rule, s in self._seconds.items()}
        left = sum((n - len(self._seconds.get(rule, ()))) * known.get(rule, 1.0) for rule, n in self._counts.items())
        beside = max(1.0, self._busy / max(time.monotonic() - self._begun, 1e-3))
        minutes = left / beside / 60
        if not left:
            return ""
        return f", about {minutes:.0f} min left" if minutes >= 1.5 else f", about {minutes * 60:.0f} s left"

    def _failed(self, about: dict[str, Any]) -> None:
        logs = list(about["log"] or [])
        said = last_line(logs) or "no word in its log"
        self._say(f"FAILED {about['rule_name']}: {said}\n       log: {', '.join(logs) or 'none'}")

    def _say(self, text: str) -> None:
        if text:
            print(text, file=sys.stderr, flush=True)


_WORTH_SAYING = frozenset({"Nothing to be done (all requested files are present and up to date)."})
