"""Verdicts at their edges, and what every ticket is compared with."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from fake_results import Grid, analysis, write_results

from ultralight_mir.metric_table import Metrics
from ultralight_mir.metrics import Metric
from ultralight_mir.records import read_records
from ultralight_mir.report.analysis import Analysis
from ultralight_mir.report.intervals import Rung, pool
from ultralight_mir.report.statistics import EMPTY, FEW_SEEDS, MIN_SEEDS, Comparison, verdict


@pytest.mark.parametrize(
    ("low", "high", "expected", "against_a_control"),
    [
        (0.1, 2.0, "better", "better"),
        (0.0, 2.0, "no loss", "not shown"),
        (-0.99, 0.5, "no loss", "not shown"),
        (-0.8, -0.2, "no loss", "worse"),
        (-1.0, 0.5, "not shown", "not shown"),
        (-3.0, 0.0, "not shown", "not shown"),
        (-3.0, -0.1, "worse", "worse"),
        (np.nan, np.nan, "not shown", "not shown"),
    ],
)
def test_verdict(low: float, high: float, expected: str, against_a_control: str) -> None:
    assert verdict(low, high) == expected
    assert verdict(low, high, margin=0.0) == against_a_control


@pytest.mark.parametrize("seeds", [1, 2, 3])
def test_few_seeds_carry_no_verdict(tmp_path: Path, seeds: int) -> None:
    grid = Grid(tasks=("pitch",), strategies=("trim", "random"), removed=(0.95,), seeds=seeds)
    rows = analysis(tmp_path, grid).statistics.differences
    assert (set(rows["verdict"]) == {FEW_SEEDS}) is (seeds < MIN_SEEDS)
    assert rows["p_better"].isna().all() == (seeds < MIN_SEEDS)
    assert rows["low"].notna().all()


def test_an_interval_is_above_a_bound_where_its_p_value_is_small(tmp_path: Path) -> None:
    rows = analysis(tmp_path, Grid(tasks=("drums", "onset"), seeds=3)).statistics.differences
    assert ((rows["p_better"] <= 0.025) == (rows["low"] >= 0)).all()
    assert ((rows["p_no_loss"] <= 0.025) == (rows["low"] >= -1)).all()
    assert rows["p_better"].between(0, 1).all() and (rows["p_no_loss"] <= rows["p_better"]).all()


def test_no_loss_is_said_against_dense_only(tmp_path: Path) -> None:
    grid = Grid(tasks=("drums", "onset", "pitch"), strategies=("taught", "even", "small_taught"), seeds=3, noise=0.0)
    rows = analysis(tmp_path, grid).statistics.differences
    assert "no loss" in set(rows.loc[rows["reference"] == "dense", "verdict"])
    controls = rows[rows["reference"] != "dense"]
    assert ((controls["low"] > -1) & (controls["low"] < 0)).any(), "or there is nothing to see here"
    assert "no loss" not in set(controls["verdict"])


def test_a_headline_that_is_a_mean_over_others_has_intervals(tmp_path: Path) -> None:
    write_results(tmp_path, Grid(tasks=("drums",), strategies=("trim",), removed=(0.95,), seeds=3))
    records = read_records(tmp_path)
    parts = ("f_kd", "f_sd", "f_hh")
    over = Metrics({"drums": [Metric("f_mean", "F", over=parts), *(Metric(part, part) for part in parts)]})
    clips = records.scores[records.scores["metric"] != "f_mean"]
    (row,) = Analysis.of(replace(records, metrics=over, scores=clips)).statistics.differences.to_dict("records")
    assert row["low"] < row["difference"] < row["high"] < 0 and row["verdict"] == "worse"


def test_lower_is_better_turns_the_sign(tmp_path: Path) -> None:
    write_results(tmp_path, Grid(tasks=("pitch",), strategies=("random",), removed=(0.95,), seeds=3))
    records = read_records(tmp_path)
    higher = Analysis.of(records).statistics.against("dense").iloc[0]
    lower = Metrics({"pitch": [Metric("rpa", "error", higher_is_better=False)]})
    turned = Analysis.of(replace(records, metrics=lower)).statistics.against("dense").iloc[0]
    assert (turned["difference"], turned["low"], turned["high"]) == pytest.approx(
        (-higher["difference"], -higher["high"], -higher["low"])
    )
    assert (higher["verdict"], turned["verdict"]) == ("worse", "better")


def test_a_set_level_metric_has_no_interval(tmp_path: Path) -> None:
    write_results(tmp_path, Grid(tasks=("instrument",), strategies=("random",), removed=(0.95,), seeds=3))
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


def test_dense_that_beats_the_constant_answer_leaves_the_verdicts(tmp_path: Path) -> None:
    grid = Grid(tasks=("singing",), strategies=("trim", "random"), removed=(0.5,), constant=0.3)
    statistics = analysis(tmp_path, grid).statistics
    (row,) = statistics.constants.to_dict("records")
    assert (row["strategy"], row["test_corpus"], row["verdict"]) == ("dense", "synthetic", "better")
    assert row["score"] == pytest.approx(30)
    results = pd.read_csv(tmp_path / "results.csv")
    values = results.query("strategy == 'dense' and split == 'test'").set_index("metric")["value"]
    assert row["difference"] == pytest.approx(100 * (values["accuracy"] - values["constant_accuracy"]))
    assert 0 < row["low"] < row["difference"] < row["high"]
    assert not statistics.differences["verdict"].isin([EMPTY]).any()


def test_nothing_follows_where_dense_does_not_beat_the_constant_answer(tmp_path: Path) -> None:
    grid = Grid(tasks=("singing",), strategies=("trim", "random"), removed=(0.5,), constant=0.8)
    statistics = analysis(tmp_path, grid).statistics
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
    assert analysis(tmp_path, grid).statistics.constants.empty


@pytest.mark.parametrize("metric", [Metric("f", "F"), Metric("f", "F", low=0.5, high=2.0), Metric("f", "F", unit="")])
def test_an_interval_of_a_score_ends_where_scores_end(metric: Metric) -> None:
    """Two clips say next to nothing: their interval is wider than scores are."""
    low, high = metric.low * metric.scale, metric.high * metric.scale
    clips = pd.DataFrame(
        {"network": "a", "seed": 0, "strategy": "dense", "removed_target": 0.0, "track_id": ["x", "y"]}
        | {"group": ["x", "y"], "metric": "f", "value": [low, high], "weight": 1.0}
    )
    rung, middle = Rung("a", "dense", 0.0), (low + high) / 2
    pools = pool(clips)
    wide = pools.score(rung).interval(middle)
    assert wide[0] < low and high < wide[1]
    scored = Comparison({rung: {0: middle}}, pools, metric).scored(rung)
    assert scored == {"score": middle, "score_low": low, "score_high": high}
