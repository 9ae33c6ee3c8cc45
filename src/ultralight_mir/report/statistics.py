"""What the data carry: differences with their intervals, and the verdicts read off them.

Scores and differences are those of results.csv; `intervals` gives the errors around them and nothing else.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from ultralight_mir.metrics import Metric
from ultralight_mir.metrics import means as means_of
from ultralight_mir.paths import DENSE
from ultralight_mir.records import CLIP, Records
from ultralight_mir.report.controls import twins
from ultralight_mir.report.intervals import Error, Pools, Rung, pool
from ultralight_mir.report.means import TEST_CASE, alike

MARGIN = 1.0
"""Points that still count as no loss (design: "stays above −1 point")."""
MIN_SEEDS = 3
"""Fewer trainings of a strategy carry no verdict: with two, an interval is wrong in more than 5 of 100 cases."""
CONSTANT = ""
"""The constant answer among the strategies of a `Rung`; no strategy has this name."""

BETTER, NO_LOSS, WORSE, NOT_SHOWN = "better", "no loss", "worse", "not shown"
EMPTY = "nothing follows"
"""The verdict on every difference where the dense network is not shown to beat the constant answer."""
NOTHING: dict[str, object] = {"verdict": EMPTY, "p_better": np.nan, "p_no_loss": np.nan}
"""What such a difference says."""
FEW_SEEDS = "too few seeds"
"""The verdict where a strategy was not trained `MIN_SEEDS` times."""
SYSTEM = ""
"""The network of a system among `Rung`s: it is no ticket. It has every seed, as it is the same beside each."""
Points = Mapping[Rung, Mapping[int, float]]
"""Rung → seed → score, as results.csv has it, in points."""

_POOL = ["corpus", "task", "test_corpus"]
_COMPARED = ("difference", "low", "high", "p_better", "p_no_loss")
_COUNTS = ("clips", "units", "seeds")


@dataclass(frozen=True)
class Comparison:
    """All tickets of one task on one test corpus, to be compared with each other; a gain is positive.

    Attributes:
        pools: None where no clip has a score.
    """

    points: Points
    pools: Pools | None
    metric: Metric

    def scored(self, rung: Rung) -> dict[str, float]:
        """A ticket's score, and the interval around it, as far as scores can be."""
        score, ends = float(np.mean(list(self.points[rung].values()))), (np.nan, np.nan)
        if self.pools is not None and rung in self.pools.order:
            ends = self.pools.score(rung).interval(score)
        low, high = np.clip(ends, self.metric.low * self.metric.scale, self.metric.high * self.metric.scale)
        return {"score": score, "score_low": float(low), "score_high": float(high)}

    def choosing(self, rung: Rung, picks: Mapping[int, Rung]) -> Comparison:
        """The same with one ticket more, which in every seed (a key of `picks`) is one of those that are there."""
        points = {**self.points, rung: {seed: self.points[picked][seed] for seed, picked in picks.items()}}
        known = self.pools is not None and set(picks.values()) <= set(self.pools.order)
        return replace(self, points=points, pools=self.pools.choosing(rung, picks) if self.pools and known else None)

    def compare(self, rung: Rung, reference: Rung, least: int = MIN_SEEDS) -> dict[str, object]:
        """How much better a ticket is than another one.

        Args:
            least: seeds that a verdict takes.

        Returns:
            difference, low, high, p_better and p_no_loss (one-sided, against a difference of 0 and of −`MARGIN`; NaN
            without a verdict), verdict, clips, drawn, units, seeds.
        """
        difference, seeds = paired(self.points, rung, reference)
        difference *= self.metric.sign
        pools, error = self.pools, Error()
        if pools is not None and {rung, reference} <= set(pools.order):
            error = pools.difference(rung, reference)
        low, high = error.interval(difference)
        row: dict[str, object] = {"difference": difference, "low": low, "high": high}
        row |= {"p_better": np.nan, "p_no_loss": np.nan, "verdict": NOT_SHOWN if np.isnan(low) else FEW_SEEDS}
        if seeds >= least and not np.isnan(low):
            margin = MARGIN if reference.strategy == DENSE else 0.0
            row |= {"p_better": error.p(difference, 0.0), "p_no_loss": error.p(difference, -MARGIN)}
            row["verdict"] = verdict(low, high, margin)
        drawn = {"clips": pools.clips, "drawn": pools.drawn, "units": pools.units} if pools and low == low else {}
        return row | {"clips": 0, "drawn": "", "units": 0, "seeds": seeds} | drawn


@dataclass(frozen=True)
class Statistics:
    """All frames have corpus, task, network, test_corpus, strategy and removed_target, and are in points.

    Attributes:
        scores: score_low, score_high: the interval of each ticket's score.
        differences: reference (`dense`; or, at the same removed, a control or the same strategy without its teacher),
            and what `Comparison.compare` returns.
        constants: the same of dense against the best constant answer (where the task has one), and `score`, that
            answer's own.
        comparisons: (corpus, task, test corpus) → what they were read off.
    """

    scores: pd.DataFrame
    differences: pd.DataFrame
    constants: pd.DataFrame
    comparisons: Mapping[tuple[str, str, str], Comparison]

    @property
    def systems(self) -> pd.DataFrame:
        """The score of every system: corpus, task, test_corpus, system, score, score_low, score_high, in points."""
        rows = [
            dict(zip(_POOL, key, strict=True)) | {"system": rung.strategy} | comparison.scored(rung)
            for key, comparison in self.comparisons.items()
            for rung in comparison.points
            if rung.network == SYSTEM
        ]
        return pd.DataFrame(rows, columns=[*_POOL, "system", "score", "score_low", "score_high"])

    def against(self, reference: str) -> pd.DataFrame:
        """The differences to one reference."""
        return self.differences[self.differences["reference"] == reference]


def verdict(low: float, high: float, margin: float = MARGIN) -> str:
    """What an interval of (ticket − reference) in points carries; NaN (no interval) carries nothing.

    An interval wholly between −margin and 0 is *no loss*: the claim is about losses of more than the margin. Without a
    margin (against a control) there is no such claim.
    """
    if low > 0:
        return BETTER
    if margin > 0 and low > -margin:
        return NO_LOSS
    return WORSE if high < 0 else NOT_SHOWN


def analyse(records: Records, tickets: pd.DataFrame, means: pd.DataFrame) -> Statistics:
    """Intervals and verdicts of every ticket against dense, and of every strategy against every control.

    Set-level metrics and tickets without scores per clip have a difference but no interval: nothing is shown by them.
    Nor is anything where the dense network is not shown to beat the best constant answer: what answers without
    listening loses nothing when it is trimmed; nor where there are fewer than `MIN_SEEDS` seeds.

    Args:
        tickets, means: of these records (`report.means`).
    """
    comparisons = {(str(c), str(t), str(x)): _comparison(records, rows) for (c, t, x), rows in tickets.groupby(_POOL)}
    scores, differences, constants = [], [], []
    for key, case in means.groupby(list(TEST_CASE), sort=False):
        corpus, task, network, test = map(str, key)
        names = dict(zip(TEST_CASE, key, strict=True))
        comparison = comparisons[corpus, task, test]
        rows = [
            names | {"strategy": one.strategy, "removed_target": one.removed, "reference": other.strategy}
            | comparison.compare(one, other)
            for one, other in _pairs(case)
        ]  # fmt: skip
        dense, constant = Rung(network, DENSE, 0.0), Rung(network, CONSTANT, 0.0)
        if comparison.pools and {dense, constant} <= set(comparison.pools.order) & set(comparison.points):
            row = names | {"strategy": DENSE, "removed_target": 0.0, "reference": "constant"}
            row |= comparison.compare(dense, constant, least=1)
            constants.append(row | {"score": float(np.mean(list(comparison.points[constant].values())))})
            if row["verdict"] != BETTER:
                rows = [one | NOTHING for one in rows]
        differences += rows
        for rung in rungs(case):
            ends = comparison.scored(rung)
            del ends["score"]  # it stands in the means
            scores.append(names | {"strategy": rung.strategy, "removed_target": rung.removed} | ends)
    columns = [*TEST_CASE, "strategy", "removed_target", "reference", *_COMPARED, "verdict", "drawn", *_COUNTS]
    types = dict.fromkeys(("removed_target", *_COMPARED, *_COUNTS), float)
    return Statistics(
        pd.DataFrame(scores),
        pd.DataFrame(differences, columns=columns).astype(types),
        pd.DataFrame(constants, columns=[*columns, "score"]).astype(types),
        comparisons,
    )


def _comparison(records: Records, tickets: pd.DataFrame) -> Comparison:
    """Of the tickets of one task on one test corpus."""
    metric = records.metrics.headline(str(tickets["task"].iloc[0]))
    parts = metric.over or (metric.name,)
    clips = alike(records.scores, tickets.iloc[0], _POOL)
    clips = clips[(clips["level"] == CLIP) & (clips["weight"] > 0)]
    constant = clips[clips["metric"] == metric.constant].assign(strategy=CONSTANT, removed_target=0.0, metric=parts[0])
    seeds = sorted(tickets["seed"].unique())
    systems = _systems(records, tickets.iloc[0], parts)
    beside = [systems.assign(seed=seed) for seed in seeds] if len(systems) else []
    rows = pd.concat([clips[clips["metric"].isin(parts)], constant, *beside])
    results = alike(records.results, tickets.iloc[0], _POOL)
    answers = results[results["metric"] == metric.constant].assign(strategy=CONSTANT, removed_target=0.0)
    answers = answers.assign(score=answers["value"] * metric.scale)
    points: dict[Rung, dict[int, float]] = {}
    columns = ["network", "strategy", "removed_target", "seed", "score"]
    for *names, seed, score in pd.concat([tickets[columns], answers[columns]]).itertuples(index=False, name=None):
        points.setdefault(Rung(*names), {})[seed] = score
    for name, own in systems.groupby("strategy", sort=False):
        pairs = {str(part): zip(each["value"], each["weight"], strict=True) for part, each in own.groupby("metric")}
        score = metric.scale * means_of([metric], pairs)[metric.name]
        points[Rung(SYSTEM, str(name), 0.0)] = dict.fromkeys(seeds, score)
    return Comparison(points, pool(rows.assign(value=rows["value"] * metric.scale)) if len(rows) else None, metric)


def _systems(records: Records, case: pd.Series[Any], parts: Sequence[str]) -> pd.DataFrame:
    """The clips of the systems beside a task's tickets on one test corpus, as if each were a ticket."""
    rows = alike(records.system_scores, case, ["task", "test_corpus"])
    rows = rows[(rows["level"] == CLIP) & (rows["weight"] > 0) & rows["metric"].isin(parts)]
    return rows.rename(columns={"system": "strategy"}).assign(network=SYSTEM, removed_target=0.0)


def rungs(case: pd.DataFrame) -> list[Rung]:
    """The tickets that rows are of."""
    return list(map(Rung._make, case[["network", "strategy", "removed_target"]].itertuples(index=False, name=None)))


def _pairs(case: pd.DataFrame) -> Iterator[tuple[Rung, Rung]]:
    """(ticket, reference): all against dense; what is no control against controls, and itself without its aids."""
    present = dict.fromkeys(rungs(case))
    controls = list(dict.fromkeys(case.loc[case["control"], "strategy"]))
    without = twins(case)
    for rung in present:
        if rung.strategy == DENSE:
            continue
        dense = Rung(rung.network, DENSE, 0.0)
        others = [] if rung.strategy in controls else [*controls, *without[rung.strategy].values()]
        for reference in (dense, *(rung._replace(strategy=name) for name in others)):
            if reference in present:
                yield rung, reference


def paired(points: Points, rung: Rung, reference: Rung) -> tuple[float, int]:
    """The mean difference over the seeds that both have (NaN without any), and the number of those seeds."""
    one, other = points[rung], points[reference]
    differences = [score - other[seed] for seed, score in one.items() if seed in other]
    return (float(np.mean(differences)) if differences else np.nan), len(differences)
