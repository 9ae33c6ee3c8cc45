"""Criteria by name: the registry, the control, and modules of somebody's own."""

from __future__ import annotations

import importlib
from pathlib import Path

import pytest
import torch
from torch import nn

from ultralight_mir.trimming import (
    CRITERIA,
    TrimError,
    check_criterion,
    find_criterion,
    find_units,
    is_control,
    is_criterion,
)

OWN = """
import torch

def by_number(network, units, batches=None, *, loss=None, seed=0):
    return torch.arange(len(units), dtype=torch.float64)

GREEN = "green"
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sys.path", [*importlib.import_module("sys").path])
    (tmp_path / "own_criterion.py").write_text(OWN)
    (tmp_path / "broken_criterion.py").write_text("1 / 0")
    return tmp_path


@pytest.mark.parametrize("name", CRITERIA)
def test_every_known_name_is_a_function(name: str) -> None:
    assert callable(find_criterion(name)) and is_criterion(name)


def test_somebodys_own_is_found_in_the_current_folder(folder: Path) -> None:
    network = nn.Sequential(nn.Linear(2, 8), nn.ReLU(), nn.Linear(8, 1))
    units = find_units(network, torch.randn(1, 2))
    name = "own_criterion:by_number"
    assert find_criterion(name)(network, units).tolist() == list(range(8))
    assert is_criterion(name) and not is_control(name)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("beauty", "criterion: 'beauty', expected one of magnitude, .*, or module:attribute"),
        ("", "criterion: '', expected one of"),
        ("shuffled_taylor", "criterion: 'shuffled_taylor', expected one of"),
        ("own_criterion:", "criterion: 'own_criterion:', expected one of"),
        ("nowhere:scores", "'nowhere:scores' cannot be imported .*No module named 'nowhere'"),
        ("own_criterion:red", "'own_criterion:red' cannot be imported .*no attribute 'red'"),
        ("own_criterion:GREEN", "'own_criterion:GREEN' is a str, expected a function"),
        ("broken_criterion:scores", "cannot be imported .*ZeroDivisionError: division by zero"),
        ("..:x", "cannot be imported"),
        ("x" * 10_000, "criterion: 'x+…', expected"),
    ],
)
def test_what_is_none_is_refused_in_one_line(folder: Path, name: str, message: str) -> None:
    for look in (find_criterion, check_criterion):
        with pytest.raises(TrimError, match=message) as caught:
            look(name)
        assert "\n" not in str(caught.value)
    assert not is_criterion(name)


def test_what_ranks_by_chance_is_a_control() -> None:
    assert {name for name in CRITERIA if is_control(name)} == {"random"}
