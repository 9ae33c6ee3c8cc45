"""Alternative texts: what a person who cannot see a figure is told of the scores in it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pandas as pd

from ultralight_mir.metrics import Metric
from ultralight_mir.paths import DENSE
from ultralight_mir.report.formats import number, percent


def scored(score: float, metric: Metric) -> str:
    """A score with its unit: 91.3 %."""
    return f"{number(score)}\u202f{metric.unit}".rstrip()


def ends(case: pd.DataFrame, names: Iterable[str], metric: Metric) -> str:
    """Where each strategy's line ends: dense 91.3 %, trim 90.6 % at 98 % removed.

    Args:
        case: `Analysis.means` of one task, network and test corpus.
        names: strategies without dense, which comes first; those that the case does not have are left out.
    """
    parts = [f"dense {scored(score, metric)}" for score in case.loc[case["strategy"] == DENSE, "score"][:1]]
    for name in names:
        rungs = case[case["strategy"] == name].sort_values("removed")
        parts += [_end(name, rung, metric) for rung in rungs.tail(1).to_dict("records")]
    return ", ".join(parts)


def _end(name: str, rung: dict[Any, Any], metric: Metric) -> str:
    return f"{name} {scored(rung['score'], metric)} at {percent(rung['removed'])} removed"
