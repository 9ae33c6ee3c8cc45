"""What is chosen and judged on the validation split of the training corpus: thresholds, and a score to choose by."""

from __future__ import annotations

from dataclasses import dataclass, field

from torch import nn

from ultralight_mir.errors import InputError
from ultralight_mir.features.store import Store
from ultralight_mir.inference import outputs
from ultralight_mir.scoring import score_set
from ultralight_mir.tasks.base import Task, Thresholds

SPLIT = "valid"


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


def _wanted(task: Task) -> bool:
    return type(task).thresholds is not Task.thresholds
