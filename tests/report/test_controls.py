"""Which strategy is compared with which, by the settings that tables tell of them."""

from __future__ import annotations

import pandas as pd
import pytest

from ultralight_mir.report import controls
from ultralight_mir.report.controls import FEWER_STEPS, FRESH, NO_TEACHER, RANDOM, SHUFFLED_UNITS, SMALL
from ultralight_mir.strategy import SETTINGS

PLAIN = dict.fromkeys(SETTINGS, "")
PLAIN |= {
    "method": "trim",
    "criterion": "batchnorm",
    "reset": "rewind",
    "objective": "supervised",
    "units": "same",
    "length": "steps",
}
TAUGHT = {"objective": "distil", "teacher": "dense", "teacher_weight": 0.5, "temperature": 2.0}
GRID = {
    "dense": {"method": "dense"},
    "trim": {},
    "taught": {"like": "trim", **TAUGHT},
    "long": {"like": "trim", "length": "macs"},
    "taught_long": {"like": "trim", **TAUGHT, "length": "macs"},
    "even": {"criterion": "even"},
    "mask": {"method": "mask", "criterion": "magnitude"},
    "reinit": {"like": "trim", "reset": "reinit", "control": True},
    "even_reinit": {"like": "even", "criterion": "even", "reset": "reinit", "control": True},
    "shuffled": {"like": "trim", "units": "shuffled", "control": True},
    "shuffled_taught": {"like": "taught", "units": "shuffled", **TAUGHT, "control": True},
    "random": {"criterion": "random", "control": True},
    "random_taught": {"criterion": "random", **TAUGHT, "control": True},
    "small": {"method": "small", "control": True},
    "small_taught": {"method": "small", **TAUGHT, "control": True},
}
FRAME = pd.DataFrame([{**PLAIN, "control": False, "strategy": name, **own} for name, own in GRID.items()])


def test_controls_fit_that_are_like_it_or_like_none_with_a_teacher_where_it_has_one() -> None:
    both = {SHUFFLED_UNITS: "shuffled", RANDOM: "random", SMALL: "small"}
    assert controls.of(FRAME, "trim") == {**both, FRESH: "reinit"}
    assert list(controls.of(FRAME, "trim")) == [SHUFFLED_UNITS, FRESH, RANDOM, SMALL]
    assert controls.of(FRAME, "even") == {FRESH: "even_reinit", RANDOM: "random", SMALL: "small"}
    taught = {kind: f"{name}_taught" for kind, name in both.items()}
    assert controls.of(FRAME, "taught") == {**taught, NO_TEACHER: "trim"}
    assert controls.of(FRAME, "mask") == {SMALL: "small"}, "nothing was masked at random"
    repeats = FRAME.copy()
    repeats.loc[repeats["strategy"] == "random_taught", "like"] = "random"
    assert controls.of(repeats, "taught") == {**taught, NO_TEACHER: "trim"}


@pytest.mark.parametrize("changed", [{"criterion": "taylor"}, {"reset": "finetune"}, {"method": "hybrid"}])
def test_a_twin_differs_in_the_teacher_alone(changed: dict[str, str]) -> None:
    assert controls.twins(FRAME)["taught"] == {NO_TEACHER: "trim"}
    assert controls.twins(FRAME)["trim"] == controls.twins(FRAME)["random_taught"] == {}
    other = FRAME.copy()
    for name, value in changed.items():
        other.loc[other["strategy"] == "taught", name] = value
    assert controls.twins(other)["taught"] == {}


def test_what_is_trained_for_longer_stands_beside_the_same_with_fewer_steps_and_no_control_with_fewer() -> None:
    assert controls.of(FRAME, "long") == {FEWER_STEPS: "trim"}
    assert controls.of(FRAME, "taught_long") == {NO_TEACHER: "long", FEWER_STEPS: "taught"}
    longer = FRAME.copy()
    longer.loc[longer["strategy"] == "shuffled", "length"] = "macs"
    assert controls.of(longer, "long") == {SHUFFLED_UNITS: "shuffled", FEWER_STEPS: "trim"}
    assert SHUFFLED_UNITS not in controls.of(longer, "trim")


def test_a_control_with_a_ladder_of_its_own_is_one_for_what_ranks_alike() -> None:
    frame = FRAME.assign(like="")
    assert controls.of(frame, "trim")[FRESH] == "reinit"
    assert controls.of(frame, "even")[FRESH] == "even_reinit"
    assert FRESH not in controls.of(frame, "mask")


def test_a_strange_control_is_called_by_its_name() -> None:
    frame = FRAME.copy()
    frame.loc[frame["strategy"] == "even", "control"] = True
    assert controls.of(frame, "trim")["even"] == "even"
