"""MedleyDB-Pitch: monophonic MedleyDB stems with f0 by hand."""

from collections.abc import Iterator

import numpy as np

from ultralight_mir.annotations import F0
from ultralight_mir.corpora.datasets.base import DataSet, Labelled, Track
from ultralight_mir.corpora.datasets.shared import medleydb_artist


def _pitch(track: Track) -> Iterator[Labelled]:
    # Read here: mirdata's `pitch` refuses times that are not evenly spaced, and MedleyDB lists voiced frames only.
    rows = np.loadtxt(track.pitch_path, delimiter=",", ndmin=2)
    f0 = F0(rows[:, 0], rows[:, 1])
    yield Labelled(track.track_id, track.audio_path, medleydb_artist(track.track_id), annotation=f0)


ABOUT = DataSet(
    name="medleydb_pitch",
    title="MedleyDB-Pitch",
    licence="CC BY-NC-SA 4.0",
    citation="Bittner et al. MedleyDB: a multitrack dataset for annotation-intensive MIR research. ISMIR 2014",
    bytes=0,
    split="by artist (a MedleyDB stem's first name), which keeps the stems of a song together",
    loader="mirdata.datasets.medleydb_pitch",
    adapters={"pitch": _pitch},
    by_hand="request access at https://zenodo.org/record/2620624, then unzip MedleyDB-Pitch.zip into the data set's "
    "folder",
)
