"""The tasks, by name. A new one is a module here and a line in `TASKS`; or anybody's class, as `module:Class`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ultralight_mir.errors import InputError
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
WORD = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
"""What a task may be called in paths."""


def get_task(name: str) -> Task:
    """The task behind a registered name or `module:Class`. In paths it stands under its own `name` either way.

    Raises:
        InputError: there is none, it is no subclass of `Task`, it cannot be made, or it is not a whole one: it has no
            metrics, no kind of annotation, no feature for a kind of input, or a name that is no plain word or a
            registered task's.
    """
    from ultralight_mir.tasks.base import Task

    kind = find("task", name, TASKS, subclass_of=Task)
    try:
        task: Task = kind()
    except Exception as error:  # it is anybody's code: it may raise anything
        cause = " ".join(f"{type(error).__name__}: {error}".split())
        raise InputError(f"task '{name}': cannot be made without arguments ({cause})") from error
    task.address = name
    lack = _lack(task)
    if lack:
        raise InputError(f"task '{name}': {lack}")
    return task


def _lack(task: Task) -> str:
    """What a task must have and has not; "" if nothing."""
    from ultralight_mir.annotations import KINDS
    from ultralight_mir.frames import KINDS as INPUTS

    own = getattr(task, "name", None)
    if not isinstance(own, str) or not WORD.fullmatch(own):
        return f"name is {own!r}, expected a plain word (letters, digits, _), as it stands in paths"
    if own in TASKS and task.address != own:
        return f"name is '{own}', which is a registered task's; expected one of its own, as it stands in paths"
    if not getattr(task, "metrics", ()):
        return "no metrics, expected at least one, the headline first"
    if getattr(task, "annotation", None) not in tuple(KINDS):
        return f"annotation is {getattr(task, 'annotation', None)!r}, expected one of {', '.join(KINDS)}"
    features = getattr(task, "features", {})
    return next((f"no feature for the kind of input '{kind}'" for kind in INPUTS if kind not in features), "")
