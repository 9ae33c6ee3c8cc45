"""What is chosen among tickets, by their validation clips alone; what the chosen score on test clips is then reported.

Whoever chooses by test scores and reports the same scores reports luck.
"""

from __future__ import annotations

import pandas as pd

from ultralight_mir.paths import DENSE
from ultralight_mir.records import CASE
from ultralight_mir.report.statistics import MARGIN, Statistics, rungs

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

    The best is that with the highest mean validation score over all networks, dense, trimmed and small ones, and
    within the margin means on validation clips, too.

    Args:
        means: `Analysis.means`, on one test corpus per case.

    Returns:
        The rows of `means` chosen, with best_network, best_strategy, best_removed, best_score, best_parameters,
        best_macs_per_second of the best, and difference, low, high of the chosen against it on test clips.
    """
    rows = []
    for (corpus, task, test), every in means.groupby(["corpus", "task", "test_corpus"], sort=False):
        comparison = statistics.comparisons[str(corpus), str(task), str(test)]
        frame = every.assign(height=comparison.metric.sign * every["valid"]).dropna(subset="height")
        if frame.empty:
            continue
        best = frame.sort_values("height", ascending=False, kind="stable").iloc[0]
        close = frame[frame["height"] >= best["height"] - margin]
        chosen = close.sort_values(["parameters", "height"], ascending=[True, False], kind="stable").iloc[0]
        one, other = rungs(pd.DataFrame([chosen, best]))
        compared = comparison.compare(one, other)
        named = {"best_removed": best["removed"]}
        named |= {f"best_{n}": best[n] for n in ("network", "strategy", "score", "parameters", "macs_per_second")}
        rows.append({**chosen.drop("height"), **named, **{name: compared[name] for name in ABSOLUTE}})
    return pd.DataFrame(rows)
