"""What the data carry: paired bootstrap intervals over clips and seeds, and the verdicts read off them.

A resample draws clips with replacement, whole groups (a track, a singer, an instrument) at once where the test split
has enough of them, and seeds with replacement. All tickets of a case see the same resamples, so every difference is
paired. Percentile intervals; Efron & Tibshirani, An Introduction to the Bootstrap (1993), chapters 13 and 14.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ultralight_mir.metrics import SET_LEVEL, Metric, headline
from ultralight_mir.records import CASE, Records, over_seeds, tickets

Key = TypeVar("Key", bound=Hashable)
Floats = NDArray[np.float64]
Ticket = tuple[str, float]
"""A strategy and the removed fraction it aimed at."""

RESAMPLES = 2000
LEVEL = 95.0
MARGIN = 1.0
"""Points that still count as no loss (design: "stays above −1 point")."""
MIN_GROUPS = 10
"""Fewer groups than this say too little about the spread between groups; then clips are drawn."""
DENSE: Ticket = ("dense", 0.0)
CONSTANT: Ticket = ("", 0.0)
"""The constant answer among the tickets that a resample is drawn of; no strategy has this name."""

BETTER, NO_LOSS, WORSE, NOT_SHOWN = "better", "no loss", "worse", "not shown"
EMPTY = "nothing follows"
"""The verdict on every difference where the dense network is not shown to beat the constant answer."""


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


@dataclass(frozen=True)
class Resamples:
    """Bootstrap means of all tickets of one case.

    Attributes:
        order: the tickets, along the first axis.
        point: mean scores `[tickets, seeds]`; NaN where a ticket has no such seed.
        means: mean scores of the resamples `[tickets, seeds, resamples]`.
        seed_counts: how often each seed is in a resample `[seeds, resamples]`.
    """

    order: list[Ticket]
    point: Floats
    means: Floats
    seed_counts: Floats
    clips: int
    drawn: str
    units: int

    def score(self, ticket: Ticket) -> tuple[float, float]:
        """95 % interval of a ticket's mean score."""
        index = self.order.index(ticket)
        return self._interval(self.means[index])

    def mean(self, ticket: Ticket) -> float:
        """A ticket's mean score over its seeds."""
        return float(np.nanmean(self.point[self.order.index(ticket)]))

    def difference(self, ticket: Ticket, reference: Ticket) -> tuple[float, float, float, int]:
        """Mean difference over the seeds that both have, its 95 % interval, and the number of those seeds."""
        one, other = self.order.index(ticket), self.order.index(reference)
        point = self.point[one] - self.point[other]
        seeds = int(np.isfinite(point).sum())
        if seeds == 0:
            return np.nan, np.nan, np.nan, 0
        low, high = self._interval(self.means[one] - self.means[other])
        return float(np.nanmean(point)), low, high, seeds

    def _interval(self, per_seed: Floats) -> tuple[float, float]:
        counts = np.where(np.isfinite(per_seed), self.seed_counts, 0.0)
        total = counts.sum(axis=0)
        sums = (np.nan_to_num(per_seed) * counts).sum(axis=0)
        means = sums[total > 0] / total[total > 0]
        if means.size == 0:
            return np.nan, np.nan
        low, high = np.percentile(means, [(100 - LEVEL) / 2, (100 + LEVEL) / 2])
        return float(low), float(high)


def resample(clips: pd.DataFrame, resamples: int = RESAMPLES, seed: int = 0) -> Resamples:
    """Bootstrap one case (one network on one test corpus, one metric).

    Args:
        clips: rows of scores.csv with columns seed, strategy, removed_target, track_id, group, value (in points),
            weight; every ticket is scored on the same clips.
        resamples: how many.
        seed: of the random generator; the same clips and seed give the same intervals.
    """
    tracks = clips.drop_duplicates("track_id")
    groups = tracks["group"].nunique()
    by_group = MIN_GROUPS <= groups < len(tracks)
    rows = clips.assign(unit=clips["group"] if by_group else clips["track_id"], mass=clips["value"] * clips["weight"])
    keys = list(rows[["strategy", "removed_target"]].itertuples(index=False, name=None))
    order, ticket_index = _index(keys)
    seeds, seed_index = _index(rows["seed"].tolist())
    units, unit_index = _index(rows["unit"].tolist())
    mass = np.zeros((len(order), len(seeds), len(units)))
    weight = np.zeros_like(mass)
    np.add.at(mass, (ticket_index, seed_index, unit_index), rows["mass"].to_numpy(float))
    np.add.at(weight, (ticket_index, seed_index, unit_index), rows["weight"].to_numpy(float))

    random = np.random.default_rng(seed)
    unit_counts = random.multinomial(len(units), np.full(len(units), 1 / len(units)), resamples).T.astype(float)
    seed_counts = random.multinomial(len(seeds), np.full(len(seeds), 1 / len(seeds)), resamples).T.astype(float)
    drawn = "groups" if by_group else "clips"
    with np.errstate(invalid="ignore", divide="ignore"):
        point = mass.sum(axis=2) / weight.sum(axis=2)
        means = (mass @ unit_counts) / (weight @ unit_counts)
    return Resamples(order, point, means, seed_counts, len(tracks), drawn, len(units))


def _index(keys: list[Key]) -> tuple[list[Key], NDArray[np.intp]]:
    distinct = list(dict.fromkeys(keys))
    place = {key: number for number, key in enumerate(distinct)}
    return distinct, np.array([place[key] for key in keys], dtype=np.intp)


def analyse(records: Records, resamples: int = RESAMPLES, seed: int = 0) -> Statistics:
    """Intervals and verdicts of every ticket against dense, and of every strategy against every control.

    Set-level metrics and tickets without scores per clip have a difference but no interval: nothing is shown by them.
    Nor is anything where the dense network is not shown to beat the best constant answer: what answers without
    listening loses nothing when it is trimmed.
    """
    means = over_seeds(tickets(records))
    scores, differences, constants = [], [], []
    clips = dict(iter(records.scores.groupby([*CASE, "test_corpus", "metric"], sort=False)))
    for key, case in means.groupby([*CASE, "test_corpus"], sort=False):
        metric = headline(str(key[1]))
        rows = _scored(clips.get((*key, metric.name), records.scores.head(0)), clips.get((*key, metric.constant)))
        drawn = resample(rows.assign(value=rows["value"] * metric.scale), resamples, seed) if len(rows) else None
        names = dict(zip([*CASE, "test_corpus"], key, strict=True))
        compared = [names | _compare(case, pair, drawn, metric) for pair in _pairs(case)]
        if drawn and {DENSE, CONSTANT} <= set(drawn.order):
            constant = _compare(case, (DENSE, CONSTANT, "constant"), drawn, metric)
            constants.append(names | constant | {"score": drawn.mean(CONSTANT)})
            if constant["verdict"] != BETTER:
                compared = [row | {"verdict": EMPTY} for row in compared]
        differences += compared
        for ticket in _tickets(case):
            low, high = drawn.score(ticket) if drawn and ticket in drawn.order else (np.nan, np.nan)
            named = {"strategy": ticket[0], "removed_target": ticket[1]}
            scores.append(names | named | {"score_low": low, "score_high": high})
    columns = [*CASE, "test_corpus", "strategy", "removed_target", "reference", "difference", "low", "high", "verdict"]
    columns += ["clips", "drawn", "units", "seeds"]
    numbers = ["removed_target", "difference", "low", "high", "clips", "units", "seeds"]
    types = dict.fromkeys(numbers, float)
    return Statistics(
        pd.DataFrame(scores),
        pd.DataFrame(differences, columns=columns).astype(types),
        pd.DataFrame(constants, columns=[*columns, "score"]).astype(types),
    )


def _scored(rows: pd.DataFrame, constant: pd.DataFrame | None) -> pd.DataFrame:
    """What can be drawn of: a case's scores clip by clip, and those of the constant answer as one more ticket."""
    if constant is not None:
        strategy, removed = CONSTANT
        rows = pd.concat([rows, constant.assign(strategy=strategy, removed_target=removed)])
    return rows[(rows["track_id"] != SET_LEVEL) & rows["value"].notna() & (rows["weight"] > 0)]


def _tickets(case: pd.DataFrame) -> list[Ticket]:
    return [(str(name), float(removed)) for name, removed in zip(case["strategy"], case["removed_target"], strict=True)]


def _pairs(case: pd.DataFrame) -> Iterator[tuple[Ticket, Ticket, str]]:
    """(ticket, reference, the reference's name): all against dense, and what is no control against the controls."""
    present = _tickets(case)
    controls = list(dict.fromkeys(case.loc[case["control"], "strategy"]))
    for ticket in present:
        if ticket == DENSE:
            continue
        if DENSE in present:
            yield ticket, DENSE, DENSE[0]
        if ticket[0] not in controls:
            yield from ((ticket, (name, ticket[1]), name) for name in controls if (name, ticket[1]) in present)


def _compare(
    case: pd.DataFrame, pair: tuple[Ticket, Ticket, str], drawn: Resamples | None, metric: Metric
) -> dict[str, object]:
    ticket, reference, name = pair
    row: dict[str, object] = {"strategy": ticket[0], "removed_target": ticket[1], "reference": name}
    if drawn and ticket in drawn.order and reference in drawn.order:
        point, low, high, seeds = drawn.difference(ticket, reference)
        low, high = (low, high) if metric.higher_is_better else (-high, -low)
        row |= {"difference": metric.sign * point, "low": low, "high": high, "verdict": verdict(low, high)}
        return row | {"clips": drawn.clips, "drawn": drawn.drawn, "units": drawn.units, "seeds": seeds}
    by = case.set_index(["strategy", "removed_target"])["score"]
    row |= {"difference": metric.sign * (float(by.loc[ticket]) - float(by.loc[reference]))}
    return row | {"low": np.nan, "high": np.nan, "verdict": NOT_SHOWN, "clips": 0, "drawn": "", "units": 0, "seeds": 0}


def smallest_within(means: pd.DataFrame, margin: float = MARGIN) -> pd.DataFrame:
    """Of each case and strategy, the rung with most removed whose mean score is within `margin` points of dense.

    Args:
        means: `records.over_seeds`, on one test corpus per case.

    Returns:
        The rows of `means` chosen, with `dense` (its score) and `gain` (points, positive = better); strategies of
        which no rung is within the margin have no row.
    """
    dense = means.loc[means["strategy"] == "dense", [*CASE, "score"]].rename(columns={"score": "dense"})
    frame = means[means["strategy"] != "dense"].merge(dense, on=CASE, how="inner")
    signs = {task: headline(str(task)).sign for task in frame["task"].unique()}
    frame["gain"] = (frame["score"] - frame["dense"]) * frame["task"].map(signs)
    within = frame[frame["gain"] >= -margin].sort_values("removed", kind="stable")
    return within.drop_duplicates([*CASE, "strategy"], keep="last").reset_index(drop=True)
