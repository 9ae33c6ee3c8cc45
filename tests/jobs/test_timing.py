import json
import subprocess
import sys
from pathlib import Path

import pytest

from ultralight_mir.jobs import timing
from ultralight_mir.jobs.timing import Clock


def test_the_work_of_processes_that_ended_counts() -> None:
    clock = Clock()
    with clock.phase("children"):
        busy = "import time; begun = time.process_time()\nwhile time.process_time() - begun < 0.2: pass"
        subprocess.run([sys.executable, "-c", busy], check=True)
    assert clock.phases["children"][0] >= 0.2


def test_what_others_spent_on_starting_this_process_is_start_up(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(timing, "_charged", [0.0, 0.0])
    timing.charge(100.0, 200.0)
    clock = Clock()
    clock.write(tmp_path / "timing.json", "rung")
    cores, wall = json.loads((tmp_path / "timing.json").read_text())["phases"]["start-up"]
    assert cores >= 100.0 and wall >= 200.0
