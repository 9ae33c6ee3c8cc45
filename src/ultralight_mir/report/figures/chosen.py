"""Which strategies are drawn together where there are more than one can tell apart; the rest has its own figure."""

from __future__ import annotations

import pandas as pd

from ultralight_mir.paths import DENSE
from ultralight_mir.report.headlines import PAPER_NO_LOSS
from ultralight_mir.report.means import strategies

MOST = 5
"""Strategies beside dense that one panel shows."""


def chosen(means: pd.DataFrame) -> list[str]:
    """All strategies; of more than `MOST`, the first, the best other one, the first that masks, and the best control.

    Best is, of those that were tried on most tasks, who scores best on validation clips at 90 % removed (by test clips,
    where there are no validation scores: nothing is claimed of a choice of lines).

    Args:
        means: `Analysis.means`, of all tasks, so that every figure of a page chooses the same.
    """
    names = strategies(means)
    if len(names) <= MOST:
        return names
    controls = set(means.loc[means["control"], "strategy"])
    ranked = _ranked(means)
    tried = [name for name in ranked if name not in controls and name != names[0]]
    masks = [name for name in names if name in set(means.loc[means["method"] == "mask", "strategy"])]
    found = [names[0], *tried[:1], *masks[:1], *[name for name in ranked if name in controls][:1]]
    return [name for name in names if name in found]


def rest(means: pd.DataFrame, frame: pd.DataFrame) -> list[str]:
    """The strategies of `frame` that `chosen` of `means` leaves out."""
    drawn = set(chosen(means))
    return [name for name in strategies(frame) if name not in drawn]


def keep(frame: pd.DataFrame, means: pd.DataFrame) -> pd.DataFrame:
    """The rows of `frame` that are drawn together: dense, and what is chosen of `means`."""
    return frame[frame["strategy"].isin([DENSE, *chosen(means)])]


def note(means: pd.DataFrame, frame: pd.DataFrame) -> str:
    """That a figure of `frame` leaves strategies out; "" where it does not."""
    left = len(rest(means, means[means["task"].isin(frame["task"])]))
    place = "the task's figure of other strategies" if frame["task"].nunique() == 1 else "each task's own figure"
    return f"{left} further {'strategy stands' if left == 1 else 'strategies stand'} in {place}." if left else ""


def _ranked(means: pd.DataFrame) -> list[str]:
    """Strategies, best first; one of few tasks after those of more, as tasks differ in what there is to lose."""
    own = means[means["own"] & (means["strategy"] != DENSE)]
    gain = "gain" if own["valid_gain"].isna().all() else "valid_gain"
    near = (own["removed_target"] - PAPER_NO_LOSS).abs()
    rungs = own.assign(near=near).sort_values("near", kind="stable").drop_duplicates(["task", "network", "strategy"])
    order = rungs.groupby("strategy", sort=False)[gain].agg(["size", "mean"])
    order = order.sort_values(["size", "mean"], ascending=False, kind="stable")
    return [str(name) for name in order.index]
