"""GuitarSet: six guitarists, accompanying and soloing."""

from collections.abc import Iterator

import numpy as np

from ultralight_mir.annotations import Events
from ultralight_mir.corpora.datasets.base import DataSet, Labelled, Track
from ultralight_mir.corpora.datasets.shared import chord_clip


def _chord(track: Track) -> Iterator[Labelled]:
    # A solo's chords are those of the accompaniment, which its recording does not hold.
    if track.mode == "comp":
        yield from chord_clip(track, track.inferred_chords, track.player_id, track.audio_mic_path)


def _onset(track: Track) -> Iterator[Labelled]:
    strings = [notes.intervals[:, 0] for notes in track.notes.values() if notes is not None]
    events = Events(np.array([float(time) for times in strings for time in times]))
    yield Labelled(track.track_id, track.audio_mic_path, track.player_id, annotation=events)


ABOUT = DataSet(
    name="guitarset",
    title="GuitarSet",
    licence="MIT",
    citation="Xi et al. GuitarSet: a dataset for guitar transcription. ISMIR 2018",
    bytes=8_197_291_438,  # annotations, microphone, mix, hexaphonic twice
    split="by player; chords (as played) are taken from the accompaniments only, as a solo does not sound them",
    loader="mirdata.datasets.guitarset",
    adapters={"chord": _chord, "onset": _onset},
)
