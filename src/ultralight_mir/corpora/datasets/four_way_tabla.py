"""Four-way tabla: solos with the onsets of four kinds of stroke."""

from collections.abc import Iterator

import numpy as np

from ultralight_mir.annotations import Events
from ultralight_mir.corpora.datasets.base import DataSet, Labelled, Track
from ultralight_mir.corpora.datasets.shared import without_number


def _onset(track: Track) -> Iterator[Labelled]:
    strokes = (track.onsets_b, track.onsets_d, track.onsets_rb, track.onsets_rt)
    times = np.array([float(time) for stroke in strokes if stroke is not None for time in stroke.times])
    split = "train" if track.train else "test"
    group = f"{split}-{without_number(track.track_id)}"
    yield Labelled(track.track_id, track.audio_path, group, split, annotation=Events(times))


ABOUT = DataSet(
    name="four_way_tabla",
    title="Four-way tabla (ISMIR 2021)",
    licence="CC BY 4.0",
    citation="Rohit M. A., Bhattacharjee & Rao. Four-way classification of tabla strokes with models adapted from "
    "automatic drum transcription. ISMIR 2021",
    bytes=0,
    split="the publisher's train and test, validation taken out of train by recording",
    loader="mirdata.datasets.four_way_tabla",
    adapters={"onset": _onset},
)
