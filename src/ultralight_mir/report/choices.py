"""What is chosen among tickets, by their validation clips alone; what the chosen score on test clips is then reported.

Whoever chooses by test scores and reports the same scores reports luck.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from ultralight_mir.paths import DENSE
from ultralight_mir.records import CASE
from ultralight_mir.report.statistics import MARGIN, Statistics, paired, rungs

ABSOLUTE = ("difference", "low", "high")


def smallest_within(means: pd.DataFrame, margin: float = MARGIN) -> pd.DataFrame:
    """Of each case and strategy, the rung with most removed whose mean validation score is within `margin` of dense's.

    Args:
        means: `Analysis.means`, on one test corpus per case.

    Returns:
        The rows of `means` chosen; strategies of which no rung is within the margin, or has validation scores, have no
        row.
    """
    within = means[(means["strategy"] != DENSE) & (means["valid_gain"] >= -margin)].sort_values(
        "removed", kind="stable"
    )
    return within.drop_duplicates([*CASE, "strategy"], keep="last").reset_index(drop=True)


def smallest_of_all(means: pd.DataFrame, statistics: Statistics, margin: float = MARGIN) -> pd.DataFrame:
    """Of each task and training corpus, the network with fewest parameters within `margin` points of the best there is.

    The best is that with the highest mean validation score over all networks, dense, trimmed and small ones, that were
    trained with at least half as many seeds as any; within the margin means on validation clips, too. Where tickets
    have other seeds, scores are dense's and what a ticket gained with its own, and the two share a seed.

    Args:
        means: `Analysis.means`, on one test corpus per case.

    Returns:
        The rows of `means` chosen, with best_network, best_strategy, best_removed, best_score, best_parameters,
        best_macs_per_second of the best, and difference, low, high of the chosen against it on test clips.
    """
    rows = []
    for (corpus, task, test), every in means.groupby(["corpus", "task", "test_corpus"], sort=False):
        comparison = statistics.comparisons[str(corpus), str(task), str(test)]
        frame = every.assign(height=_heights(every, comparison.metric.sign)).dropna(subset="height")
        if frame.empty:
            continue
        frame["key"] = rungs(frame)
        tried = frame[2 * frame["seeds"] >= frame["seeds"].max()]
        best = tried.sort_values("height", ascending=False, kind="stable").iloc[0]
        shared = np.array([paired(comparison.points, rung, best["key"])[1] for rung in frame["key"]])
        close = frame[(frame["height"] >= best["height"] - margin) & (shared > 0)]
        chosen = close.sort_values(["parameters", "height"], ascending=[True, False], kind="stable").iloc[0]
        compared = comparison.compare(chosen["key"], best["key"])
        named = {"best_removed": best["removed"]}
        named |= {f"best_{n}": best[n] for n in ("network", "strategy", "score", "parameters", "macs_per_second")}
        rows.append({**chosen.drop(["height", "key"]), **named, **{name: compared[name] for name in ABSOLUTE}})
    return pd.DataFrame(rows)


def _heights(means: pd.DataFrame, sign: int) -> pd.Series[float]:
    """Validation scores, higher is better, as if every ticket of a network had been trained with dense's seeds."""
    own = sign * means["valid"]
    dense = own[means["strategy"] == DENSE].groupby(means["network"]).first()
    return (means["network"].map(dense) + means["valid_gain"]).fillna(own)
