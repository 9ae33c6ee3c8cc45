"""What a metric is; tasks say which they have, and results say it again for their readers."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from ultralight_mir.errors import InputError
from ultralight_mir.metric_table import Metrics
from ultralight_mir.metrics import Metric, means
from ultralight_mir.records import TABLES
from ultralight_mir.tasks import TASKS, get_task


@pytest.fixture
def metrics() -> Metrics:
    """Those of all tasks."""
    return Metrics({task: get_task(task).metrics for task in TASKS})


def test_every_task_has_a_headline_that_it_also_scores(metrics: Metrics) -> None:
    assert metrics.tasks == list(TASKS)
    for task in TASKS:
        names = [metric.name for metric in get_task(task).metrics]
        assert metrics.headline(task).name == names[0]
        assert len(set(names)) == len(names)
        assert metrics.headline(task).higher_is_better
        assert metrics.headline(task).constant in ("", *names)


def test_what_is_averaged_over_others_names_metrics_that_clips_have(metrics: Metrics) -> None:
    for task in TASKS:
        own = {metric.name: metric for metric in get_task(task).metrics}
        assert all(not own[name].over for metric in own.values() for name in metric.over)
    assert metrics.headline("drums").over == ("f_kd", "f_sd", "f_hh")


def test_means_are_weighted_and_then_averaged() -> None:
    metrics = (
        Metric("mean", "mean", over=("a", "b")),
        Metric("a", "a"),
        Metric("b", "b"),
        Metric("c", "c", over=("d",)),
    )
    scores = {"a": [(1.0, 3.0), (0.0, 1.0)], "b": [(0.5, 2.0)], "d": [(0.7, 0.0)]}
    assert means(metrics, scores) == {"a": 0.75, "b": 0.5, "mean": 0.625}
    assert means(metrics, {"b": [(0.5, 2.0)]}) == {"b": 0.5, "mean": 0.5}
    assert means(metrics, {"a": iter([(0.25, 2.0)])}) == {"a": 0.25, "mean": 0.25}, "an iterator is read once"
    assert means(metrics, {}) == {}


def test_false_alarms_are_better_low(metrics: Metrics) -> None:
    assert metrics.get("pitch", "vfa").sign == -1
    everything = {metric.name: metric for task in TASKS for metric in get_task(task).metrics}
    assert [name for name, metric in everything.items() if not metric.higher_is_better] == ["vfa"]


def test_axis_label_has_the_unit(metrics: Metrics) -> None:
    assert metrics.headline("drums").axis == "mean drum F ±50 ms (%)"
    assert metrics.headline("drums").scale == 100
    assert Metric("error", "error", unit="").axis == "error" and Metric("error", "error", unit="cents").scale == 1


def test_unknown_names(metrics: Metrics) -> None:
    unknown = metrics.get("drums", "f_55ms")
    assert (unknown.label, unknown.low, unknown.high) == ("f_55ms", -math.inf, math.inf)
    assert metrics.label("drums", "f_55ms") == "f_55ms"
    assert metrics.label("onset", "f_mean") == "f_mean", "a metric of another task is none of this one's"
    with pytest.raises(InputError, match=r"task 'beats' has no metric, expected a headline"):
        metrics.headline("beats")
    with pytest.raises(InputError, match=r"task 'beats' has no metric, expected a headline"):
        Metrics({"beats": []}).headline("beats")


def test_tasks_in_the_order_of_the_experiment() -> None:
    order = ["onset", "pitch", "chord"]
    assert Metrics({task: get_task(task).metrics for task in order}).tasks == order


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    error = Metric("error", "error", higher_is_better=False, low=0.0, high=math.inf, unit="cents")
    whole = Metrics({**{task: get_task(task).metrics for task in TASKS}, "tuning": [error, Metric("NA", "None")]})
    TABLES["metrics"].write(tmp_path / "metrics.csv", whole.rows())
    again = Metrics.of(TABLES["metrics"].read(tmp_path / "metrics.csv"))
    assert again.tasks == whole.tasks
    assert [list(own.items()) for own in again._metrics.values()] == [
        list(own.items()) for own in whole._metrics.values()
    ]
    assert again.headline("tuning") == error
