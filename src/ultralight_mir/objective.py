"""Objectives: what training minimises, by name. A new one is a class here or anywhere, and a line in `OBJECTIVES`."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

from ultralight_mir.registry import find

if TYPE_CHECKING:
    from torch import Tensor, nn

    from ultralight_mir.tasks.base import Task

OBJECTIVES = {"supervised": "ultralight_mir.objective:Supervised"}


class Objective(Protocol):
    """Made once a training: `Objective(task, dense)`, `dense` being the trained network that the ladder starts from
    (on the device of the training, in eval mode), or None where it is itself what is trained."""

    def __init__(self, task: Task, dense: nn.Module | None) -> None: ...

    def __call__(self, network: Callable[[Tensor], Tensor], inputs: Tensor, targets: Tensor) -> Tensor:
        """The scalar loss of a batch.

        Args:
            network: inputs → logits in float32, under the training's precision.
            inputs: float32 `[batch, frames, bins]` (waveform `[batch, samples]`).
            targets: float32 `[batch, frames, k]` (clip-wise `[batch, k]`).
        """


class Supervised:
    """The task's own loss against the annotations."""

    def __init__(self, task: Task, dense: nn.Module | None = None) -> None:
        self._loss = task.loss

    def __call__(self, network: Callable[[Tensor], Tensor], inputs: Tensor, targets: Tensor) -> Tensor:
        """The task's loss of the logits."""
        return self._loss(network(inputs), targets)


def get_objective(name: str) -> type[Objective]:
    """The objective of that name, or somebody's own `module:Name`.

    Raises:
        InputError: there is none.
    """
    objective: type[Objective] = find("objective", name, OBJECTIVES)
    return objective
