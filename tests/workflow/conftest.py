from __future__ import annotations

from pathlib import Path

import pytest
from checkout import checkout, run


@pytest.fixture(scope="session")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tiny experiment, run to its end and never touched again: what disturbed runs are compared with."""
    folder = checkout(tmp_path_factory.mktemp("run"))
    done = run(folder)
    assert done.returncode == 0, done.stderr
    return folder
