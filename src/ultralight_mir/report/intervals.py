"""Intervals of mean scores and of their differences, over clips and over trainings.

A difference is that of a few trainings (seeds) on many clips, both of which are samples: its variance is that over the
clips and that over the seeds, added. Over clips it is the jackknife's: every group of clips (a track, a singer, a kit)
is left out once, for all seeds and tickets at the same time, so that every difference is paired. Over seeds it is the
sample variance of the seeds' differences by their number. The interval is Student's, with the degrees of freedom that
Satterthwaite gives a sum of variances: with three seeds that differ, hardly more than two. What clips and seeds do
together is counted in both, so an interval is wide rather than narrow.

Efron & Stein, "The jackknife estimate of variance", Annals of Statistics 9 (1981); MacKinnon, Nielsen & Webb,
"Leverage, influence, and the jackknife in clustered regression models", Stata Journal 23 (2023), for groups left out
whole and groups − 1 degrees of freedom; Owen, "The pigeonhole bootstrap", Annals of Applied Statistics 1 (2007), for
two crossed samples, whose variances add up to slightly too much; Satterthwaite, "An approximate distribution of
estimates of variance components", Biometrics Bulletin 2 (1946).

A percentile bootstrap over three seeds draws from 10 different
means and is far too narrow.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import stdtr, stdtrit

Floats = NDArray[np.float64]
Interval = tuple[float, float]
"""Its low and its high end; NaN where there is none."""


class Rung(NamedTuple):
    """One ticket of a task, over its seeds."""

    network: str
    strategy: str
    removed: float


LEVEL = 95.0
TAIL = (100 - LEVEL) / 200
"""The probability beyond either end of an interval."""
MIN_GROUPS = 5
"""Fewer groups than this say too little about the spread between groups; then clips are left out."""


@dataclass(frozen=True)
class Error:
    """The standard error of a mean, and the degrees of freedom of its square; NaN where nothing is known of it."""

    standard: float = np.nan
    freedom: float = np.nan

    def interval(self, mean: float) -> Interval:
        """The interval around a mean."""
        half = self.half
        return mean - half, mean + half

    @property
    def half(self) -> float:
        """Half the width of an interval."""
        return 0.0 if self.standard == 0 else float(stdtrit(self.freedom, 1 - TAIL) * self.standard)

    def p(self, mean: float, bound: float) -> float:
        """One-sided p-value against a true mean of `bound` or less; below `TAIL` where the interval lies above it."""
        if self.standard == 0:
            return 0.0 if mean > bound else 1.0
        return float(stdtr(self.freedom, (bound - mean) / self.standard))


@dataclass(frozen=True)
class Pools:
    """The scores of all tickets of one task on one test corpus.

    Attributes:
        order: the tickets, along the first axis.
        seeds: along the second.
        means: mean scores `[tickets, seeds]`; NaN where a ticket has no such seed.
        without: the same without each unit `[tickets, seeds, units]`.
        clips: how many each ticket was scored on.
        drawn, units: what is left out (`clips` or `groups`), and how many of those there are.
    """

    order: list[Rung]
    seeds: list[int]
    means: Floats
    without: Floats
    clips: int
    drawn: str
    units: int

    def score(self, rung: Rung) -> Error:
        """Of a ticket's mean score."""
        place = self.order.index(rung)
        return self._error(self.means[place], self.without[place])

    def difference(self, rung: Rung, reference: Rung) -> Error:
        """Of the mean difference over the seeds that both have; NaN where they have none."""
        one, other = self.order.index(rung), self.order.index(reference)
        return self._error(self.means[one] - self.means[other], self.without[one] - self.without[other])

    def choosing(self, rung: Rung, picks: Mapping[int, Rung]) -> Pools:
        """The same with one ticket more, which in every seed (a key of `picks`) is one of those that are there."""
        means = np.full_like(self.means[:1], np.nan)
        without = np.full_like(self.without[:1], np.nan)
        for seed, picked in picks.items():
            place, column = self.order.index(picked), self.seeds.index(seed)
            means[0, column], without[0, column] = self.means[place, column], self.without[place, column]
        both = np.concatenate([self.means, means]), np.concatenate([self.without, without])
        return replace(self, order=[*self.order, rung], means=both[0], without=both[1])

    def _error(self, means: Floats, without: Floats) -> Error:
        here = np.isfinite(means)
        seeds = int(here.sum())
        if not seeds or self.units < 2:
            return Error()
        left = without[here].mean(axis=0)
        between = float(means[here].var(ddof=1)) / seeds if seeds > 1 else 0.0
        within = float((self.units - 1) * left.var())
        whole = between + within
        if not whole > 0:
            return Error(whole)
        parts = within**2 / (self.units - 1) + (between**2 / (seeds - 1) if seeds > 1 else 0.0)
        return Error(float(np.sqrt(whole)), whole**2 / parts)


def pool(clips: pd.DataFrame) -> Pools:
    """Pool the clips of one task on one test corpus, one metric.

    Args:
        clips: rows of scores.csv with columns network, seed, strategy, removed_target, track_id, group, metric, value
            (in points), weight; every ticket is scored on the same clips. A score is the mean over the metrics of
            their weighted means over clips (`metrics.means`).
    """
    tracks = clips.drop_duplicates("track_id")
    groups = tracks["group"].nunique()
    by_group = MIN_GROUPS <= groups < len(tracks)
    tickets, ticket = _index(clips, "network", "strategy", "removed_target")
    order = list(map(Rung._make, tickets.itertuples(index=False, name=None)))
    trained, seed = _index(clips, "seed")
    units, unit = _index(clips, "group" if by_group else "track_id")
    parts, part = _index(clips, "metric")
    mass = np.zeros((len(parts), len(order), len(trained), len(units)))
    weight = np.zeros_like(mass)
    np.add.at(mass, (part, ticket, seed, unit), (clips["value"] * clips["weight"]).to_numpy(float))
    np.add.at(weight, (part, ticket, seed, unit), clips["weight"].to_numpy(float))
    sums, weights = mass.sum(axis=3, keepdims=True), weight.sum(axis=3, keepdims=True)
    means = _mean(sums / _positive(weights))[..., 0]
    without = _mean((sums - mass) / _positive(weights - weight))
    seeds, drawn = trained["seed"].tolist(), "groups" if by_group else "clips"
    return Pools(order, seeds, means, without, len(tracks), drawn, len(units))


def _positive(weights: Floats) -> Floats:
    """NaN where nothing is weighed; what subtraction leaves of nothing is nothing."""
    return np.where(weights > 1e-9 * weights.max(initial=0.0), weights, np.nan)


def _mean(parts: Floats) -> Floats:
    """Over the metrics that there are; NaN where there is none."""
    here = np.isfinite(parts)
    counts = here.sum(axis=0)
    whole: Floats = np.where(here, parts, 0.0).sum(axis=0) / np.where(counts > 0, counts, np.nan)
    return whole


def _index(rows: pd.DataFrame, *names: str) -> tuple[pd.DataFrame, NDArray[np.integer[Any]]]:
    """The distinct values of some columns, in the order of the rows, and which of them stands in which row."""
    by = rows.groupby(list(names), sort=False, dropna=False)
    return rows[list(names)].drop_duplicates(), by.ngroup().to_numpy()
