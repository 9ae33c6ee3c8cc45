"""The same ticket trained in several ways (with a teacher, for longer): what it scores where validation clips choose.

One procedure for all tasks, decided seed by seed before a test clip is looked at; what a single strategy gains over
another on one task alone, it need not be named for.
"""

from __future__ import annotations

from collections import Counter
from typing import Any

import pandas as pd

from ultralight_mir.paths import DENSE
from ultralight_mir.records import CASE
from ultralight_mir.report import controls
from ultralight_mir.report.formats import MISSING, Row, Table, case_names, interval, percent, signed, texts
from ultralight_mir.report.headlines import adjusted
from ultralight_mir.report.intervals import TAIL, Rung
from ultralight_mir.report.means import alike
from ultralight_mir.report.statistics import (
    BETTER,
    EMPTY,
    FEW_SEEDS,
    MARGIN,
    NO_LOSS,
    NOTHING,
    Comparison,
    Statistics,
)

CHOSEN = "chosen by validation"
"""The strategy of a ticket whose training was chosen; none of an experiment has this name."""


def chosen(tickets: pd.DataFrame, statistics: Statistics) -> pd.DataFrame:
    """The tickets whose training is that with the best validation score, against dense on test clips.

    Args:
        tickets: `Analysis.tickets`.

    Returns:
        A row a case, group of strategies (`controls.trainings`) and rung where there is anything to choose: corpus,
        task, network, test_corpus, `first` and `among` (the group's first strategy, and all), removed_target, what
        `Comparison.compare` returns, `picked` (strategy → seeds), p_holm (over the cases with this `first` and rung)
        and `survives`.
    """
    own = tickets[tickets["own"]]
    rows = [row for _, case in own.groupby(CASE, sort=False) for row in _of_case(case, statistics)]
    frame = pd.DataFrame(rows)
    if frame.empty:
        return frame
    frame["p_holm"] = adjusted(frame["p_no_loss"].astype(float), [frame["first"], frame["removed_target"]])
    return frame.assign(survives=frame["p_holm"] <= TAIL)


def _of_case(case: pd.DataFrame, statistics: Statistics) -> list[dict[str, Any]]:
    names = {key: case[key].iloc[0] for key in (*CASE, "test_corpus")}
    comparison = statistics.comparisons[names["corpus"], names["task"], names["test_corpus"]]
    constants = alike(statistics.constants, case.iloc[0])
    rows: list[dict[str, Any]] = []
    for group in controls.trainings(case):
        known = case[case["strategy"].isin(group) & case["valid_gain"].notna()]
        for removed, at in known.groupby("removed_target"):
            if at["strategy"].nunique() > 1:
                row = (
                    names
                    | {"first": group[0], "among": ", ".join(group), "removed_target": removed}
                    | _choice(at, comparison)
                )
                rows.append(row | (NOTHING if (constants["verdict"] != BETTER).any() else {}))
    return rows


def _choice(at: pd.DataFrame, comparison: Comparison) -> dict[str, Any]:
    """Of one rung: the training that validates best, seed by seed (the first of those that are as good)."""
    best = at.loc[at.groupby("seed", sort=True)["valid_gain"].idxmax()]
    picks = {
        seed: Rung(network, strategy, removed)
        for seed, network, strategy, removed in best[["seed", "network", "strategy", "removed_target"]].itertuples(
            index=False, name=None
        )
    }
    rung = next(iter(picks.values()))._replace(strategy=CHOSEN)
    against = comparison.choosing(rung, picks).compare(rung, rung._replace(strategy=DENSE, removed=0.0))
    return against | {"picked": dict(Counter(best["strategy"]))}


def table(frame: pd.DataFrame) -> Table:
    """`chosen` for people: a row a case, a column a rung."""
    if frame.empty:
        return Table("trainings", "", frame, frame, 0)
    keys = [*CASE, "test_corpus", "first"]
    cases = frame.drop_duplicates(keys).reset_index(drop=True)
    columns = case_names(cases)
    if cases["first"].nunique() > 1:
        columns["ticket"] = cases["first"].astype(str)
    left = len(columns)
    for removed in sorted(frame["removed_target"].unique()):
        at = cases[keys].merge(frame[frame["removed_target"] == removed], on=keys, how="left")
        columns[percent(removed)] = texts(at, _cell)
    caption = (
        "Every ticket as that training left it which scores best on validation clips, seed by seed"
        f" ({longest(frame)}; those that were run), against dense on test clips, in points. ✓: no loss shown (less"
        f" than {MARGIN:.0f} point); *: also after Holm's correction over the tasks."
    )
    data = frame.assign(picked=[", ".join(f"{name} {n}" for name, n in one.items()) for one in frame["picked"]])
    return Table("trainings", caption, data, pd.DataFrame(columns), left, section="overview", order=4)


def longest(frame: pd.DataFrame) -> str:
    """All strategies that there are to choose among: what `among` says where most were run."""
    return str(max(frame["among"], key=lambda among: among.count(",")))


def _cell(row: Row) -> str:
    if not isinstance(row["verdict"], str):
        return MISSING
    if row["verdict"] in (EMPTY, FEW_SEEDS):
        return str(row["verdict"])
    mark = (" ✓" + "*" * bool(row["survives"])) if row["verdict"] in (BETTER, NO_LOSS) else ""
    return f"{signed(row['difference'])}{mark} ({interval(row['low'], row['high'])})"
