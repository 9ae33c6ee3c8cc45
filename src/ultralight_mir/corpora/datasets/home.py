"""Where real data sets lie: one folder that holds a folder for each of them."""

from __future__ import annotations

import os
from pathlib import Path

VARIABLE = "MIRDATA_HOME"


def data_home(configured: str | Path | None = None) -> Path:
    """The folder of all data sets: what is configured, else the environment's MIRDATA_HOME, else mirdata's own default.

    Args:
        configured: a path, seen from the working directory; `~` is the user's home; None or "" where none is given.
    """
    return Path(configured or os.environ.get(VARIABLE) or "~/mir_datasets").expanduser()
