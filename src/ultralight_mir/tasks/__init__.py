"""The tasks, by name. A new one is a module here and a line in `TASKS`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ultralight_mir.registry import lookup

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
    task: Task = lookup("task", name, TASKS)()
    return task
