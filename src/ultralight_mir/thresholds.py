"""Decision thresholds: chosen on the validation split of the training corpus, and on nothing else."""

from __future__ import annotations

from torch import nn

from ultralight_mir.errors import InputError
from ultralight_mir.features.store import Store
from ultralight_mir.inference import outputs
from ultralight_mir.tasks.base import Task, Thresholds

SPLIT = "valid"


def wanted(task: Task) -> bool:
    """Whether the task has any."""
    return type(task).thresholds is not Task.thresholds


def check(task: Task, store: Store) -> None:
    """That there is something to choose them on, before hours of training.

    Raises:
        InputError: the task has thresholds, and the corpus no validation clips.
    """
    if wanted(task) and not store.split(SPLIT):
        raise InputError(f"{store.folder}: no validation clips, which the thresholds of task {task.name} are chosen on")


def choose(network: nn.Module, task: Task, store: Store) -> Thresholds:
    """The thresholds of a trained network; none where the task has none.

    Raises:
        InputError: as `check`.
    """
    check(task, store)
    if not wanted(task):
        return {}
    clips = store.split(SPLIT)
    annotations = [task.read(store.entries[index].clip) for index in clips]
    return task.thresholds(list(outputs(network, task, store.whole(clips))), annotations)
