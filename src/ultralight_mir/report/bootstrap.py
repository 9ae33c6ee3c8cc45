"""Bootstrap intervals over clips and seeds.

A resample draws clips with replacement, whole groups (a track, a singer, an instrument) at once where the test split
has enough of them, and seeds with replacement. All tickets of a case see the same resamples, so every difference is
paired. Percentile intervals; Efron & Tibshirani, An Introduction to the Bootstrap (1993), chapters 13 and 14.
"""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Key = TypeVar("Key", bound=Hashable)
Floats = NDArray[np.float64]
Interval = tuple[float, float]
"""Its low and its high end; NaN where there is none."""
Rung = tuple[str, float]
"""A strategy and the removed fraction it aimed at."""

RESAMPLES = 2000
LEVEL = 95.0
MIN_GROUPS = 10
"""Fewer groups than this say too little about the spread between groups; then clips are drawn."""


@dataclass(frozen=True)
class Resamples:
    """Bootstrap means of all tickets of one case.

    Attributes:
        order: the tickets, along the first axis.
        means: mean scores of the resamples `[tickets, seeds, resamples]`; NaN where a ticket has no such seed.
        seed_counts: how often each seed is in a resample `[seeds, resamples]`.
        clips: how many each ticket was scored on.
        drawn, units: what is drawn (`clips` or `groups`), and how many of those there are.
    """

    order: list[Rung]
    means: Floats
    seed_counts: Floats
    clips: int
    drawn: str
    units: int

    def score(self, rung: Rung) -> Interval:
        """95 % interval of a rung's mean score."""
        return self._interval(self.means[self.order.index(rung)])

    def difference(self, rung: Rung, reference: Rung) -> Interval:
        """95 % interval of the mean difference over the seeds that both have; NaN where they have none."""
        return self._interval(self.means[self.order.index(rung)] - self.means[self.order.index(reference)])

    def _interval(self, per_seed: Floats) -> Interval:
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
        means = (mass @ unit_counts) / (weight @ unit_counts)
    return Resamples(order, means, seed_counts, len(tracks), drawn, len(units))


def _index(keys: list[Key]) -> tuple[list[Key], NDArray[np.intp]]:
    distinct = list(dict.fromkeys(keys))
    place = {key: number for number, key in enumerate(distinct)}
    return distinct, np.array([place[key] for key in keys], dtype=np.intp)
