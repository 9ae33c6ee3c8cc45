"""Watching the validation clips while a network trains: when to stop, which weights to keep, when to slow down."""

from __future__ import annotations

import math
from collections.abc import Callable

from torch import Tensor, nn

from ultralight_mir.schedule import Schedule, in_steps
from ultralight_mir.weights import State, snapshot

Forward = Callable[[Tensor], Tensor]
"""A network as objectives call it: inputs → logits in float32."""


class Watch:
    """Early stopping, and a learning rate that falls on a plateau, as a schedule asks for them.

    Args:
        schedule: with a `patience` or a `plateau`.
        heard: gives the loss of the validation clips.
        steps_per_epoch: of the training clips.

    Attributes:
        every: optimizer steps from check to check, at least 1.
        factor: what the schedule's learning rate is to be multiplied by, by what was seen so far.
        over: whether training is to end.
    """

    def __init__(self, schedule: Schedule, heard: Callable[[Forward], float], steps_per_epoch: float) -> None:
        self._schedule, self._heard = schedule, heard
        self.every = max(1, in_steps(schedule.check, steps_per_epoch))
        self.factor, self.over = 1.0, False
        self._least = math.inf
        self._best: State | None = None
        self._since_best = self._since_fall = 0

    def hear(self, network: nn.Module, forward: Forward) -> float:
        """The loss of the validation clips; `network` (in training mode) is as it was after.

        Dropout is off and normalisations use their statistics meanwhile.
        """
        network.eval()
        loss = self._heard(forward)
        network.train()
        return loss

    def look(self, network: nn.Module, forward: Forward) -> float:
        """The same, and what follows from it for training. A loss that is no number is no lower one."""
        loss = self.hear(network, forward)
        if loss < self._least:
            self._least, self._since_best, self._since_fall = loss, 0, 0
            if self._schedule.patience is not None:
                self._best = snapshot(network)
        else:
            self._since_best += 1
            self._since_fall += 1
        if self._schedule.decay and self._since_fall == self._schedule.plateau:
            self.factor *= self._schedule.plateau_factor
            self._since_fall = 0
        self.over = self._since_best == self._schedule.patience
        return loss

    def keep_best(self, network: nn.Module) -> None:
        """Put the weights with the lowest loss into `network`, where the schedule stops early."""
        if self._best is not None:
            network.load_state_dict(self._best)
