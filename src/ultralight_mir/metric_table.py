"""metrics.csv: every task's metrics as a run had them, so that its tables are read without any task."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, fields
from pathlib import Path
from typing import TYPE_CHECKING

from ultralight_mir.digests import remedy
from ultralight_mir.errors import InputError
from ultralight_mir.metrics import Metric
from ultralight_mir.paths import RUN

if TYPE_CHECKING:
    import pandas as pd


class Metrics:
    """Every task's metrics, the headline (which figures and claims are about) first.

    Attributes:
        tasks: in the experiment's order.
    """

    def __init__(self, metrics: Mapping[str, Sequence[Metric]]) -> None:
        self._metrics = {task: {metric.name: metric for metric in own} for task, own in metrics.items() if own}
        self.tasks = list(self._metrics)

    def headline(self, task: str) -> Metric:
        """The metric that a task's figures and claims are about.

        Raises:
            InputError: the task has none.
        """
        if task not in self._metrics:
            raise InputError(f"metrics.csv: task '{task}' has no metric, expected a headline; {remedy(Path(RUN))}")
        return next(iter(self._metrics[task].values()))

    def get(self, task: str, name: str) -> Metric:
        """A metric by its name; one that the task does not tell of is called by its name and may have any value."""
        return self._metrics.get(task, {}).get(name) or Metric(name, name, low=-math.inf, high=math.inf)

    def of_task(self, task: str) -> tuple[Metric, ...]:
        """A task's metrics; none of a task that has none."""
        return tuple(self._metrics.get(task, {}).values())

    def label(self, task: str, name: str) -> str:
        """What a metric is called in tables."""
        return self.get(task, name).label

    def check(self, path: Path, rows: pd.DataFrame) -> None:
        """Prove that every value of a table, read from `path`, lies in the range of its task's metric.

        Raises:
            InputError: one does not; names file, line, column and range.
        """
        for (task, name), values in rows.groupby(["task", "metric"], sort=False)["value"]:
            metric = self.get(str(task), str(name))
            outside = values[(values < metric.low) | (values > metric.high)]
            if len(outside):
                where = f"{path}, line {outside.index[0] + 2}, column 'value'"
                wanted = f"{metric.label} from {metric.low:g} to {metric.high:g}"
                raise InputError(f"{where}: found {outside.iloc[0]:g}, expected {wanted}")

    def rows(self) -> Iterable[dict[str, object]]:
        """The rows of metrics.csv."""
        for task, metrics in self._metrics.items():
            for metric in metrics.values():
                unbounded = {end: None for end in ("low", "high") if math.isinf(getattr(metric, end))}
                row = {"task": task, "metric": metric.name, **asdict(metric), **unbounded}
                yield row | {"over": " ".join(metric.over)}

    @classmethod
    def of(cls, rows: pd.DataFrame) -> Metrics:
        """From the rows of metrics.csv."""
        settings = [field.name for field in fields(Metric) if field.name != "name"]
        metrics: dict[str, list[Metric]] = {}
        for row in rows.fillna({"low": -math.inf, "high": math.inf}).to_dict("records"):
            row["over"] = tuple(row["over"].split())
            metric = Metric(row["metric"], **{name: row[name] for name in settings})
            metrics.setdefault(row["task"], []).append(metric)
        return cls(metrics)
