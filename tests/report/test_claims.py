"""Sentences say what the verdicts carry, and no more."""

from __future__ import annotations

import re
from pathlib import Path

import pandas as pd
import pytest
from fake_results import Grid, analysis

from ultralight_mir.report import claims
from ultralight_mir.report.analysis import Analysis
from ultralight_mir.report.bootstrap import RESAMPLES
from ultralight_mir.report.statistics import Statistics


@pytest.fixture
def drums(tmp_path: Path) -> Analysis:
    return analysis(tmp_path, Grid(tasks=("drums",)), resamples=100)


@pytest.fixture
def means(drums: Analysis) -> pd.DataFrame:
    return drums.means


@pytest.fixture
def statistics(drums: Analysis) -> Statistics:
    return drums.statistics


def test_claims_are_at_the_paper_s_fractions_and_against_each_control(
    means: pd.DataFrame, statistics: Statistics
) -> None:
    told = [(claim.removed, claim.what) for claim in claims.claims(means, statistics) if claim.strategy == "trim"]
    assert told == [
        (0.9, "no loss"),
        (0.85, "better than dense"),
        (0.9, "better than the reinit control"),
        (0.9, "better than the random control"),
    ]


def test_a_loss_within_the_margin_is_not_called_better(means: pd.DataFrame, statistics: Statistics) -> None:
    rows = statistics.differences
    rows.loc[rows["reference"] == "dense", ["difference", "low", "high", "verdict"]] = [-0.3, -0.9, 0.2, "no loss"]
    shown = {claim.what: claim.shown for claim in claims.claims(means, statistics) if claim.strategy == "trim"}
    assert shown["no loss"]
    assert not shown["better than dense"]
    text = claims.overall(means, statistics)
    assert text.startswith(
        "What the data show for trim: no loss at 90\u202f% removed on 1 of 1 task; better than dense"
    )
    assert "85\u202f% removed on 0 of 1 task" in text


def test_a_ladder_beyond_the_claims_carries_none(tmp_path: Path) -> None:
    far = analysis(tmp_path, Grid(tasks=("drums",), strategies=("trim",), removed=(0.95,)), resamples=20)
    assert claims.claims(far.means, far.statistics) == []
    assert claims.overall(far.means, far.statistics).startswith("No claim")


def test_masking_is_said_to_cost_the_same(means: pd.DataFrame) -> None:
    even = means.assign(score=86.0, gain=0.0)
    trim, mask = claims.smallest(even)
    assert "needs 9.1" not in trim
    assert "% of the MACs" in trim
    assert "costs the same" in mask
    worse = means.assign(score=[86.0] + [10.0] * (len(means) - 1), gain=[0.0] + [-76.0] * (len(means) - 1))
    assert claims.smallest(worse) == [
        "No trim ticket came within 1 point of dense.",
        "No mask ticket came within 1 point of dense.",
    ]


def _classifiers(folder: Path, constant: float) -> tuple[pd.DataFrame, Statistics]:
    grid = Grid(tasks=("drums", "singing"), strategies=("trim",), removed=(0.5,), constant=constant)
    both = analysis(folder, grid, RESAMPLES)
    return both.means, both.statistics


def test_no_loss_of_what_does_not_beat_the_constant_answer_is_said_to_mean_nothing(tmp_path: Path) -> None:
    means, statistics = _classifiers(tmp_path, constant=0.9)
    case = means[means["task"] == "singing"]
    assert re.fullmatch(
        r"Singing on synthetic: the dense timbre_cnn scores [\d.]+\u202f% where always giving the most frequent class"
        r" scores 90\.0\u202f% \([−+\d.]+ points, 95\u202f% interval [−\d.]+\u00a0…\u00a0[−+\d.]+\)\. It is not shown"
        r" to beat that constant answer, so nothing follows about trimming\.",
        claims.empty(case, statistics),
    )
    assert not any(claim.shown for claim in claims.claims(case, statistics))
    assert claims.empty(means[means["task"] == "drums"], statistics) == ""
    assert claims.overall(means, statistics).endswith(" On singing, dense is not shown to beat a constant answer.")


def test_nothing_is_said_of_a_constant_answer_that_is_beaten(tmp_path: Path) -> None:
    means, statistics = _classifiers(tmp_path, constant=0.2)
    assert claims.empty(means[means["task"] == "singing"], statistics) == ""
    assert "constant" not in claims.overall(means, statistics)
