"""What a metric is: its name, label, unit, direction and range. A task says which it has (`Task.metrics`)."""

from __future__ import annotations

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
    """

    name: str
    label: str
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
