"""What a metric is: its name, label, unit, direction and range. A task says which it has (`Task.metrics`)."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Metric:
    """One metric.

    Attributes:
        name: as it stands in results.csv.
        label: as it stands on axes and in tables.
        higher_is_better: its direction.
        low, high: its range, in the stored unit.
        unit: the unit it is shown in; "%" is the stored fraction times 100, and differences are then points.
        constant: the metric that says what the best constant answer scores by this one, where there is such an answer.
        over: the metrics whose means this one is the mean of. No clip has it: what is averaged over classes is pooled
            over clips first, as the field does.
    """

    name: str
    label: str
    higher_is_better: bool = True
    low: float = 0.0
    high: float = 1.0
    unit: str = "%"
    constant: str = ""
    over: tuple[str, ...] = ()

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


def means(metrics: Sequence[Metric], scores: Mapping[str, Iterable[tuple[float, float]]]) -> dict[str, float]:
    """What a set of clips scores: each metric's weighted mean, and those that are means over others' means.

    An F-measure that is weighted by what it is a share of (estimates and references) is so the F-measure of the counts
    added up over all clips.

    Args:
        metrics: the task's.
        scores: metric → (value, weight) of each clip.

    Returns:
        In the order of `scores`, then of `metrics`; without those that weigh nothing. A mean is over the metrics that
        are there.
    """
    totals = {name: list(rows) for name, rows in scores.items()}
    sums = {name: math.fsum(weight for _, weight in rows) for name, rows in totals.items()}
    found = {name: math.fsum(v * w for v, w in rows) / sums[name] for name, rows in totals.items() if sums[name] > 0}
    for metric in metrics:
        parts = [found[name] for name in metric.over if name in found]
        if parts:
            found[metric.name] = math.fsum(parts) / len(parts)
    return found
