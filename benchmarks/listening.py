"""Memory and CPU time of `ultralight-mir predict` on long recordings, by task and form of the ticket.

    python benchmarks/listening.py [--seconds 600 3600] [--tasks chord pitch] [--size small] [--graphs]

A recording of decaying notes and noise (44.1 kHz, stereo, FLAC) is made and given to the package's tickets, each in a
process of its own. Printed are the most memory that it held (MiB: what `import torch` alone takes stands in the first
line), how much of that was its own (Linux; the rest is code of libraries, mapped from files, which processes share and
the system drops where memory is short), its CPU seconds, imports included, and these over the seconds of audio.
`--graphs` adds tickets as ONNX graphs with their front end inside. Memory must not grow with the seconds, but by what
was heard (its frames' activations).
"""

from __future__ import annotations

import argparse
import math
import os
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory, TemporaryFile

import numpy as np
import pandas as pd
import soundfile

from ultralight_mir import tickets
from ultralight_mir.export import export
from ultralight_mir.ticket import Ticket

RATE = 44_100


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=int, nargs="+", default=[600, 3600])
    parser.add_argument("--tasks", nargs="+", default=sorted({task for task, _ in tickets.names()}))
    parser.add_argument("--size", choices=tickets.SIZES, default=tickets.SIZES[0])
    parser.add_argument("--graphs", action="store_true")
    chosen = parser.parse_args()
    print("import torch: {:.0f} MiB, {:.0f} its own".format(*_run("-c", "import torch; import time; time.sleep(1)")))
    with TemporaryDirectory() as name:
        folder, rows = Path(name), []
        for seconds in chosen.seconds:
            recording = _recording(folder / f"{seconds}.flac", seconds)
            for task in chosen.tasks:
                for form, ticket in _forms(task, chosen.size, folder, chosen.graphs).items():
                    most, own, taken = _run("-m", "ultralight_mir", "predict", ticket, recording, "-o", folder)
                    rows.append([task, form, seconds, most, own, taken, taken / seconds])
    table = pd.DataFrame(rows, columns=["task", "form", "seconds", "MiB", "its own", "CPU s", "real-time factor"])
    print(table.to_string(index=False, float_format=lambda value: f"{value:.4g}"))


def _recording(path: Path, seconds: int) -> Path:
    random = np.random.default_rng(0)
    with soundfile.SoundFile(path, "w", RATE, 2) as file:
        for first in range(0, seconds, 10):
            times = first + np.arange(min(10, seconds - first) * RATE) / RATE
            tones = np.sin(2 * np.pi * 220.0 * 2 ** (np.floor(times * 2) % 24 / 12) * times) * np.exp(
                -6 * (times % 0.5)
            )
            file.write(0.3 * tones[:, None] + random.normal(0, 0.003, (len(times), 2)))
    return path


def _forms(task: str, size: str, folder: Path, graphs: bool) -> dict[str, Path]:
    forms, graph = {"torch": tickets.path(task, size)}, folder / f"{task}.onnx"
    if graphs:
        if not graph.exists():
            export("onnx", Ticket.read_folder(forms["torch"]), graph, True, None)
        forms["onnx"] = graph
    return forms


def _run(*arguments: str | Path) -> tuple[float, float, float]:
    """The most MiB, those of its own, and the CPU seconds of Python with these arguments."""
    with TemporaryFile() as told:
        process = subprocess.Popen([sys.executable, *map(str, arguments)], stderr=told)
        most, own, (done, status, used) = math.nan, math.nan, os.wait4(process.pid, os.WNOHANG)
        while not done:
            most, own = (float(np.fmax(*two)) for two in zip((most, own), _held(process.pid), strict=True))
            time.sleep(0.05)
            done, status, used = os.wait4(process.pid, os.WNOHANG)
        if status:
            told.seek(0)
            sys.exit(told.read().decode())
    if math.isnan(most):  # what a parent held when it forked counts here, so this is the second best
        most = used.ru_maxrss / (2**20 if sys.platform == "darwin" else 2**10)
    return most, own, used.ru_utime + used.ru_stime


def _held(process: int) -> tuple[float, float]:
    """MiB that a process held at most until now, and of those that it holds now the ones mapped from no file; NaN where
    nobody tells."""
    status = Path(f"/proc/{process}/status")
    lines = dict(line.split(":", 1) for line in status.read_text().splitlines()) if status.exists() else {}
    most, own = (float(lines.get(name, "nan").split()[0]) / 2**10 for name in ("VmHWM", "RssAnon"))
    return most, own


if __name__ == "__main__":
    main()
