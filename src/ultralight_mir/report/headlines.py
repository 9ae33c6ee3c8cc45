"""The claims that are re-tested, one rung a task and strategy, and Holm's correction over the tasks.

Which rung is decided before a test score is looked at: by the fraction removed, or by validation scores.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from ultralight_mir.records import CASE
from ultralight_mir.report import controls
from ultralight_mir.report.intervals import TAIL
from ultralight_mir.report.means import alike, strategies
from ultralight_mir.report.statistics import Statistics

PAPER_BETTER, PAPER_NO_LOSS, FAR = 0.85, 0.9, 0.95
"""The paper: better than dense up to the first fraction removed, no loss up to the second; `FAR` is where a criterion
should be better than none."""
NO_LOSS, BETTER, BEATS_RANDOM = "no loss", "better than dense", "better than at random"
COLUMNS = ["claim", "strategy", *CASE, "test_corpus", "removed_target", "reference", "difference", "low", "high"]
COLUMNS += ["verdict", "p", "seeds"]


def holm(values: Sequence[float]) -> list[float]:
    """p-values of a family, adjusted: where nothing is true of it, any is below a level with at most that probability.

    Holm, "A simple sequentially rejective multiple test procedure", Scandinavian Journal of Statistics 6 (1979). NaN
    stands for what was not tested, and does not count.
    """
    adjusted, floor = [np.nan] * len(values), 0.0
    tested = sorted((place for place, p in enumerate(values) if p == p), key=lambda place: values[place])
    for rank, place in enumerate(tested):
        floor = max(floor, min(1.0, (len(tested) - rank) * values[place]))
        adjusted[place] = floor
    return adjusted


def adjusted(p: pd.Series[float], families: Sequence[pd.Series[Any]]) -> pd.Series[float]:
    """`holm` within each family."""
    grouped = p.groupby(list(families), sort=False)
    return grouped.transform(lambda values: pd.Series(holm(list(values)), index=values.index)).astype(float)


def headlines(means: pd.DataFrame, statistics: Statistics) -> pd.DataFrame:
    """The headline claims of every strategy that is no control: a row a claim, strategy and case.

    Args:
        means: `Analysis.means`.

    Returns:
        claim, strategy, corpus, task, network, test_corpus, removed_target, reference, difference, low, high, verdict,
        p (one-sided), seeds; `family`: how many tasks and networks the claim was tested on; p_holm; `shown` and
        `survives`: whether p and p_holm are at most 2.5 %.
    """
    own = means[means["own"]]
    rows = [row for _, case in own.groupby(CASE, sort=False) for row in _of_case(case, statistics)]
    frame = pd.DataFrame(rows, columns=COLUMNS).astype({"p": float, "difference": float})
    family = [frame["claim"], frame["strategy"]]
    tested = frame["p"].groupby(family, sort=False).transform("count")
    frame = frame.assign(family=tested, p_holm=adjusted(frame["p"], family))
    return frame.assign(shown=frame["p"] <= TAIL, survives=frame["p_holm"] <= TAIL)


def _of_case(case: pd.DataFrame, statistics: Statistics) -> list[dict[str, object]]:
    differences = alike(statistics.differences, case.iloc[0])
    rows: list[dict[str, object]] = []
    for name in strategies(case[~case["control"]]):
        ladder = case[case["strategy"] == name]
        random = controls.of(case, name).get(controls.RANDOM, "")
        asked = (
            (NO_LOSS, from_on(ladder, PAPER_NO_LOSS), "dense", "p_no_loss"),
            (BETTER, up_to(ladder, PAPER_BETTER), "dense", "p_better"),
            (BEATS_RANDOM, from_on(ladder, FAR), random, "p_better"),
        )
        for claim, removed, reference, p in asked:
            at = differences[(differences["strategy"] == name) & (differences["reference"] == reference)]
            found = at[at["removed_target"] == removed].to_dict("records")
            rows += [{"claim": claim, "p": row[p]} | {str(key): value for key, value in row.items()} for row in found]
    return rows


def from_on(ladder: pd.DataFrame, fraction: float) -> float:
    """The first rung with at least so many of the parameters removed; NaN where the ladder ends before."""
    rungs = ladder["removed_target"][_gone(ladder) >= fraction - 1e-9]
    return float(rungs.min())


def up_to(ladder: pd.DataFrame, fraction: float) -> float:
    """Of the rungs with at most so many of the parameters removed, that with the best validation score.

    The last of them, where there are no validation scores.
    """
    rungs = ladder[_gone(ladder) <= fraction + 1e-9].sort_values("removed_target")
    if rungs.empty:
        return np.nan
    if rungs["valid_gain"].isna().any():
        return float(rungs["removed_target"].iloc[-1])
    return float(rungs.sort_values("valid_gain", kind="stable")["removed_target"].iloc[-1])


def _gone(ladder: pd.DataFrame) -> pd.Series[float]:
    """The fraction of the parameters: what was asked for; where another measure's was asked for, what that came to."""
    return ladder["removed_target"].where(ladder["measure"] == "parameters", ladder["removed"])
