"""What is chosen is chosen by validation clips, whatever the test clips say."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from fake_results import Grid, edited, write_results

from ultralight_mir.report.analysis import Analysis
from ultralight_mir.report.choices import smallest_of_all, smallest_within


def _with_validation(folder: Path, grid: Grid, scores: dict[tuple[str, float], float]) -> Analysis:
    write_results(folder, grid)
    with edited(folder, "results") as rows:
        for row in rows:
            if row["split"] == "valid" and row["metric"] in ("f_mean", "f"):
                row["value"] = str(scores[row["strategy"], float(row["removed_target"])])
    return Analysis.read(folder)


GRID = Grid(tasks=("drums",), strategies=("trim", "random"), removed=(0.5, 0.75, 0.9), seeds=3)
VALID = {("dense", 0.0): 0.86, ("trim", 0.5): 0.84, ("trim", 0.75): 0.852, ("trim", 0.9): 0.8499}  # not monotone
VALID |= {("random", removed): 0.1 for removed in GRID.removed}


def test_the_smallest_ticket_within_a_point(tmp_path: Path) -> None:
    whole = _with_validation(tmp_path, GRID, VALID)
    (best,) = smallest_within(whole.means).to_dict("records")
    assert (best["strategy"], best["removed_target"]) == ("trim", 0.75)
    assert best["valid_gain"] == pytest.approx(-0.8)
    assert best["gain"] < -1, "its test score is what it is"
    told = whole.statistics.against("dense").set_index(["strategy", "removed_target"])["difference"]
    assert best["gain"] == told["trim", 0.75]


def test_test_scores_choose_nothing(tmp_path: Path) -> None:
    one = _with_validation(tmp_path / "one", GRID, VALID)
    write_results(tmp_path / "two", GRID)
    with edited(tmp_path / "two", "results") as rows:
        for row in rows:
            row["value"] = "0.99" if row["split"] == "test" and row["removed_target"] == "0.9" else row["value"]
            if row["split"] == "valid" and row["metric"] == "f_mean":
                row["value"] = str(VALID[row["strategy"], float(row["removed_target"])])
    two = Analysis.read(tmp_path / "two")
    for choose in (lambda a: smallest_within(a.means), lambda a: smallest_of_all(a.means, a.statistics)):
        chosen = [choose(whole)[["strategy", "removed_target"]].values.tolist() for whole in (one, two)]
        assert chosen[0] == chosen[1] != []


def test_a_seed_without_validation_leaves_nothing_to_choose_by(tmp_path: Path) -> None:
    write_results(tmp_path, GRID)
    with edited(tmp_path, "results") as rows:
        rows[:] = [r for r in rows if (r["split"], r["seed"], r["strategy"]) != ("valid", "2", "trim")]
    means = Analysis.read(tmp_path).means.set_index("strategy")
    assert means.loc["trim", "valid"].isna().all() and np.isfinite(means.loc["random", "valid"]).all()
    assert smallest_within(Analysis.read(tmp_path).means).empty


def test_the_best_network_of_a_task_may_be_any_and_the_smallest_beside_it_too(tmp_path: Path) -> None:
    grid = Grid(tasks=("drums",), strategies=("trim", "small"), removed=(0.5, 0.9), seeds=3)
    valid = {("dense", 0.0): 0.86, ("trim", 0.5): 0.88, ("trim", 0.9): 0.869, ("small", 0.5): 0.874}
    whole = _with_validation(tmp_path, grid, valid | {("small", 0.9): 0.871})
    (row,) = smallest_of_all(whole.means, whole.statistics).to_dict("records")
    assert (row["best_strategy"], row["best_removed"]) == ("trim", pytest.approx(0.5, abs=0.01))
    assert (row["strategy"], row["removed_target"]) == ("small", 0.9), "trim at 90 % is more than a point below"
    means = whole.means.set_index(["strategy", "removed_target"])["score"]
    assert row["difference"] == pytest.approx(means["small", 0.9] - means["trim", 0.5])
    assert row["low"] < row["difference"] < row["high"]


def test_tickets_of_other_seeds_are_compared_over_those_that_they_share(tmp_path: Path) -> None:
    """A few lucky trainings are no bar, and seeds that are easy for dense make no ticket better."""
    grid = Grid(tasks=("drums",), strategies=("trim", "small", "even"), removed=(0.5, 0.9), seeds=5)
    seeds = {"trim": "01234", "small": "234", "even": "01"}
    gains = {("trim", 0.5): 0.01, ("trim", 0.9): -0.02, ("small", 0.5): 0.0, ("small", 0.9): 0.002}
    write_results(tmp_path, grid)
    for table in ("results", "costs", "widths", "scores"):
        with edited(tmp_path, table) as rows:
            rows[:] = [row for row in rows if str(row["seed"]) in seeds.get(row["strategy"], "01234")]
            for row in rows:
                if row.get("split") == "valid" and row["metric"] == "f_mean":
                    lucky = 0.03 * (row["strategy"] == "even")
                    gain = gains.get((row["strategy"], float(row["removed_target"])), lucky)
                    row["value"] = str(0.7 + 0.05 * int(row["seed"]) + gain)
    whole = Analysis.read(tmp_path)
    (row,) = smallest_of_all(whole.means, whole.statistics).to_dict("records")
    assert (row["best_strategy"], row["best_removed"]) == ("trim", pytest.approx(0.5, abs=0.01)), "even had two seeds"
    assert (row["strategy"], row["removed_target"]) == ("small", 0.9)
    assert np.isfinite([row["difference"], row["low"], row["high"]]).all()


def test_networks_of_a_task_are_compared_with_each_other(tmp_path: Path) -> None:
    grid = Grid(tasks=("onset",), networks=("wide", "narrow"), strategies=("trim",), removed=(0.5,), seeds=3)
    write_results(tmp_path, grid)
    with edited(tmp_path, "results") as rows:
        for row in rows:
            if row["split"] == "valid" and row["metric"] == "f":
                row["value"] = {"wide": "0.95", "narrow": "0.945"}[row["network"]]
    with edited(tmp_path, "costs") as rows:
        for row in rows:
            row["parameters"] = str(int(row["parameters"]) // (1 if row["network"] == "wide" else 10))
    whole = Analysis.read(tmp_path)
    (row,) = smallest_of_all(whole.means, whole.statistics).to_dict("records")
    assert (row["best_network"], row["network"], row["strategy"]) == ("wide", "narrow", "trim")
    assert np.isfinite([row["low"], row["high"]]).all()
