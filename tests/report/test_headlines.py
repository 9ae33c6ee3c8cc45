"""Holm's correction against what is known of it, and which rungs the headline claims are about."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from fake_results import Grid, analysis
from hypothesis import given
from hypothesis import strategies as st

from ultralight_mir.report.headlines import BEATS_RANDOM, BETTER, NO_LOSS, from_on, headlines, holm, up_to


def test_holm_s_known_example() -> None:
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert holm([0.01, float("nan"), 0.02]) == pytest.approx([0.02, float("nan"), 0.02], nan_ok=True)
    assert holm([]) == []


@given(st.lists(st.floats(0, 1), min_size=1, max_size=9), st.floats(0.001, 0.2))
def test_holm_rejects_as_the_step_down_procedure_does(values: list[float], level: float) -> None:
    order = sorted(range(len(values)), key=values.__getitem__)
    rejected = set()
    for rank, place in enumerate(order):
        if values[place] * (len(values) - rank) > level:
            break
        rejected.add(place)
    assert {place for place, p in enumerate(holm(values)) if p <= level} == rejected


def test_holm_keeps_a_family_s_level() -> None:
    random = np.random.default_rng(1)
    false = sum(min(holm(list(random.uniform(0, 1, 6)))) <= 0.05 for _ in range(2000))
    assert 0.03 * 2000 < false < 0.065 * 2000


def ladder(gains: dict[float, float]) -> pd.DataFrame:
    columns = {"removed_target": list(gains), "valid_gain": list(gains.values())}
    return pd.DataFrame(columns).assign(measure="parameters", removed=lambda rows: rows["removed_target"] + 0.02)


def test_which_rung_a_claim_is_about() -> None:
    rungs = ladder({0.5: 0.3, 0.75: 0.7, 0.85: 0.1, 0.9: 5.0, 0.95: 9.0})
    assert (from_on(rungs, 0.9), from_on(rungs, 0.93)) == (0.9, 0.95)
    assert np.isnan(from_on(rungs, 0.99))
    assert up_to(rungs, 0.85) == 0.75, "the best by validation"
    assert up_to(rungs.assign(valid_gain=np.nan), 0.85) == 0.85, "without validation, the last"
    assert np.isnan(up_to(rungs, 0.3))


def test_a_rung_asked_for_in_units_is_one_of_its_parameters() -> None:
    """59 % of the units are 84 % of the parameters, and the paper's claims are about those."""
    rungs = ladder({0.36: 0.0, 0.59: 2.0, 0.67: 3.0}).assign(measure="units", removed=[0.6, 0.84, 0.91])
    assert (from_on(rungs, 0.9), up_to(rungs, 0.85)) == (0.67, 0.59)


def test_every_strategy_s_claims_are_families_over_the_tasks(tmp_path: Path) -> None:
    whole = analysis(tmp_path, Grid(tasks=("drums", "onset"), removed=(0.5, 0.9, 0.95), seeds=3))
    rows = whole.headlines
    assert rows.groupby(["strategy", "claim"]).size().to_dict() == {
        (name, claim): 2
        for name in ("trim", "mask")
        for claim in (NO_LOSS, BETTER, BEATS_RANDOM)
        if (name, claim) != ("mask", BEATS_RANDOM)  # nothing was masked at random
    }
    assert set(rows["family"]) == {2}
    random = rows[(rows["claim"] == BEATS_RANDOM) & (rows["strategy"] == "trim")]
    assert random["p_holm"].tolist() == holm(random["p"].tolist()) and random["survives"].all()
    assert (rows["survives"] <= rows["shown"]).all()


def test_what_was_not_tested_does_not_count(tmp_path: Path) -> None:
    whole = analysis(tmp_path, Grid(tasks=("drums",), removed=(0.9,), strategies=("trim",), seeds=2))
    (row,) = headlines(whole.means, whole.statistics).to_dict("records")
    assert row["family"] == 0 and not row["shown"] and not row["survives"] and np.isnan(row["p_holm"])
