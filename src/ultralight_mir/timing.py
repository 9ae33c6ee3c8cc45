"""Where a job's time goes, phase by phase, in core-seconds and seconds."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ultralight_mir.files import write_json


def _since_process_start() -> float:
    """Wall seconds since this process began (Linux; elsewhere the CPU time so far stands in)."""
    try:
        ticks = int(Path("/proc/self/stat").read_text().rpartition(")")[2].split()[19])
        uptime = float(Path("/proc/uptime").read_text().split()[0])
        return uptime - ticks / os.sysconf("SC_CLK_TCK")
    except OSError:
        return time.process_time()


class Clock:
    """Adds up phases. What is in no phase (imports, reading, writing) is "start-up"."""

    def __init__(self) -> None:
        self._begun = time.perf_counter() - _since_process_start()
        self.phases: dict[str, list[float]] = {}

    @contextmanager
    def phase(self, name: str) -> Iterator[None]:
        """Count what runs inside as `name`."""
        cores, wall = time.process_time(), time.perf_counter()
        try:
            yield
        finally:
            sums = self.phases.setdefault(name, [0.0, 0.0])
            sums[0] += time.process_time() - cores
            sums[1] += time.perf_counter() - wall

    def write(self, path: Path, rule: str) -> None:
        """Write `timing.json`: the rule, and `[core-seconds, seconds]` for each phase."""
        spent = [sum(p[i] for p in self.phases.values()) for i in (0, 1)]
        rest = [time.process_time() - spent[0], time.perf_counter() - self._begun - spent[1]]
        phases = {"start-up": rest, **self.phases}
        write_json(path, {"rule": rule, "phases": {k: [round(x, 3) for x in v] for k, v in phases.items()}})
