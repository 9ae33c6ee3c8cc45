"""Intervals against what is known of them, and how often they are wrong where the truth is known."""

from __future__ import annotations

import itertools
from collections import Counter

import numpy as np
import pandas as pd
import pytest
from scipy.stats import t

from ultralight_mir.metrics import Metric, means
from ultralight_mir.report.intervals import Error, Pools, Rung, pool
from ultralight_mir.report.statistics import BETTER, NO_LOSS, WORSE, Comparison, paired

DENSE, TRIM = Rung("net", "dense", 0.0), Rung("net", "trim", 0.9)


def clips(
    dense: np.ndarray, trim: np.ndarray, weight: np.ndarray | None = None, group: list[str] | None = None, seed: int = 1
) -> pd.DataFrame:
    """Rows of scores.csv for dense and one ticket."""
    parts = []
    for rung, values in ((DENSE, dense), (TRIM, trim)):
        count = len(values)
        names = [f"clip_{n}" for n in range(count)]
        columns = {"network": rung.network, "strategy": rung.strategy, "removed_target": rung.removed, "seed": seed}
        columns |= {"value": values, "weight": np.ones(count) if weight is None else weight, "metric": "f"}
        parts.append(pd.DataFrame(columns | {"track_id": names, "group": group or names}))
    return pd.concat(parts, ignore_index=True)


def half(rows: pd.DataFrame) -> float:
    return pool(rows).difference(TRIM, DENSE).half


def test_over_clips_it_is_student_s_interval_of_a_mean_difference() -> None:
    random = np.random.default_rng(1)
    dense, difference = random.normal(80, 30, 40), random.normal(-2, 5, 40)
    low, high = pool(clips(dense, dense + difference)).difference(TRIM, DENSE).interval(difference.mean())
    known = t.interval(0.95, 39, difference.mean(), difference.std(ddof=1) / np.sqrt(40))
    assert (low, high) == pytest.approx(known)


def test_over_seeds_it_is_student_s_interval_of_their_differences() -> None:
    """Where all clips say the same, only seeds are a sample."""
    dense = np.random.default_rng(2).normal(50, 40, 30)
    gains = np.array([0.5, -0.2, 1.4])
    rows = pd.concat([clips(dense, dense + gain, seed=seed) for seed, gain in enumerate(gains)])
    error = pool(rows).difference(TRIM, DENSE)
    assert error.interval(gains.mean()) == pytest.approx(t.interval(0.95, 2, gains.mean(), gains.std(ddof=1) / 3**0.5))
    assert error.p(gains.mean(), 0.0) == pytest.approx(t.sf(gains.mean() / (gains.std(ddof=1) / 3**0.5), 2))


def test_both_add_up_with_satterthwaite_s_degrees_of_freedom() -> None:
    random = np.random.default_rng(3)
    effect, gains = random.normal(0, 4, 50), np.array([1.0, -1.0, 0.3])
    dense = random.normal(60, 20, 50)
    rows = pd.concat([clips(dense, dense + effect + gain, seed=seed) for seed, gain in enumerate(gains)])
    error = pool(rows).difference(TRIM, DENSE)
    over_clips, over_seeds = effect.var(ddof=1) / 50, gains.var(ddof=1) / 3
    assert error.standard**2 == pytest.approx(over_clips + over_seeds)
    freedom = (over_clips + over_seeds) ** 2 / (over_clips**2 / 49 + over_seeds**2 / 2)
    assert error.freedom == pytest.approx(freedom) and 2 < freedom < 49


def test_pairing_removes_what_clips_have_in_common() -> None:
    dense = np.random.default_rng(2).normal(50, 40, 30)
    assert half(clips(dense, dense + 0.5)) == pytest.approx(0, abs=1e-9)
    error = Error(0.0)
    assert error.interval(0.5) == (0.5, 0.5) and (error.p(0.5, 0.0), error.p(0.5, 0.5)) == (0.0, 1.0)


def test_weights_are_respected() -> None:
    """The variance of a ratio, leaving each clip out by hand."""
    random = np.random.default_rng(4)
    dense, trim, weight = random.normal(80, 9, 12), random.normal(79, 9, 12), random.uniform(0.5, 30, 12)
    difference = trim - dense
    left = [np.average(np.delete(difference, n), weights=np.delete(weight, n)) for n in range(12)]
    assert pool(clips(dense, trim, weight)).difference(TRIM, DENSE).standard ** 2 == pytest.approx(11 * np.var(left))


def test_groups_are_left_out_whole_where_there_are_enough() -> None:
    shared = np.repeat(np.random.default_rng(4).normal(0, 5, 12), 10)
    dense = np.full(120, 80.0)
    grouped = pool(clips(dense, dense + shared, group=[f"singer_{n // 10}" for n in range(120)]))
    single = pool(clips(dense, dense + shared))
    assert (grouped.drawn, grouped.units, single.drawn, single.units) == ("groups", 12, "clips", 120)
    errors = [drawn.difference(TRIM, DENSE) for drawn in (grouped, single)]
    assert [error.freedom for error in errors] == pytest.approx([11, 119])
    assert errors[0].standard / errors[1].standard == pytest.approx(np.sqrt(119 / 11))


def test_few_groups_fall_back_to_clips() -> None:
    dense = np.arange(40.0)
    drawn = pool(clips(dense, dense**1.1, group=[f"kit_{n % 4}" for n in range(40)]))
    assert (drawn.drawn, drawn.units) == ("clips", 40)


def test_a_mean_over_parts_is_that_of_the_pooled_means() -> None:
    """A clip's kick F weighs what it is a share of, and a part that a clip lacks counts nothing there."""
    random = np.random.default_rng(5)
    rows = [
        clips(random.uniform(0, 1, 20), random.uniform(0, 1, 20), weight=random.integers(1, 9, 20) * 1.0, seed=seed)
        .assign(metric=part)
        .iloc[: 40 if part == "kick" else 31]  # the ticket has the other part on 11 clips only
        for seed, part in itertools.product((1, 2), ("kick", "snare"))
    ]
    frame = pd.concat(rows, ignore_index=True)
    pools = pool(frame)
    metric = Metric("f", "F", over=("kick", "snare"))

    def whole(table: pd.DataFrame, rung: Rung, seed: int) -> float:
        own = table[(table["strategy"] == rung.strategy) & (table["seed"] == seed)]
        parts = {str(name): zip(p["value"], p["weight"], strict=True) for name, p in own.groupby("metric")}
        return means([metric], parts)["f"]

    for rung, (place, seed) in itertools.product((DENSE, TRIM), enumerate((1, 2))):
        assert pools.means[pools.order.index(rung), place] == pytest.approx(whole(frame, rung, seed))
    without = [frame[frame["track_id"] != f"clip_{n}"] for n in range(20)]
    left = [np.mean([whole(table, TRIM, s) - whole(table, DENSE, s) for s in (1, 2)]) for table in without]
    gains = [whole(frame, TRIM, seed) - whole(frame, DENSE, seed) for seed in (1, 2)]
    known = 19 * np.var(left) + np.var(gains, ddof=1) / 2
    assert pools.difference(TRIM, DENSE).standard ** 2 == pytest.approx(known)


def test_a_part_that_one_clip_holds_alone_is_left_out_with_it() -> None:
    rows = clips(np.linspace(60, 80, 8), np.linspace(61, 79, 8))
    alone = rows[rows["track_id"] == "clip_0"].assign(metric="rare", value=100.0)
    assert np.isfinite(half(pd.concat([rows, alone])))


def test_only_common_seeds_are_compared() -> None:
    dense = np.full(50, 80.0)
    both = pd.concat([clips(dense, dense - 4, seed=1), clips(dense, dense + 2, seed=2)])
    assert pool(both).difference(TRIM, DENSE).standard == pytest.approx(3)
    one = both[(both["strategy"] == "dense") | (both["seed"] == 2)]
    assert pool(one).difference(TRIM, DENSE).standard == pytest.approx(0)
    assert paired({TRIM: {2: 82.0}, DENSE: {1: 70.0, 2: 80.0}}, TRIM, DENSE) == (2.0, 1)
    apart = both[(both["strategy"] == "dense") == (both["seed"] == 1)]
    assert np.isnan(pool(apart).difference(TRIM, DENSE).half)
    difference, seeds = paired({TRIM: {2: 82.0}, DENSE: {1: 70.0}}, TRIM, DENSE)
    assert np.isnan(difference) and seeds == 0


def test_of_one_clip_nothing_is_known() -> None:
    assert np.isnan(half(clips(np.array([80.0]), np.array([81.0]))))


TRIALS = 1000


def _simulated(seeds: int, truth: float, training: float, units: int, effect: float, noise: float) -> Counter[str]:
    """The verdicts on so many made-up experiments in each of which ticket minus dense is `truth`.

    Args:
        training: deviation between trainings, of dense and ticket alike.
        effect, noise: deviations of what a clip does to the difference: in every training, and in one.
    """
    random = np.random.default_rng(7)
    clip = random.normal(80, 15, (TRIALS, 1, units))
    dense = clip + random.normal(0, training, (TRIALS, seeds, 1)) + random.normal(0, noise, (TRIALS, seeds, units))
    ticket = clip + truth + random.normal(0, effect, (TRIALS, 1, units))
    ticket = ticket + random.normal(0, training, (TRIALS, seeds, 1)) + random.normal(0, noise, (TRIALS, seeds, units))
    order = [Rung(str(trial), name, 0.0) for name in ("dense", "trim") for trial in range(TRIALS)]
    values = np.concatenate([dense, ticket])
    whole = values.mean(axis=2)
    pools = Pools(
        order, [*range(seeds)], whole, (values.sum(axis=2, keepdims=True) - values) / (units - 1), units, "clips", units
    )
    points = {rung: dict(enumerate(row)) for rung, row in zip(order, whole, strict=True)}
    compared = Comparison(points, pools, Metric("f", "F"))
    pairs = zip(order[TRIALS:], order[:TRIALS], strict=True)
    return Counter(str(compared.compare(rung, reference)["verdict"]) for rung, reference in pairs)


SPREADS = [(1.0, 60, 3.0, 1.0), (1.0, 200, 6.0, 10.0), (1.0, 200, 0.0, 0.5), (0.3, 60, 3.0, 3.0), (0.0, 40, 5.0, 5.0)]


@pytest.mark.parametrize("spread", SPREADS, ids=str)
@pytest.mark.parametrize("seeds", [3, 5])
def test_at_most_five_of_a_hundred_verdicts_are_false(seeds: int, spread: tuple[float, int, float, float]) -> None:
    """Trainings that differ by a point, clips that do something to the difference in all trainings and in one."""
    nothing = _simulated(seeds, 0.0, *spread)
    assert nothing[BETTER] <= 0.05 * TRIALS
    assert nothing[WORSE] <= 0.05 * TRIALS
    loss = _simulated(seeds, -1.0, *spread)
    assert loss[NO_LOSS] + loss[BETTER] <= 0.05 * TRIALS


def test_a_difference_that_is_there_is_found() -> None:
    """An interval that is never wrong because it is never narrow would pass the test above."""
    assert _simulated(5, 3.0, 1.0, 200, 3.0, 3.0)[BETTER] >= 0.9 * TRIALS
    assert _simulated(3, 0.0, 0.2, 200, 3.0, 3.0)[NO_LOSS] >= 0.5 * TRIALS
    assert _simulated(5, -3.0, 1.0, 200, 3.0, 3.0)[WORSE] >= 0.9 * TRIALS
