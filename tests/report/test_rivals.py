"""Tickets beside systems: the numbers are those of the tables, and differences are on the same clips."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
from fake_results import Grid, analysis, edited, write_results

from ultralight_mir.records import read_records
from ultralight_mir.report import rivals
from ultralight_mir.report.analysis import Analysis

GRID = Grid(
    tasks=("onset",), real=("recordings",), strategies=("taught", "mask", "random"), removed=(0.5,), seeds=3,
    systems=("fast", "slow"),
)  # fmt: skip


def test_a_systems_score_is_the_weighted_mean_of_its_clips(tmp_path: Path) -> None:
    write_results(tmp_path, GRID)
    with edited(tmp_path, "system_scores") as rows:
        for number, row in enumerate(rows):
            row["weight"] = str(number % 3)
    own = rivals.systems(Analysis.of(read_records(tmp_path))).set_index(["test_corpus", "system"])
    clips = pd.read_csv(tmp_path / "system_scores.csv").query("metric == 'f'")
    for key, rows in clips.groupby(["test_corpus", "system"]):
        assert own.loc[key, "score"] == pytest.approx(
            100 * (rows["value"] * rows["weight"]).sum() / rows["weight"].sum()
        )
        assert own.loc[key, "score_low"] < own.loc[key, "score"] < own.loc[key, "score_high"]
    assert own.loc[("recordings", "slow"), "rtf"] == 0.02


def test_tickets_are_set_against_the_best_system_on_the_same_clips(tmp_path: Path) -> None:
    source = analysis(tmp_path, GRID)
    data = rivals.table(source).data
    assert set(data["name"]) == {"fast", "slow", "dense spectral_cnn", data["name"].iloc[-1]}, "no control, no mask"
    for test, rows in data.groupby("test_corpus"):
        best = rows.loc[rows["name"] == "fast", "score"].item()
        tickets = rows[rows["difference"].notna()]
        assert len(tickets) == 2 and ((tickets["score"] - best) - tickets["difference"]).abs().max() < 1e-9
        assert (tickets["low"] > 0).all(), "ten points, seen on every clip"
        means = source.means[(source.means["test_corpus"] == test) & (source.means["strategy"] == "dense")]
        assert rows.loc[rows["strategy"] == "dense", "score"].item() == pytest.approx(means["score"].item())


def test_speed_is_that_of_the_race(tmp_path: Path) -> None:
    source = analysis(tmp_path, GRID)
    races = pd.read_csv(tmp_path / "races.csv")
    tickets = rivals.tickets(source)
    assert set(tickets["strategy"]) == {"dense", "taught"} and set(races["seed"]) == {1}
    for _, row in tickets.iterrows():
        assert row["rtf"] == races.loc[races["strategy"] == row["strategy"], "rtf"].item()


def test_verdicts_do_not_hang_on_who_stands_beside(tmp_path: Path) -> None:
    with_systems, without = tmp_path / "with", tmp_path / "without"
    write_results(with_systems, GRID)
    write_results(without, GRID)
    for table in ("systems", "system_scores", "races"):
        with edited(without, table) as rows:
            rows.clear()
    one, other = (Analysis.of(read_records(folder)) for folder in (with_systems, without))
    pd.testing.assert_frame_equal(one.statistics.differences, other.statistics.differences)
    pd.testing.assert_frame_equal(one.statistics.scores, other.statistics.scores)
    assert rivals.table(other).data.empty and len(rivals.table(one).data)
