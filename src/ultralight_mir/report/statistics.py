"""What the data carry: differences with their intervals, and the verdicts read off them.

Scores and differences are those of results.csv; the bootstrap gives the intervals around them and nothing else.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from ultralight_mir.metrics import Metric
from ultralight_mir.records import CASE, CLIP, Records
from ultralight_mir.report.bootstrap import RESAMPLES, Resamples, Rung, resample

MARGIN = 1.0
"""Points that still count as no loss (design: "stays above −1 point")."""
DENSE: Rung = ("dense", 0.0)
CONSTANT: Rung = ("", 0.0)
"""The constant answer among the rungs that a resample is drawn of; no strategy has this name."""

BETTER, NO_LOSS, WORSE, NOT_SHOWN = "better", "no loss", "worse", "not shown"
EMPTY = "nothing follows"
"""The verdict on every difference where the dense network is not shown to beat the constant answer."""
Points = Mapping[Rung, Mapping[int, float]]
"""Rung → seed → score, as results.csv has it, in points."""


@dataclass(frozen=True)
class Statistics:
    """All frames have corpus, task, network, test_corpus, strategy and removed_target, and are in points.

    Attributes:
        scores: score_low, score_high: the interval of each ticket's score.
        differences: reference (`dense` or a control strategy at the same removed), difference (positive = better),
            low, high, verdict, clips, drawn (`clips` or `groups`), units (how many of those), seeds.
        constants: the same of dense against the best constant answer (where the task has one), and `score`, that
            answer's own.
    """

    scores: pd.DataFrame
    differences: pd.DataFrame
    constants: pd.DataFrame

    def against(self, reference: str) -> pd.DataFrame:
        """The differences to one reference."""
        return self.differences[self.differences["reference"] == reference]


def verdict(low: float, high: float, margin: float = MARGIN) -> str:
    """What an interval of (ticket − reference) in points carries; NaN (no interval) carries nothing.

    An interval wholly between −margin and 0 is *no loss*: the claim is about losses of more than the margin.
    """
    if low > 0:
        return BETTER
    if low > -margin:
        return NO_LOSS
    return WORSE if high < 0 else NOT_SHOWN


def analyse(
    records: Records, tickets: pd.DataFrame, means: pd.DataFrame, resamples: int = RESAMPLES, seed: int = 0
) -> Statistics:
    """Intervals and verdicts of every ticket against dense, and of every strategy against every control.

    Set-level metrics and tickets without scores per clip have a difference but no interval: nothing is shown by them.
    Nor is anything where the dense network is not shown to beat the best constant answer: what answers without
    listening loses nothing when it is trimmed.

    Args:
        tickets, means: of these records (`report.means`).
        seed: of the resamples.
    """
    scores, differences, constants = [], [], []
    by = [*CASE, "test_corpus"]
    clips = dict(iter(records.scores.groupby([*by, "metric"], sort=False)))
    results = dict(iter(records.results.groupby([*by, "metric"], sort=False)))
    seeds = dict(iter(tickets.groupby(by, sort=False)))
    for key, case in means.groupby(by, sort=False):
        metric = records.metrics.headline(str(key[1]))
        rows = _drawable(clips.get((*key, metric.name), records.scores.head(0)), clips.get((*key, metric.constant)))
        draws = resample(rows.assign(value=rows["value"] * metric.scale), resamples, seed) if len(rows) else None
        points = _points(seeds[key], results.get((*key, metric.constant)), metric)
        names = dict(zip(by, key, strict=True))
        comparisons = [names | _compare(points, pair, draws, metric) for pair in _pairs(case)]
        if draws and {DENSE, CONSTANT} <= set(draws.order) & set(points):
            constant = _compare(points, (DENSE, CONSTANT, "constant"), draws, metric)
            constants.append(names | constant | {"score": float(np.mean(list(points[CONSTANT].values())))})
            if constant["verdict"] != BETTER:
                comparisons = [row | {"verdict": EMPTY} for row in comparisons]
        differences += comparisons
        for rung in _rungs(case):
            low, high = draws.score(rung) if draws and rung in draws.order else (np.nan, np.nan)
            ticket = {"strategy": rung[0], "removed_target": rung[1]}
            scores.append(names | ticket | {"score_low": low, "score_high": high})
    columns = [*by, "strategy", "removed_target", "reference", "difference", "low", "high", "verdict"]
    columns += ["clips", "drawn", "units", "seeds"]
    numbers = ["removed_target", "difference", "low", "high", "clips", "units", "seeds"]
    types = dict.fromkeys(numbers, float)
    return Statistics(
        pd.DataFrame(scores),
        pd.DataFrame(differences, columns=columns).astype(types),
        pd.DataFrame(constants, columns=[*columns, "score"]).astype(types),
    )


def _drawable(rows: pd.DataFrame, constant: pd.DataFrame | None) -> pd.DataFrame:
    """What can be drawn of: a case's scores clip by clip, and those of the constant answer as one more rung."""
    if constant is not None:
        strategy, removed = CONSTANT
        rows = pd.concat([rows, constant.assign(strategy=strategy, removed_target=removed)])
    return rows[(rows["level"] == CLIP) & (rows["weight"] > 0)]


def _points(tickets: pd.DataFrame, constant: pd.DataFrame | None, metric: Metric) -> Points:
    """The scores of a case's tickets, and the constant answer's as those of one more rung."""
    points: dict[Rung, dict[int, float]] = {}
    columns = ["strategy", "removed_target", "seed", "score"]
    for name, removed, seed, score in tickets[columns].itertuples(index=False, name=None):
        points.setdefault((name, removed), {})[seed] = score
    if constant is not None:
        points[CONSTANT] = dict(zip(constant["seed"], constant["value"] * metric.scale, strict=True))
    return points


def _rungs(case: pd.DataFrame) -> list[Rung]:
    return [(str(name), float(removed)) for name, removed in zip(case["strategy"], case["removed_target"], strict=True)]


def _pairs(case: pd.DataFrame) -> Iterator[tuple[Rung, Rung, str]]:
    """(rung, reference, the reference's name): all against dense, and what is no control against the controls."""
    present = _rungs(case)
    controls = list(dict.fromkeys(case.loc[case["control"], "strategy"]))
    for rung in present:
        if rung == DENSE:
            continue
        if DENSE in present:
            yield rung, DENSE, DENSE[0]
        if rung[0] not in controls:
            yield from ((rung, (name, rung[1]), name) for name in controls if (name, rung[1]) in present)


def paired(points: Points, rung: Rung, reference: Rung) -> tuple[float, int]:
    """The mean difference over the seeds that both have (NaN without any), and the number of those seeds."""
    one, other = points[rung], points[reference]
    differences = [score - other[seed] for seed, score in one.items() if seed in other]
    return (float(np.mean(differences)) if differences else np.nan), len(differences)


def _compare(
    points: Points, pair: tuple[Rung, Rung, str], draws: Resamples | None, metric: Metric
) -> dict[str, object]:
    rung, reference, name = pair
    difference, seeds = paired(points, rung, reference)
    row: dict[str, object] = {"strategy": rung[0], "removed_target": rung[1], "reference": name}
    row |= {"difference": metric.sign * difference, "seeds": seeds}
    if not (draws and rung in draws.order and reference in draws.order):
        return row | {"low": np.nan, "high": np.nan, "verdict": NOT_SHOWN, "clips": 0, "drawn": "", "units": 0}
    low, high = draws.difference(rung, reference)
    low, high = (low, high) if metric.higher_is_better else (-high, -low)
    row |= {"low": low, "high": high, "verdict": verdict(low, high)}
    return row | {"clips": draws.clips, "drawn": draws.drawn, "units": draws.units}


def smallest_within(means: pd.DataFrame, margin: float = MARGIN) -> pd.DataFrame:
    """Of each case and strategy, the rung with most removed whose mean score is within `margin` points of dense.

    Args:
        means: `Analysis.means`, on one test corpus per case.

    Returns:
        The rows of `means` chosen, with `dense` (its score); strategies of which no rung is within the margin have no
        row.
    """
    dense = means.loc[means["strategy"] == "dense", [*CASE, "score"]].rename(columns={"score": "dense"})
    frame = means[means["strategy"] != "dense"].merge(dense, on=CASE, how="inner")
    within = frame[frame["gain"] >= -margin].sort_values("removed", kind="stable")
    return within.drop_duplicates([*CASE, "strategy"], keep="last").reset_index(drop=True)
