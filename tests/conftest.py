import os

os.environ.setdefault("OMP_NUM_THREADS", "1")  # tests run side by side (pytest-xdist): one thread each

from typing import Any

import pytest
import torch
import yaml
from checkout import ROOT


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What waits for minutes begins first: at the end nothing would be left to be done beside it."""
    items.sort(key=lambda item: item.path.name != "test_slurm.py")


@pytest.fixture(autouse=True)
def _own_draws() -> None:
    """A test draws what it draws alone, whatever ran before it."""
    torch.manual_seed(0)


@pytest.fixture
def config() -> dict[str, Any]:
    """The default experiment's config as it stands in the file."""
    found: dict[str, Any] = yaml.safe_load((ROOT / "config.yaml").read_text(encoding="utf-8"))
    return found
