"""The manifest is whole, and agrees with the tasks."""

from __future__ import annotations

import pytest

from ultralight_mir.errors import InputError
from ultralight_mir.metrics import HEADLINES, METRICS, get_metric, headline, label, sort_tasks
from ultralight_mir.tasks import TASKS


def test_every_task_has_a_headline_that_it_also_scores() -> None:
    assert set(HEADLINES) == set(TASKS)
    for task in TASKS:
        assert task in headline(task).tasks
        assert headline(task).higher_is_better


def test_false_alarms_are_better_low() -> None:
    assert get_metric("vfa").sign == -1
    assert [name for name, metric in METRICS.items() if not metric.higher_is_better] == ["vfa"]


def test_axis_label_has_the_unit() -> None:
    assert headline("drums").axis == "mean drum F ±50 ms (%)"
    assert headline("drums").scale == 100


def test_unknown_names() -> None:
    with pytest.raises(InputError, match=r"metric 'f_55ms': .*expected one of accuracy"):
        get_metric("f_55ms")
    with pytest.raises(InputError, match=r"task 'beats': .*expected one of instrument"):
        headline("beats")
    assert label("f_55ms") == "f_55ms"


def test_tasks_in_the_order_of_the_manifest_and_others_behind() -> None:
    assert sort_tasks(["beats", "onset", "pitch", "onset"]) == ["pitch", "onset", "beats"]
