"""What is chosen and judged on the validation split of the training corpus.

Thresholds, a score to choose by, and, where training stops early, the loss that ends it.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import torch
from torch import Tensor, nn

from ultralight_mir.errors import InputError
from ultralight_mir.features.store import Store
from ultralight_mir.inference import outputs
from ultralight_mir.jobs.torch_setup import CPU
from ultralight_mir.scoring import score_set
from ultralight_mir.segments import cutter
from ultralight_mir.tasks.base import Task, Thresholds

SPLIT = "valid"
SEGMENTS = 4_096
"""That a loss is the mean over at most: hours of validation clips would cost more than the steps between two checks."""


@dataclass(frozen=True)
class Validation:
    """What a network's validation clips gave.

    Attributes:
        thresholds: the task's decisions, those that score best there; none where the task has none.
        scores: metric → what these clips score with them; empty without validation clips.
    """

    thresholds: Thresholds = field(default_factory=dict)
    scores: dict[str, float] = field(default_factory=dict)


def check(task: Task, store: Store) -> None:
    """That there is something to choose thresholds on, before hours of training.

    Raises:
        InputError: the task has thresholds, and the corpus no validation clips.
    """
    if _wanted(task) and not store.split(SPLIT):
        raise InputError(f"{store.folder}: no validation clips, which the thresholds of task {task.name} are chosen on")


def validate(network: nn.Module, task: Task, store: Store) -> Validation:
    """Choose the thresholds of a trained network (in eval mode), and score it, on validation clips alone.

    Raises:
        InputError: as `check`.
    """
    check(task, store)
    every = {index: task.read(store.entries[index].clip) for index in store.split(SPLIT)}
    known = {index: annotation for index, annotation in every.items() if not task.unscored(annotation)}
    if not known:
        return Validation()
    annotations = list(known.values())
    given = list(outputs(network, task, store.whole(list(known))))
    thresholds = task.thresholds(given, annotations)
    return Validation(thresholds, score_set(task, given, annotations, thresholds).means(task))


class Loss:
    """The task's own loss, whatever a strategy's objective is: the mean over segments of the validation clips.

    Over all of them, or `SEGMENTS` that lie evenly among them: the same ones every time.

    Args:
        frames, size: of a segment, and segments at a time, as in training. Clips are cut from their start, and what is
            left at the end is not looked at. Where a clip is shorter than a segment, all segments are as long as that.
        device: that the network is on.

    Raises:
        InputError: there are no validation clips.
    """

    def __init__(self, task: Task, store: Store, frames: int, size: int, device: torch.device = CPU) -> None:
        clips = [i for i in store.split(SPLIT) if not task.unscored(task.read(store.entries[i].clip))]
        if not clips:
            raise InputError(f"{store.folder}: no validation clips, expected some where training stops by their loss")
        counts = {index: store.entries[index].frames for index in clips}
        self._frames = min(frames, *counts.values())
        every = [(i, at) for i, n in counts.items() for at in range(0, n - self._frames + 1, self._frames)]
        every = every[:: math.ceil(len(every) / SEGMENTS)]
        self._batches = [every[begin : begin + size] for begin in range(0, len(every), size)]
        self._loss, self._cut = task.loss, cutter(store, device)

    @torch.no_grad()
    def __call__(self, network: Callable[[Tensor], Tensor]) -> float:
        """That of a network in eval mode, given as objectives call it: inputs → logits in float32."""
        cut = (self._cut(batch, self._frames) for batch in self._batches)
        losses = [self._loss(network(inputs), targets) for inputs, targets in cut]
        weights = [len(batch) for batch in self._batches]
        return float(np.average(torch.stack(losses).double().cpu().numpy(), weights=weights))


def _wanted(task: Task) -> bool:
    return type(task).thresholds is not Task.thresholds
