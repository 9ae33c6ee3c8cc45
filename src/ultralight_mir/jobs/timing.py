"""Where a job's time goes, phase by phase, in core-seconds and seconds."""

from __future__ import annotations

import os
import resource
import sys
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


def _core_seconds() -> float:
    """CPU time of this process and of those that it started and that have ended."""
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + children.ru_utime + children.ru_stime


def _peak_mib() -> int:
    """The most memory that this process has had, or one that it started, in MiB (Linux; macOS counts in bytes)."""
    peak = max(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return peak // (2**20 if sys.platform == "darwin" else 2**10)


_charged = [0.0, 0.0]


def charge(cores: float, wall: float) -> None:
    """Have this process's clocks begin with core-seconds and seconds that other processes spent on starting it."""
    _charged[:] = [cores, wall]


class Clock:
    """Adds up phases. What is in no phase (imports, reading, writing) is "start-up"."""

    def __init__(self) -> None:
        cores, wall = _charged
        self._begun = [-cores, time.perf_counter() - _since_process_start() - wall]
        self.phases: dict[str, list[float]] = {}
        self._inside = [0.0, 0.0]  # what phases within the present one took

    @contextmanager
    def phase(self, name: str) -> Iterator[None]:
        """Count what runs inside as `name`, and no more as the phase around it."""
        begun = [_core_seconds(), time.perf_counter()]
        around, self._inside = self._inside, [0.0, 0.0]
        try:
            yield
        finally:
            taken = [_core_seconds() - begun[0], time.perf_counter() - begun[1]]
            sums = self.phases.setdefault(name, [0.0, 0.0])
            for i in (0, 1):
                sums[i] += taken[i] - self._inside[i]
                around[i] += taken[i]
            self._inside = around

    def write(self, path: Path, rule: str) -> None:
        """Write `timing.json`: the rule, `[core-seconds, seconds]` for each phase, the most memory; count on anew."""
        now = [_core_seconds(), time.perf_counter()]
        rest = [now[i] - self._begun[i] - sum(p[i] for p in self.phases.values()) for i in (0, 1)]
        phases = {"start-up": rest, **self.phases}
        rounded = {k: [round(x, 3) for x in v] for k, v in phases.items()}
        write_json(path, {"rule": rule, "phases": rounded, "peak_mib": _peak_mib()})
        self._begun, self.phases = now, {}
