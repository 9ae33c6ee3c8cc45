"""How units are ranked and chosen: the options' types, defaults and checks. Imports no torch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, get_args

from ultralight_mir.trimming.errors import TrimError, shown

Scope = Literal["global", "local"]
Scale = Literal["none", "layer_maximum", "layer_mean", "lamp", "dimension", "xavier"]
Measure = Literal["parameters", "macs", "bytes", "units"]


@dataclass(frozen=True)
class Ranking:
    """How scores become a choice of units.

    Attributes:
        scope: "global" ranks all units together; "local" takes the same fraction of every group of units.
        scale: what scores are divided by before a global ranking: nothing; the greatest or the mean of the group;
            "lamp", the sum of their squares over the units of the group that stand no lower, squares divided by it (Lee
            et al., 2021, *Layer-adaptive sparsity for the magnitude-based pruning*, ICLR, for units instead of
            weights); the number of weights that make the unit; or the standard deviation of Xavier's initialisation of
            the group's first layer. Under "lamp" the k-th best of a group counts 1/k at most, so groups whose scores
            spread alike keep about as many units each, however high their scores are.
        measure: what the fraction to remove is a fraction of: parameters, multiply-accumulates, bytes or units.
        floor: output channels that every layer keeps at least, 1 or more.
        floor_fraction: the same as a fraction of the layer's width in the dense network, 0 to 1.
        round_to: the number of units that a group keeps is a multiple of this (or as it was), 1 or more.

    Raises:
        TrimError: an option is of another type or out of range.

    >>> Ranking(scope="local", floor=4)
    Ranking(scope='local', scale='none', measure='parameters', floor=4, floor_fraction=0.0, round_to=1)
    >>> Ranking(floor=0)
    Traceback (most recent call last):
    ultralight_mir.trimming.errors.TrimError: floor: 0, expected a whole number, at least 1
    """

    scope: Scope = "global"
    scale: Scale = "none"
    measure: Measure = "parameters"
    floor: int = 1
    floor_fraction: float = 0.0
    round_to: int = 1

    def __post_init__(self) -> None:
        for name, choices in (("scope", Scope), ("scale", Scale), ("measure", Measure)):
            expected = get_args(choices)
            _expect(name, getattr(self, name), getattr(self, name) in expected, f"one of {', '.join(expected)}")
        for name in ("floor", "round_to"):
            number = getattr(self, name)
            _expect(name, number, type(number) is int and number >= 1, "a whole number, at least 1")
        share = self.floor_fraction
        _expect("floor_fraction", share, _is_number(share) and 0 <= share <= 1, "a number, 0 to 1")


def check_removed(removed: float) -> None:
    """Check a fraction to remove.

    Raises:
        TrimError: it is no number from 0 to below 1.
    """
    _expect("removed", removed, _is_number(removed) and 0 <= removed < 1, "0 ≤ removed < 1")


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _expect(name: str, value: Any, good: bool, expected: str) -> None:
    if not good:
        raise TrimError(f"{name}: {shown(value)}, expected {expected}")


DEFAULTS = Ranking()
