"""The tasks, by name. A new one is a module here and a line in `TASKS`; or anybody's class, as `module:Class`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ultralight_mir.registry import find

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
    """The task behind a registered name or `module:Class`.

    Raises:
        InputError: there is none, or it is no subclass of `Task`.
    """
    from ultralight_mir.tasks.base import Task

    task: Task = find("task", name, TASKS, subclass_of=Task)()
    return task
