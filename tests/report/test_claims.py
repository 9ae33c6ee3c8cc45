"""Sentences say what the verdicts carry, and no more."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
from fake_results import Grid, analysis

from ultralight_mir.report import claims
from ultralight_mir.report.analysis import Analysis
from ultralight_mir.report.headlines import headlines


@pytest.fixture
def drums(tmp_path: Path) -> Analysis:
    return analysis(tmp_path, Grid(tasks=("drums",), removed=(0.5, 0.85, 0.9, 0.95), seeds=3))


def told(whole: Analysis, strategy: str) -> dict[str, claims.Claim]:
    return {claim.what: claim for claim in claims.claims(whole.means, whole) if claim.strategy == strategy}


def changed(whole: Analysis, rows: pd.Series[bool], **values: object) -> Analysis:
    """The same with other differences."""
    differences = whole.statistics.differences.copy()
    for name, value in values.items():
        differences.loc[rows, name] = value
    statistics = replace(whole.statistics, differences=differences)
    return replace(whole, statistics=statistics, headlines=headlines(whole.means, statistics))


def test_claims_are_the_headlines_and_against_each_control(drums: Analysis) -> None:
    assert [(claim.removed, claim.what) for claim in told(drums, "trim").values()] == [
        (0.9, "no loss"),
        (0.5, "better than dense"),  # of what is at most 85 %, the best by validation
        (0.95, "better than at random"),
        (0.9, "better than reinit (fresh weights)"),
        (0.9, "better than random"),
    ]
    assert [claim.shown for claim in told(drums, "trim").values()] == [False, False, True, True, True]


def test_a_loss_within_the_margin_is_not_called_better(drums: Analysis) -> None:
    dense = drums.statistics.differences["reference"] == "dense"
    even = changed(drums, dense, difference=-0.3, low=-0.9, high=0.2, verdict="no loss", p_no_loss=0.001, p_better=0.9)
    shown = {what: claim.shown for what, claim in told(even, "trim").items()}
    assert shown["no loss"]
    assert not shown["better than dense"]
    text = claims.overall(even)
    assert text.startswith(
        "What the data show for trim, of 2 strategies the one that shows most: no loss at 90\u202f% removed on 1 of 1"
        " task; better than dense"
    )
    assert "50\u202f% removed on 0 of 1 task" in text


@pytest.mark.parametrize("seeds", [1, 2])
def test_too_few_seeds_claim_nothing_and_say_what_is_missing(tmp_path: Path, seeds: int) -> None:
    whole = analysis(tmp_path, Grid(tasks=("drums",), removed=(0.5, 0.9), seeds=seeds))
    assert not any(claim.shown for claim in claims.claims(whole.means, whole))
    missing = f"{seeds} seed{'s' * (seeds > 1)}, a verdict takes 3"
    assert all(missing in claim.detail for claim in claims.claims(whole.means, whole))
    assert claims.overall(whole) == f"This run has {missing}: nothing is claimed."


def test_a_ladder_that_ends_before_a_claim_does_not_carry_it(tmp_path: Path) -> None:
    grid = Grid(tasks=("drums",), strategies=("trim", "random"), removed=(0.99,), seeds=3)
    far = analysis(tmp_path / "far", grid)
    assert list(told(far, "trim")) == ["no loss", "better than at random", "better than random"]
    near = analysis(tmp_path / "near", replace(grid, removed=(0.5,)))
    assert list(told(near, "trim")) == ["better than dense"]
    none = analysis(tmp_path / "none", replace(grid, removed=(0.87,)))
    assert claims.claims(none.means, none) == []
    assert claims.overall(none).startswith("No claim")


def test_masking_is_said_to_cost_the_same(drums: Analysis) -> None:
    trim, mask = claims.smallest(drums.means.assign(valid_gain=0.0), drums)
    assert re.search(r"of 14\.0\u202fM MACs a second", trim)
    assert "costs the same" in mask
    assert re.search(r" and \d+\u202f% of the CPU time \(on test clips ", trim)
    worse = drums.means.assign(valid_gain=-76.0)
    assert claims.smallest(worse, drums) == [
        "No trim ticket came within 1 point of dense on validation clips.",
        "No mask ticket came within 1 point of dense on validation clips.",
    ]


def test_without_validation_scores_nothing_is_picked(tmp_path: Path) -> None:
    whole = analysis(tmp_path, Grid(tasks=("drums",), seeds=3, removed=(0.5,), validation=False))
    (sentence,) = claims.smallest(whole.means, whole)
    assert "none is picked" in sentence


def _classifiers(folder: Path, constant: float) -> Analysis:
    return analysis(
        folder, Grid(tasks=("drums", "singing"), strategies=("trim",), removed=(0.5,), constant=constant, seeds=3)
    )


def test_no_loss_of_what_does_not_beat_the_constant_answer_is_said_to_mean_nothing(tmp_path: Path) -> None:
    whole = _classifiers(tmp_path, constant=0.9)
    case = whole.means[whole.means["task"] == "singing"]
    assert re.fullmatch(
        r"Singing on synthetic: the dense timbre_cnn scores [\d.]+\u202f% where always giving the most frequent class"
        r" scores 90\.0\u202f% \([−+\d.]+ points, 95\u202f% interval [−\d.]+\u00a0…\u00a0[−+\d.]+\)\. It is not shown"
        r" to beat that constant answer, so nothing follows about trimming\.",
        claims.empty(case, whole),
    )
    assert not any(claim.shown for claim in claims.claims(case, whole))
    assert claims.empty(whole.means[whole.means["task"] == "drums"], whole) == ""
    assert claims.overall(whole).endswith(" On singing, dense is not shown to beat a constant answer.")


def test_nothing_is_said_of_a_constant_answer_that_is_beaten(tmp_path: Path) -> None:
    whole = _classifiers(tmp_path, constant=0.2)
    assert claims.empty(whole.means[whole.means["task"] == "singing"], whole) == ""
    assert "constant" not in claims.overall(whole)
