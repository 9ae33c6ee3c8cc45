"""Objectives: what training minimises, by name. A new one is a class here or anywhere, and a line in `OBJECTIVES`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Protocol

from ultralight_mir.registry import find

if TYPE_CHECKING:
    from torch import Tensor

    from ultralight_mir.strategy import StrategySettings
    from ultralight_mir.tasks.base import Task

    Forward = Callable[[Tensor], Tensor]

OBJECTIVES = {
    "supervised": "ultralight_mir.objective:Supervised",
    "distil": "ultralight_mir.objective:Distil",
}


class Objective(Protocol):
    """Made once a training: `Objective(task, strategy, teachers)`.

    Args:
        task: whose logits these are.
        strategy: of the ladder; None where a dense network is trained.
        teachers: trained networks, inputs → logits in float32 without gradients, as the strategy asks for them: by
            default the dense network that the ladder starts from; none where a dense network is trained.
    """

    def __init__(self, task: Task, strategy: StrategySettings | None, teachers: Sequence[Forward]) -> None: ...

    def __call__(self, network: Forward, inputs: Tensor, targets: Tensor) -> Tensor:
        """The scalar loss of a batch.

        Args:
            network: inputs → logits in float32, under the training's precision.
            inputs: float32 `[batch, frames, bins]` (waveform `[batch, samples]`).
            targets: float32 `[batch, frames, k]` (clip-wise `[batch, k]`); NaN throughout for what has no annotation.
        """


class Supervised:
    """The task's own loss against the annotations."""

    def __init__(self, task: Task, strategy: StrategySettings | None = None, teachers: Sequence[Forward] = ()) -> None:
        self._loss = task.loss

    def __call__(self, network: Forward, inputs: Tensor, targets: Tensor) -> Tensor:
        """The task's loss of the logits."""
        return self._loss(network(inputs), targets)


class Distil:
    """The teachers' word beside the annotations' (Hinton, Vinyals & Dean, 2015).

    The loss is `teacher_weight` times what the ticket's softened outputs are from the mean of the teachers' (times the
    square of the temperature, so that gradients keep their size), and the task's own loss for the rest. Softened is
    softmax(logits / T) where one class excludes the others (cross-entropy), else sigmoid(logits / T) (binary
    cross-entropy). Each teacher is run once a batch. What has no annotation learns from the teachers alone.
    """

    def __init__(self, task: Task, strategy: StrategySettings | None, teachers: Sequence[Forward]) -> None:
        if strategy is None or not teachers:
            raise ValueError("objective distil: without a teacher, expected a ladder's strategy and its teachers")
        self._task, self._teachers = task, teachers
        self._weight, self._temperature = strategy.teacher_weight, strategy.temperature
        self._annotated = strategy.unlabelled == 0

    def __call__(self, network: Forward, inputs: Tensor, targets: Tensor) -> Tensor:
        """The weighted sum of both losses."""
        first, *others = (self._soften(teacher(inputs)) for teacher in self._teachers)
        wanted = sum(others, first) / len(self._teachers)
        logits = network(inputs)
        loss = self._weight * self._distance(logits, wanted)
        if self._weight < 1:
            loss = loss + (1 - self._weight) * self._own(logits, targets)
        return loss

    def _own(self, logits: Tensor, targets: Tensor) -> Tensor | float:
        """The task's own loss of what has an annotation; to look for what has none is to wait for a GPU."""
        if self._annotated:
            return self._task.loss(logits, targets)
        known = ~targets.isnan().flatten(1).any(dim=1)
        if not known.any():
            return 0.0
        every = bool(known.all())
        return self._task.loss(logits if every else logits[known], targets if every else targets[known])

    def _soften(self, logits: Tensor) -> Tensor:
        cooled = logits / self._temperature
        return cooled.softmax(dim=-1) if self._task.exclusive else cooled.sigmoid()

    def _distance(self, logits: Tensor, wanted: Tensor) -> Tensor:
        from torch.nn import functional

        cooled = logits / self._temperature
        if self._task.exclusive:
            distance = -(wanted * cooled.log_softmax(dim=-1)).sum(dim=-1).mean()
        else:
            distance = functional.binary_cross_entropy_with_logits(cooled, wanted)
        return distance * self._temperature**2


def get_objective(name: str) -> type[Objective]:
    """The objective of that name, or somebody's own `module:Name`.

    Raises:
        InputError: there is none.
    """
    objective: type[Objective] = find("objective", name, OBJECTIVES)
    return objective
