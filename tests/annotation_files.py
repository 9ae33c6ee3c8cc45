"""Annotation files in other forms than plain text, for tests."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pretty_midi


def write_jams(path: Path, *annotations: tuple[str, list[tuple[Any, Any, Any]]]) -> Path:
    """Each annotation a namespace and its observations (time, duration, value)."""
    made = [
        {
            "namespace": namespace,
            "annotation_metadata": {},
            "data": [{"time": t, "duration": d, "value": v, "confidence": None} for t, d, v in rows],
        }
        for namespace, rows in annotations
    ]
    path.write_text(json.dumps({"annotations": made, "file_metadata": {"duration": 10.0}, "sandbox": {}}))
    return path


def write_midi(path: Path, notes: list[tuple[float, float, int]], drums: bool = False, bend: int = 0) -> Path:
    score = pretty_midi.PrettyMIDI(resolution=1000)
    track = pretty_midi.Instrument(0, is_drum=drums)
    track.notes = [pretty_midi.Note(100, pitch, start, end) for start, end, pitch in notes]
    if bend:
        track.pitch_bends = [pretty_midi.PitchBend(bend, 0.1)]
    score.instruments = [track]
    score.write(str(path))
    return path
