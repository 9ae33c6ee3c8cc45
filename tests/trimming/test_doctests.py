"""The examples in the docstrings of the room, run."""

from __future__ import annotations

import doctest
from importlib import import_module
from pathlib import Path

import pytest

from ultralight_mir import trimming

FOLDER = Path(trimming.__file__).parent
MODULES = sorted(
    ".".join(("ultralight_mir.trimming", *path.relative_to(FOLDER).with_suffix("").parts))
    for path in FOLDER.rglob("*.py")
    if ">>> " in path.read_text(encoding="utf-8")
)


@pytest.mark.parametrize("name", MODULES)
def test_examples_are_true(name: str) -> None:
    outcome = doctest.testmod(import_module(name))
    assert outcome.attempted > 0 and outcome.failed == 0


def test_the_ways_in_have_examples() -> None:
    for name in ("shrink", "find_units", "trim", "apply_kept", "shuffled", "silence", "Ranking"):
        assert ">>> " in getattr(trimming, name).__doc__, name
