"""Annotations in JAMS files (Humphrey et al., ISMIR 2014), by namespace."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ultralight_mir.annotations.conversion import Converted, Note, contour, events, melody
from ultralight_mir.errors import InputError
from ultralight_mir.tasks import get_task

NOTES = ("note_hz", "note_midi")
NAMESPACES = {
    "chord": ("chord_harte", "chord"),
    "pitch": ("pitch_contour", "pitch_hz", "pitch_midi", *NOTES),
    "onset": ("onset", *NOTES),
    "drums": ("tag_open", "segment_open"),
}
"""Task → what annotates it, the first that there is. Tasks with a word a clip take the one tag of any `tag_…`."""


def convert(path: Path, task: str) -> Converted:
    """The one annotation of a task's namespace as plain text. Notes (a string of a guitar each, say) are put together.

    Raises:
        InputError: not a JAMS file; no annotation, or several, of a namespace that annotates the task; a value that is
            not what its namespace says.
    """
    found = _annotations(path)
    wanted = NAMESPACES.get(task, () if get_task(task).framewise else tuple(n for n in found if n.startswith("tag_")))
    namespace = next((name for name in wanted if name in found), "")
    if not namespace:
        named = NAMESPACES.get(task, ("tag_…",))
        raise InputError(
            f"{path}: no annotation for {task}, expected one of {', '.join(named)}; found {', '.join(found) or 'none'}"
        )
    several = found[namespace]
    if len(several) > 1 and namespace not in NOTES:
        raise InputError(
            f"{path}: {len(several)} annotations of {namespace}, expected one; leave the one that is meant"
        )
    try:
        return _text(task, namespace, [observation for one in several for observation in one], path)
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        raise InputError(f"{path}: {namespace} holds a value that it may not ({error!r})") from error


def _annotations(path: Path) -> dict[str, list[list[Any]]]:
    """Namespace → its annotations that are not empty, each a list of observations."""
    import jams

    try:
        whole = jams.load(str(path), validate=False)
        found: dict[str, list[list[Any]]] = {}
        for annotation in whole.annotations:
            if len(annotation.data):
                found.setdefault(annotation.namespace, []).append(list(annotation.data))
    except Exception as error:  # jams raises whatever the content leads it to
        raise InputError(f"{path}: not readable as JAMS ({error or type(error).__name__})") from error
    return found


def _text(task: str, namespace: str, observations: Sequence[Any], path: Path) -> Converted:
    if namespace in NOTES and task == "pitch":
        notes = [
            Note(_number(o.time), _number(o.time) + _number(o.duration), _hertz(namespace, o.value))
            for o in observations
        ]
        return melody(notes, path)
    if task == "pitch":
        return contour((_number(o.time), _hertz(namespace, o.value)) for o in observations)
    if task == "chord":
        rows = ((_number(o.time), _number(o.time) + _number(o.duration), str(o.value)) for o in observations)
        return Converted("".join(f"{start:.6f} {end:.6f} {label}\n" for start, end, label in sorted(rows)))
    if task in ("onset", "drums"):
        return events((_number(o.time), str(o.value) if task == "drums" else "") for o in observations)
    labels = {str(observation.value) for observation in observations}
    if len(labels) > 1:
        raise InputError(f"{path}: {len(labels)} tags ({', '.join(sorted(labels)[:3])} …), expected one a clip")
    return Converted(label=labels.pop())


def _hertz(namespace: str, value: Any) -> float:
    """f0, 0 where unvoiced."""
    if namespace == "pitch_contour":
        return _number(value["frequency"]) if value["voiced"] else 0.0
    number = _number(value)
    if namespace in ("pitch_midi", "note_midi"):
        return 440.0 * 2.0 ** ((number - 69.0) / 12.0)
    return max(number, 0.0)


def _number(value: Any) -> float:
    number = float(value)
    if not math.isfinite(number):
        raise ValueError(f"{value} is not a finite number")
    return number
