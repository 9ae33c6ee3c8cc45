import subprocess
import sys

from ultralight_mir.timing import Clock


def test_the_work_of_processes_that_ended_counts() -> None:
    clock = Clock()
    with clock.phase("children"):
        busy = "import time; begun = time.process_time()\nwhile time.process_time() - begun < 0.2: pass"
        subprocess.run([sys.executable, "-c", busy], check=True)
    assert clock.phases["children"][0] >= 0.2
