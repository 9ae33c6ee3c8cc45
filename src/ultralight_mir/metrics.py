"""The metrics manifest: what every metric is called, its unit, its direction, its range and the tasks that have it.

A new metric is one line in `METRICS`; a new task names the metric that its claims are about in `HEADLINES`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ultralight_mir.errors import InputError

SET_LEVEL = "*"
"""The track_id of a metric that exists only for a whole set of clips."""

# Decoding and scoring follow mir_eval unless said; the order here is the order of the tables.
HEADLINES = {
    "instrument": "accuracy",
    "singing": "accuracy",
    "pitch": "rpa",
    "chord": "majmin",
    "drums": "f_mean",
    "onset": "f",
}


@dataclass(frozen=True)
class Metric:
    """One metric.

    Attributes:
        name: as it stands in results.csv.
        label: as it stands on axes and in tables.
        tasks: the tasks that have it.
        higher_is_better: its direction.
        low, high: its range, in the stored unit.
        unit: the unit it is shown in; "%" is the stored fraction times 100, and differences are then points.
        constant: the metric that says what the best constant answer scores by this one, where there is such an answer.
    """

    name: str
    label: str
    tasks: tuple[str, ...] = ()
    higher_is_better: bool = True
    low: float = 0.0
    high: float = 1.0
    unit: str = "%"
    constant: str = ""

    @property
    def scale(self) -> float:
        """What a stored value is multiplied with to be shown in `unit`."""
        return 100.0 if self.unit == "%" else 1.0

    @property
    def sign(self) -> int:
        """+1 where higher is better, −1 where lower is: a difference times this is a gain."""
        return 1 if self.higher_is_better else -1

    @property
    def axis(self) -> str:
        """Label with unit, for an axis: `accuracy (%)`."""
        return f"{self.label} ({self.unit})" if self.unit else self.label


_CLIPS = ("instrument", "singing")
_PITCH = ("pitch",)
_CHORD = ("chord",)
_DRUMS = ("drums",)
_ONSET = ("onset",)

METRICS = {
    metric.name: metric
    for metric in (
        Metric("accuracy", "accuracy", _CLIPS, constant="constant_accuracy"),
        Metric("macro_f1", "macro F1", _CLIPS),
        Metric("balanced_accuracy", "balanced accuracy", _CLIPS),
        Metric("constant_accuracy", "accuracy of the constant answer", _CLIPS),  # stands with the dense network only
        Metric("rpa", "raw pitch accuracy", _PITCH),
        Metric("rca", "raw chroma accuracy", _PITCH),
        Metric("oa", "overall accuracy", _PITCH),
        Metric("vr", "voicing recall", _PITCH),
        Metric("vfa", "voicing false alarm", _PITCH, higher_is_better=False),
        Metric("majmin", "maj/min accuracy", _CHORD),
        Metric("root", "root accuracy", _CHORD),
        Metric("thirds", "thirds accuracy", _CHORD),
        Metric("triads", "triads accuracy", _CHORD),
        Metric("mirex", "MIREX accuracy", _CHORD),
        Metric("f_mean", "mean drum F ±50 ms", _DRUMS),
        Metric("f_kd", "kick F ±50 ms", _DRUMS),
        Metric("f_sd", "snare F ±50 ms", _DRUMS),
        Metric("f_hh", "hi-hat F ±50 ms", _DRUMS),
        Metric("f_pooled", "pooled F ±50 ms", _DRUMS),
        Metric("f_mean_30ms", "mean drum F ±30 ms", _DRUMS),
        Metric("f", "onset F ±50 ms", _ONSET),
        Metric("precision", "onset precision ±50 ms", _ONSET),
        Metric("recall", "onset recall ±50 ms", _ONSET),
        Metric("f_25ms", "onset F ±25 ms", _ONSET),
    )
}


def get_metric(name: str) -> Metric:
    """The metric of that name.

    Raises:
        InputError: the manifest does not have it.
    """
    if name not in METRICS:
        raise InputError(f"metric '{name}': not in the metrics manifest, expected one of {', '.join(METRICS)}")
    return METRICS[name]


def headline(task: str) -> Metric:
    """The metric that a task's figures and claims are about.

    Raises:
        InputError: the manifest names none for this task.
    """
    if task not in HEADLINES:
        raise InputError(f"task '{task}': no headline metric in the manifest, expected one of {', '.join(HEADLINES)}")
    return get_metric(HEADLINES[task])


def label(name: str) -> str:
    """A metric's label, or its own name where the manifest does not have it (metrics beside the headline)."""
    return METRICS[name].label if name in METRICS else name


def sort_tasks(tasks: Sequence[str]) -> list[str]:
    """Distinct tasks in the manifest's order; others after them, as they come."""
    known = [task for task in HEADLINES if task in tasks]
    return known + [task for task in dict.fromkeys(tasks) if task not in HEADLINES]
