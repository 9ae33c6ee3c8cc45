"""What the adapters of several data sets have in common."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import numpy as np

from ultralight_mir.annotations import F0, Chords, Events
from ultralight_mir.corpora.datasets.base import Labelled, Track


def f0_clip(track: Track, data: Any, group: str) -> Iterator[Labelled]:
    """The clip of a track whose loader gives `mirdata.annotations.F0Data` (None: not annotated, no clip)."""
    if data is not None:
        yield Labelled(track.track_id, track.audio_path, group, annotation=F0(data.times, data.frequencies))


def chord_clip(track: Track, data: Any, group: str, audio: str | None) -> Iterator[Labelled]:
    """The clip of a track whose loader gives `mirdata.annotations.ChordData` (None: not annotated, no clip)."""
    if data is not None:
        yield Labelled(track.track_id, audio, group, annotation=Chords(data.intervals, data.labels))


def midi_onsets(track: Track) -> Events:
    """When the notes of a track's aligned MIDI file begin."""
    return Events(np.array([note.start for instrument in track.midi.instruments for note in instrument.notes]))


def medleydb_artist(track_id: str) -> str:
    """The artist of a MedleyDB stem, which is named `<Artist>_<Title>_STEM_<nn>`."""
    return track_id.partition("_")[0]


def without_number(name: str) -> str:
    """`name` without what counts excerpts at its end: `song-3` → `song`."""
    return re.sub(r"-\d+$", "", name)
