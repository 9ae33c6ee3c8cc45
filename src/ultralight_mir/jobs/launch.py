"""Starting Snakemake so that a run which was killed goes on by itself.

Snakemake's lock outlives a `kill -9`, and then every start asks for `--unlock`. Here a second lock, which the
system drops when its process dies, tells a killed run from a living one.
"""

from __future__ import annotations

import fcntl
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from ultralight_mir.errors import InputError
from ultralight_mir.jobs import warm

LOCK = Path(".snakemake") / "ultralight.lock"


def launch(arguments: Sequence[str]) -> int:
    """Run snakemake with `arguments` in the working directory; its exit status.

    Raises:
        InputError: another run is alive in this directory.
    """
    LOCK.parent.mkdir(exist_ok=True)
    with LOCK.open("w") as stream:
        try:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise InputError(f"{Path.cwd()}: another run is at work here; wait for it or stop it") from error
        path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}"
        command = [sys.executable, "-m", "snakemake"]
        with warm.kept({**os.environ, "PATH": path}) as environment:
            if any((Path(".snakemake") / "locks").glob("*")):
                subprocess.run([*command, "--unlock", *arguments], env=environment, check=True, capture_output=True)
            return subprocess.run([*command, *arguments], env=environment, check=False).returncode
