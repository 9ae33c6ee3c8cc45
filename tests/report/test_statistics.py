"""Intervals against what is known of them, and verdicts at their edges."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from fake_results import Grid, analysis, write_results

from ultralight_mir.metrics import Metric
from ultralight_mir.records import Metrics, read_records
from ultralight_mir.report.analysis import Analysis
from ultralight_mir.report.bootstrap import RESAMPLES, resample
from ultralight_mir.report.statistics import DENSE, EMPTY, paired, smallest_within, verdict

TRIM = ("trim", 0.9)


def clips(
    dense: np.ndarray, trim: np.ndarray, weight: np.ndarray | None = None, group: list[str] | None = None, seed: int = 1
) -> pd.DataFrame:
    """Rows of scores.csv for dense and one ticket."""
    parts = []
    for (strategy, removed), values in ((DENSE, dense), (TRIM, trim)):
        count = len(values)
        columns = {"strategy": strategy, "removed_target": removed, "seed": seed, "value": values}
        columns |= {
            "track_id": [f"clip_{n}" for n in range(count)],
            "weight": np.ones(count) if weight is None else weight,
        }
        parts.append(pd.DataFrame(columns | {"group": group or [f"clip_{n}" for n in range(count)]}))
    return pd.concat(parts, ignore_index=True)


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [
        (0.1, 2.0, "better"),
        (0.0, 2.0, "no loss"),
        (-0.99, 0.5, "no loss"),
        (-0.8, -0.2, "no loss"),
        (-1.0, 0.5, "not shown"),
        (-3.0, 0.0, "not shown"),
        (-3.0, -0.1, "worse"),
        (np.nan, np.nan, "not shown"),
    ],
)
def test_verdict(low: float, high: float, expected: str) -> None:
    assert verdict(low, high) == expected


def test_interval_is_that_of_the_mean_difference() -> None:
    random = np.random.default_rng(1)
    dense = random.normal(80, 30, 400)
    difference = random.normal(-2, 5, 400)
    interval = resample(clips(dense, dense + difference)).difference(TRIM, DENSE)
    error, point = difference.std() / np.sqrt(400), difference.mean()
    assert interval == pytest.approx((point - 1.96 * error, point + 1.96 * error), abs=0.12 * error)


def test_pairing_removes_what_clips_have_in_common() -> None:
    dense = np.random.default_rng(2).normal(50, 40, 30)
    assert resample(clips(dense, dense + 0.5)).difference(TRIM, DENSE) == pytest.approx((0.5, 0.5))


def test_coverage_of_the_interval_is_near_its_level() -> None:
    random = np.random.default_rng(3)
    covered = 0
    for trial in range(150):
        dense = random.normal(70, 20, 40)
        drawn = resample(clips(dense, dense + random.normal(1.0, 4, 40)), resamples=400, seed=trial)
        low, high = drawn.difference(TRIM, DENSE)
        covered += low <= 1.0 <= high
    assert 0.88 <= covered / 150 <= 0.99


def test_weights_are_respected() -> None:
    dense, trim = np.array([50.0, 50.0]), np.array([60.0, 30.0])
    drawn = resample(clips(dense, trim, weight=np.array([3.0, 1.0])))
    assert drawn.difference(TRIM, DENSE) == pytest.approx((-20, 10))
    differences = drawn.means[drawn.order.index(TRIM), 0] - drawn.means[drawn.order.index(DENSE), 0]
    assert set(differences.round(6)) == {-20, (3 * 10 - 20) / 4, 10}


def test_groups_are_drawn_whole_where_there_are_enough() -> None:
    random = np.random.default_rng(4)
    shared = np.repeat(random.normal(0, 5, 12), 10)
    dense = np.full(120, 80.0)
    grouped = resample(clips(dense, dense + shared, group=[f"singer_{n // 10}" for n in range(120)]))
    single = resample(clips(dense, dense + shared))
    assert (grouped.drawn, grouped.units, single.drawn, single.units) == ("groups", 12, "clips", 120)
    width = {drawn.drawn: np.diff(drawn.difference(TRIM, DENSE))[0] for drawn in (grouped, single)}
    assert width["groups"] / width["clips"] == pytest.approx(np.sqrt(10), rel=0.15)


def test_few_groups_fall_back_to_clips() -> None:
    dense = np.arange(40.0)
    drawn = resample(clips(dense, dense**1.1, group=[f"kit_{n % 2}" for n in range(40)]))
    assert (drawn.drawn, drawn.units) == ("clips", 40)
    low, high = drawn.difference(TRIM, DENSE)
    assert high > low


def test_seeds_are_drawn_too_and_only_common_ones_compared() -> None:
    dense = np.full(50, 80.0)
    both = pd.concat([clips(dense, dense - 4, seed=1), clips(dense, dense + 2, seed=2)])
    assert resample(both).difference(TRIM, DENSE) == pytest.approx((-4, 2))
    assert paired({TRIM: {1: 76.0, 2: 82.0}, DENSE: {1: 80.0, 2: 80.0}}, TRIM, DENSE) == (-1.0, 2)
    one = both[(both["strategy"] == "dense") | (both["seed"] == 2)]
    assert resample(one).difference(TRIM, DENSE) == pytest.approx((2, 2))
    assert paired({TRIM: {2: 82.0}, DENSE: {1: 70.0, 2: 80.0}}, TRIM, DENSE) == (2.0, 1)


def test_without_a_common_seed_there_is_no_difference() -> None:
    dense = np.random.default_rng(6).normal(70, 20, 25)
    both = pd.concat([clips(dense, dense - 4, seed=1), clips(dense, dense + 2, seed=2)])
    apart = both[(both["strategy"] == "dense") == (both["seed"] == 1)]
    assert np.isnan(resample(apart, resamples=20).difference(TRIM, DENSE)).all()
    difference, seeds = paired({TRIM: {2: 82.0}, DENSE: {1: 70.0}}, TRIM, DENSE)
    assert np.isnan(difference) and seeds == 0


def test_the_same_clips_give_the_same_intervals() -> None:
    dense = np.random.default_rng(5).normal(70, 20, 25)
    rows = clips(dense, dense[::-1].copy())
    assert resample(rows, seed=7).difference(TRIM, DENSE) == resample(rows, seed=7).difference(TRIM, DENSE)
    assert resample(rows, seed=7).difference(TRIM, DENSE) != resample(rows, seed=8).difference(TRIM, DENSE)


def test_lower_is_better_turns_the_sign(tmp_path: Path) -> None:
    write_results(tmp_path, Grid(tasks=("pitch",), strategies=("random",), removed=(0.95,)))
    records = read_records(tmp_path)
    higher = Analysis.of(records).statistics.against("dense").iloc[0]
    lower = Metrics({"pitch": [Metric("rpa", "error", higher_is_better=False)]})
    turned = Analysis.of(replace(records, metrics=lower)).statistics.against("dense").iloc[0]
    assert (turned["difference"], turned["low"], turned["high"]) == pytest.approx(
        (-higher["difference"], -higher["high"], -higher["low"])
    )
    assert (higher["verdict"], turned["verdict"]) == ("worse", "better")


def test_a_set_level_metric_has_no_interval(tmp_path: Path) -> None:
    write_results(tmp_path, Grid(tasks=("instrument",), strategies=("random",), removed=(0.95,)))
    records = read_records(tmp_path)
    headline = Metrics({"instrument": [Metric("macro_f1", "macro F1")]})
    row = Analysis.of(replace(records, metrics=headline)).statistics.against("dense").iloc[0]
    assert np.isnan(row["low"])
    assert np.isnan(row["high"])
    assert row["difference"] < -10
    assert row["verdict"] == "not shown"


def test_every_ticket_is_compared_with_dense_and_with_the_controls(tmp_path: Path) -> None:
    differences = analysis(tmp_path, Grid(tasks=("drums",), removed=(0.5, 0.9))).statistics.differences
    counts = differences.groupby("reference").size().to_dict()
    assert counts == {"dense": 8, "reinit": 4, "random": 4}
    assert set(differences.loc[differences["reference"] != "dense", "strategy"]) == {"trim", "mask"}


def test_points_agree_with_the_means_of_results(tmp_path: Path) -> None:
    chord = analysis(tmp_path, Grid(tasks=("chord",), seeds=2, removed=(0.85,)))
    scores = chord.means.set_index("strategy")["score"]
    for _, row in chord.statistics.against("dense").iterrows():
        assert row["difference"] == pytest.approx(scores[row["strategy"]] - scores["dense"])


def test_smallest_ticket_within_a_point(tmp_path: Path) -> None:
    grid = Grid(tasks=("drums",), strategies=("trim", "random"), removed=(0.5, 0.75, 0.9))
    means = analysis(tmp_path, grid).means
    means["score"] = [86.0, 84.0, 85.2, 84.99, 70.0, 60.0, 50.0]  # dense, trim, random; not monotone
    means["gain"] = means["score"] - 86.0
    best = smallest_within(means)
    assert list(best["strategy"]) == ["trim"]
    assert best["removed_target"].iloc[0] == 0.75
    assert best["gain"].iloc[0] == pytest.approx(-0.8)


def test_dense_that_beats_the_constant_answer_leaves_the_verdicts(tmp_path: Path) -> None:
    grid = Grid(tasks=("singing",), strategies=("trim", "random"), removed=(0.5,), constant=0.3)
    statistics = analysis(tmp_path, grid, RESAMPLES).statistics
    (row,) = statistics.constants.to_dict("records")
    assert (row["strategy"], row["test_corpus"], row["verdict"]) == ("dense", "synthetic", "better")
    assert row["score"] == pytest.approx(30)
    results = pd.read_csv(tmp_path / "results.csv")
    values = results[results["strategy"] == "dense"].set_index("metric")["value"]
    assert row["difference"] == pytest.approx(100 * (values["accuracy"] - values["constant_accuracy"]))
    assert 0 < row["low"] < row["difference"] < row["high"]
    assert not statistics.differences["verdict"].isin([EMPTY]).any()


def test_nothing_follows_where_dense_does_not_beat_the_constant_answer(tmp_path: Path) -> None:
    grid = Grid(tasks=("singing",), strategies=("trim", "random"), removed=(0.5,), constant=0.8)
    statistics = analysis(tmp_path, grid, RESAMPLES).statistics
    (row,) = statistics.constants.to_dict("records")
    assert row["low"] <= 0
    assert set(statistics.differences["verdict"]) == {EMPTY} and len(statistics.differences) == 3


def test_the_constant_answer_changes_no_interval(tmp_path: Path) -> None:
    write_results(tmp_path, Grid(tasks=("singing",), strategies=("trim",), removed=(0.5,), seeds=2))
    records = read_records(tmp_path)
    without = replace(records, scores=records.scores[records.scores["metric"] != "constant_accuracy"])
    one, other = Analysis.of(records).statistics, Analysis.of(without).statistics
    pd.testing.assert_frame_equal(one.differences, other.differences)
    pd.testing.assert_frame_equal(one.scores, other.scores)
    assert len(one.constants) == 1 and other.constants.empty


def test_a_task_without_a_constant_answer_is_compared_with_none(tmp_path: Path) -> None:
    grid = Grid(tasks=("drums",), strategies=("trim",), removed=(0.5,))
    assert analysis(tmp_path, grid, 20).statistics.constants.empty
