"""Annotations in JAMS files (Humphrey et al., ISMIR 2014), by namespace."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ultralight_mir.annotations.chords import Chords, is_label
from ultralight_mir.annotations.f0 import F0
from ultralight_mir.annotations.labels import Label
from ultralight_mir.annotations.notes import Note, contour, events, melody
from ultralight_mir.errors import InputError

if TYPE_CHECKING:
    from ultralight_mir.annotations import Annotation

NOTES = ("note_hz", "note_midi")
NAMESPACES = {
    "chords": ("chord_harte", "chord"),
    "f0": ("pitch_contour", "pitch_hz", "pitch_midi", *NOTES),
    "events": ("onset", *NOTES),
    "hits": ("tag_open", "segment_open"),
}
"""Kind of annotation → the namespaces that hold it, the first that there is. A label is the one tag of any `tag_…`."""


def read(path: Path, kind: str) -> Annotation:
    """The one annotation of a kind's namespace. Notes (a string of a guitar each, say) are put together.

    Raises:
        InputError: not a JAMS file; no annotation, or several, of a namespace of that kind; a value that is not what
            its namespace says.
    """
    annotations = _annotations(path)
    wanted = NAMESPACES.get(kind, tuple(name for name in annotations if name.startswith("tag_")))
    namespace = next((name for name in wanted if name in annotations), "")
    if not namespace:
        named = ", ".join(NAMESPACES.get(kind, ("tag_…",)))
        raise InputError(
            f"{path}: no annotation of kind {kind}, expected one of {named}; found {', '.join(annotations) or 'none'}"
        )
    several = annotations[namespace]
    if len(several) > 1 and namespace not in NOTES:
        raise InputError(
            f"{path}: {len(several)} annotations of {namespace}, expected one; leave the one that is meant"
        )
    try:
        return _converted(kind, namespace, [observation for one in several for observation in one], path)
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        raise InputError(f"{path}: {namespace} holds a value that it may not ({error!r})") from error


def write(path: Path, estimate: Annotation, kind: str, duration: float) -> None:
    """An estimate as the one annotation of a JAMS file, in the namespace that `read` looks for first."""
    import jams

    from ultralight_mir import __version__

    whole = jams.JAMS()
    whole.file_metadata.duration = duration
    namespace = {"label": "tag_open", "chords": "chord"}.get(kind) or NAMESPACES[kind][0]
    made = jams.Annotation(namespace=namespace, time=0, duration=duration)
    made.annotation_metadata.data_source = "program"
    made.annotation_metadata.annotator = jams.JObject(name="ultralight-mir")
    made.annotation_metadata.version = __version__
    for time, length, value, confidence in _observations(estimate, duration):
        made.append(time=time, duration=length, value=value, confidence=confidence)
    whole.annotations.append(made)
    path.write_text(whole.dumps(), encoding="utf-8")


def _observations(estimate: Annotation, duration: float) -> Iterator[tuple[float, float, Any, float | None]]:
    """(time, duration, value, confidence) of each."""
    if isinstance(estimate, Label):
        yield 0.0, duration, estimate.name, estimate.probabilities.get(estimate.name)
    elif isinstance(estimate, Chords):
        yield from ((start, end - start, label, None) for start, end, label in estimate.rows)
    elif isinstance(estimate, F0):
        for time, hertz in zip(estimate.times.tolist(), estimate.hertz.tolist(), strict=True):
            yield time, 0.0, {"index": 0, "frequency": abs(hertz), "voiced": hertz > 0}, None
    else:
        yield from ((time, 0.0, label, None) for time, label in estimate.rows)


def _annotations(path: Path) -> dict[str, list[list[Any]]]:
    """Namespace → its annotations that are not empty, each a list of observations."""
    import jams

    try:
        whole = jams.load(str(path), validate=False)
        annotations: dict[str, list[list[Any]]] = {}
        for annotation in whole.annotations:
            if len(annotation.data):
                annotations.setdefault(annotation.namespace, []).append(list(annotation.data))
    except Exception as error:  # jams raises whatever the content leads it to
        raise InputError(f"{path}: not readable as JAMS ({str(error) or type(error).__name__})") from error
    return annotations


def _converted(kind: str, namespace: str, observations: Sequence[Any], path: Path) -> Annotation:
    if kind == "f0" and namespace in NOTES:
        return melody([Note(*_span(o), _hertz(namespace, o.value)) for o in observations], path)
    if kind == "f0":
        return contour((_number(o.time), _hertz(namespace, o.value)) for o in observations)
    if kind == "chords":
        return _chords(sorted((*_span(o), str(o.value)) for o in observations))
    if kind in ("events", "hits"):
        return events((_number(o.time), str(o.value) if kind == "hits" else "") for o in observations)
    names = {str(observation.value) for observation in observations}
    if len(names) > 1:
        raise InputError(f"{path}: {len(names)} tags ({', '.join(sorted(names)[:3])} …), expected one a clip")
    return Label(names.pop())


def _chords(rows: Sequence[tuple[float, float, str]]) -> Chords:
    for start, _, label in rows:
        if not is_label(label):
            raise ValueError(f"'{label}' at {start:.3f} s is no chord")
    return Chords(np.array([row[:2] for row in rows]), tuple(label for *_, label in rows))


def _span(observation: Any) -> tuple[float, float]:
    start = _number(observation.time)
    return start, start + _number(observation.duration)


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
