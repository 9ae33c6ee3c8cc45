"""The tasks, by name. A new one is a module here and a line in `TASKS`."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from ultralight_mir.errors import InputError

if TYPE_CHECKING:
    from ultralight_mir.tasks.base import Task

TASKS = {
    "instrument": "ultralight_mir.tasks.instrument:Instrument",
    "singing": "ultralight_mir.tasks.singing:Singing",
    "pitch": "ultralight_mir.tasks.pitch:Pitch",
    "chord": "ultralight_mir.tasks.chord:Chord",
    "drums": "ultralight_mir.tasks.drums:Drums",
    "onset": "ultralight_mir.tasks.onset:Onset",
}


def get_task(name: str) -> Task:
    """The task of that name.

    Raises:
        InputError: there is none.
    """
    if name not in TASKS:
        raise InputError(f"task '{name}': unknown, expected one of {', '.join(TASKS)}")
    module, _, attribute = TASKS[name].partition(":")
    task: Task = getattr(import_module(module), attribute)()
    return task
