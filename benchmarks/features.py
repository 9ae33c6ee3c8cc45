"""What features cost: core-seconds for an hour of audio, processes against one, peak memory at 1 and 20 times a corpus.

python benchmarks/features.py [results] [clips of a corpus that are read, default 200]   (on Linux, for the memory)
"""

from __future__ import annotations

import re
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from ultralight_mir.clips import Clip, read_clips
from ultralight_mir.features import get_feature
from ultralight_mir.features.store import build
from ultralight_mir.tasks import get_task

CASES = (
    ("drums", "log_mel", 60),
    ("instrument", "log_mel_timbre", 60),
    ("pitch", "cqt_pitch", 180),
    ("chord", "cqt_chord", 180),
)
"""Task, feature, core-seconds that an hour of audio may cost."""


def _clips(root: Path, task: str, count: int, times: int = 1) -> list[Clip]:
    clips = read_clips(root / "corpora" / "synthetic" / task)[:count]
    return [replace(clip, track_id=f"{clip.track_id}-{i}") for i in range(times) for clip in clips]


def _peak_mib(root: Path, task: str, feature: str, count: int, times: int) -> float:
    """Peak resident memory of a process that builds the store of a corpus `times` times as long."""
    command = [sys.executable, __file__, "build", str(root), task, feature, str(count), str(times)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return float(done.stdout) / 1024


def _build(root: Path, task: str, feature: str, count: int, times: int) -> None:
    with TemporaryDirectory() as folder:
        build("synthetic", _clips(root, task, count, times), get_task(task), get_feature(feature), Path(folder))
    # Not getrusage: its peak is never below that of the process that started this one, which has built stores already.
    (peak,) = re.findall(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text())
    print(peak)


def _cost(root: Path, task: str, feature: str, count: int) -> str:
    clips = _clips(root, task, count)
    hours = sum(clip.duration for clip in clips) / 3600
    with TemporaryDirectory() as folder:
        build("synthetic", clips[:1], get_task(task), get_feature(feature), Path(folder) / "warm")
        begun, wall = time.process_time(), time.perf_counter()
        build("synthetic", clips, get_task(task), get_feature(feature), Path(folder) / "one")
        cores, serial = time.process_time() - begun, time.perf_counter() - wall
        wall = time.perf_counter()
        build("synthetic", clips, get_task(task), get_feature(feature), Path(folder) / "two", processes=2)
        parallel = time.perf_counter() - wall
        files = [(Path(folder) / name / "inputs.npy").read_bytes() for name in ("one", "two")]
    same = "the same bytes" if files[0] == files[1] else "OTHER BYTES"
    return f"{cores / hours:6.1f} core-s an hour of audio; {serial:.1f} s, two processes {parallel:.1f} s, {same}"


def main(root: Path, count: int) -> None:
    for task, feature, limit in CASES:
        print(f"{feature:15} {_cost(root, task, feature, count)} (limit {limit})", flush=True)
        peaks = [_peak_mib(root, task, feature, count, times) for times in (1, 20)]
        print(f"{'':15} peak memory {peaks[0]:.0f} MiB, of 20 times the corpus {peaks[1]:.0f} MiB", flush=True)


if __name__ == "__main__":
    if sys.argv[1:2] == ["build"]:
        _build(Path(sys.argv[2]), sys.argv[3], sys.argv[4], int(sys.argv[5]), int(sys.argv[6]))
    else:
        given = sys.argv[1:]
        main(Path(given[0]) if given else Path("results"), int(given[1]) if len(given) > 1 else 200)
