"""A ticket's training is chosen by validation clips, seed by seed; what it scores then is told of test clips."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from fake_results import Grid, analysis

from ultralight_mir.report import meaning, trainings
from ultralight_mir.report.analysis import Analysis
from ultralight_mir.report.intervals import Rung
from ultralight_mir.report.statistics import EMPTY, FEW_SEEDS, NO_LOSS

GRID = Grid(tasks=("pitch", "onset"), strategies=("trim", "taught", "even", "random"), removed=(0.85, 0.9), seeds=3)
SEEDS = (1, 2, 3)
EQUAL = ("difference", "low", "high", "p_better", "p_no_loss", "verdict", "clips", "units", "seeds")


def _chosen(whole: Analysis, valid: dict[tuple[str, int], float] | None = None) -> pd.DataFrame:
    """The choice where tickets have other validation scores against dense: (strategy, seed) → points; 0 for others."""
    tickets = whole.tickets
    if valid is not None:
        keys = zip(tickets["strategy"], tickets["seed"], strict=True)
        tickets = tickets.assign(valid_gain=[valid.get(key, 0.0) for key in keys])
    return trainings.chosen(tickets, whole.statistics)


def _row(frame: pd.DataFrame, task: str = "pitch", removed: float = 0.9) -> dict[str, Any]:
    (found,) = frame[(frame["task"] == task) & (frame["removed_target"] == removed)].to_dict("records")
    return {str(key): value for key, value in found.items()}


def test_every_seed_has_the_training_that_validates_best(tmp_path: Path) -> None:
    whole = analysis(tmp_path, GRID)
    frame = _chosen(whole, {("trim", 2): 0.5, ("taught", 1): 0.2, ("taught", 3): 0.1, ("even", 1): 9.0})
    assert len(frame) == 4 and set(frame["among"]) == {"trim, taught"}, "even is another ticket"
    row = _row(frame)
    assert row["picked"] == {"taught": 2, "trim": 1}
    at = whole.tickets.query("task == 'pitch' and own").set_index(["strategy", "removed_target", "seed"])["score"]
    picks = [("taught", 1), ("trim", 2), ("taught", 3)]
    expected = np.mean([at[name, 0.9, seed] - at["dense", 0.0, seed] for name, seed in picks])
    assert row["difference"] == pytest.approx(expected)
    assert row["low"] < row["difference"] < row["high"]


@pytest.mark.parametrize("name", ["trim", "taught"])
def test_one_training_for_all_seeds_is_that_strategy_to_the_last_digit(tmp_path: Path, name: str) -> None:
    whole = analysis(tmp_path, GRID)
    against = whole.statistics.against("dense").query("task == 'pitch' and removed_target == 0.9")
    (alone,) = against[against["strategy"] == name].to_dict("records")
    row = _row(_chosen(whole, {(name, seed): 1.0 for seed in SEEDS}))
    assert {key: row[key] for key in EQUAL} == {key: alone[key] for key in EQUAL}


def test_test_scores_choose_nothing(tmp_path: Path) -> None:
    whole = analysis(tmp_path, GRID)
    trim = whole.tickets["strategy"] == "trim"
    worse = replace(whole, tickets=whole.tickets.assign(score=whole.tickets["score"].mask(trim, 1.0)))
    picked = [_chosen(one)["picked"].tolist() for one in (whole, worse)]
    assert picked[0] == picked[1]


def test_seeds_that_lack_a_training_choose_among_what_they_have(tmp_path: Path) -> None:
    whole = analysis(tmp_path, GRID)
    lacks = (whole.tickets["strategy"] == "taught") & (whole.tickets["seed"] == 3)
    better = {("taught", seed): 1.0 for seed in SEEDS}
    row = _row(_chosen(replace(whole, tickets=whole.tickets[~lacks]), better))
    assert row["picked"] == {"taught": 2, "trim": 1} and row["seeds"] == 3


def test_nothing_is_chosen_without_validation_or_of_one_training(tmp_path: Path) -> None:
    blind = analysis(tmp_path / "blind", replace(GRID, validation=False))
    alone = analysis(tmp_path / "alone", replace(GRID, strategies=("trim", "even", "random")))
    for whole in (blind, alone):
        frame = _chosen(whole)
        assert frame.empty and trainings.table(frame).data.empty and not meaning.trained(frame)


def test_few_seeds_and_what_beats_no_constant_carry_no_verdict(tmp_path: Path) -> None:
    few = _chosen(analysis(tmp_path / "few", replace(GRID, seeds=2)))
    assert set(few["verdict"]) == {FEW_SEEDS} and few["p_holm"].isna().all() and not few["survives"].any()
    assert not meaning.trained(few)
    classes = replace(GRID, tasks=("singing",), constant=0.9)
    nothing = _chosen(analysis(tmp_path / "nothing", classes))
    assert set(nothing["verdict"]) == {EMPTY} and not meaning.trained(nothing)
    assert trainings.table(nothing).shown["90\u202f%"].tolist() == [EMPTY]


def test_the_table_and_the_sentence_tell_the_same(tmp_path: Path) -> None:
    whole = analysis(tmp_path, GRID)
    frame = whole.chosen
    shown = trainings.table(frame).shown
    assert list(shown.columns) == ["task", "85\u202f%", "90\u202f%"]
    marked = sum("✓" in cell for cell in shown["90\u202f%"])
    at = frame[frame["removed_target"] == 0.9]
    assert marked == (at["verdict"] == NO_LOSS).sum() + (at["verdict"] == "better").sum() > 0
    (sentence,) = meaning.trained(frame)
    assert meaning.meant(whole)[0] == sentence
    assert f"(trim, taught; seed by seed), no loss is shown at 90\u202f% removed on {marked} of 2 tasks" in sentence


def test_a_ticket_of_fewer_tasks_makes_no_claim_over_the_tasks(tmp_path: Path) -> None:
    frame = analysis(tmp_path, GRID).chosen
    other = frame[frame["task"] == "onset"].assign(first="hybrid", among="hybrid, hybrid-taught")
    both = pd.concat([other, frame], ignore_index=True)
    assert meaning.trained(both) == meaning.trained(frame) != meaning.trained(other)
    assert len(trainings.table(both).shown) == 3, "the table has it"


def test_choosing_leaves_the_others_as_they_were(tmp_path: Path) -> None:
    comparison = next(iter(analysis(tmp_path, GRID).statistics.comparisons.values()))
    dense, trim = (next(rung for rung in comparison.points if rung.strategy == name) for name in ("dense", "trim"))
    more = comparison.choosing(Rung(trim.network, "chosen", trim.removed), {1: dense, 2: trim})
    assert more.compare(trim, dense) == comparison.compare(trim, dense)
    assert more.pools is not None and comparison.pools is not None
    assert len(more.pools.order) == len(comparison.pools.order) + 1
