"""The ranking's options: one owner of types, defaults and checks."""

from __future__ import annotations

import math
from typing import Any

import pytest

from ultralight_mir.trimming.errors import TrimError
from ultralight_mir.trimming.options import DEFAULTS, Ranking, check_removed

WRONG: list[tuple[str, Any, str]] = [
    ("scope", "everywhere", "scope: 'everywhere', expected one of global, local"),
    ("scope", None, "scope: None, expected one of"),
    ("scope", ["global"], "scope: a list, expected one of"),
    ("scale", "log", "scale: 'log', expected one of none, layer_maximum, layer_mean, lamp, dimension, xavier"),
    ("measure", "watts", "measure: 'watts', expected one of parameters, macs, bytes, units"),
    ("floor", 0, "floor: 0, expected a whole number, at least 1"),
    ("floor", 2.0, "floor: 2.0, expected a whole number"),
    ("floor", True, "floor: True, expected a whole number"),
    ("floor", math.inf, "floor: inf, expected a whole number"),
    ("floor_fraction", 2, "floor_fraction: 2, expected a number, 0 to 1"),
    ("floor_fraction", -0.1, "floor_fraction: -0.1, expected a number, 0 to 1"),
    ("floor_fraction", math.nan, "floor_fraction: nan, expected a number, 0 to 1"),
    ("floor_fraction", math.inf, "floor_fraction: inf, expected a number, 0 to 1"),
    ("floor_fraction", True, "floor_fraction: True, expected a number, 0 to 1"),
    ("floor_fraction", "0.1", "floor_fraction: '0.1', expected a number, 0 to 1"),
    ("round_to", 0, "round_to: 0, expected a whole number, at least 1"),
    ("round_to", math.nan, "round_to: nan, expected a whole number"),
    ("round_to", "8", "round_to: '8', expected a whole number"),
]


@pytest.mark.parametrize(("name", "value", "message"), WRONG)
def test_a_wrong_option_is_named(name: str, value: Any, message: str) -> None:
    with pytest.raises(TrimError) as caught:
        Ranking(**{name: value})
    assert str(caught.value).startswith(message) and "\n" not in str(caught.value)


def test_what_is_on_the_edge_is_allowed() -> None:
    for fraction in (0, 1, 0.5):
        assert Ranking(floor_fraction=fraction, floor=1, round_to=1).floor_fraction == fraction
    assert Ranking() == DEFAULTS


@pytest.mark.parametrize("removed", [-0.1, 1, 1.0, math.nan, math.inf, True, False, "0.5", None, 10**50, [0.5]])
def test_a_wrong_fraction_is_refused(removed: Any) -> None:
    with pytest.raises(TrimError, match=r"removed: .*, expected 0 ≤ removed < 1"):
        check_removed(removed)


def test_a_right_fraction_passes() -> None:
    for removed in (0, 0.0, 0.5, 0.999):
        check_removed(removed)
