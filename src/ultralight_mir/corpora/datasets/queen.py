"""Isophonics' Queen annotations."""

from collections.abc import Iterator

from ultralight_mir.corpora.datasets.base import DataSet, Labelled, Track
from ultralight_mir.corpora.datasets.shared import chord_clip


def _chord(track: Track) -> Iterator[Labelled]:
    return chord_clip(track, track.chords, track.title, track.audio_path)


ABOUT = DataSet(
    name="queen",
    title="Queen (Isophonics)",
    licence="not stated",
    citation="Mauch et al. OMRAS2 metadata project 2009. ISMIR 2009",
    bytes=0,
    split="by song (the three CDs are compilations)",
    loader="mirdata.datasets.queen",
    adapters={"chord": _chord},
    by_hand="no recordings are distributed: rip the CDs Greatest Hits I (Parlophone 0777 7 8950424), II (CDP 7979712) "
    "and III (7243 52389421) into the folder audio of the data set's folder, under the names that the data set's index "
    "gives (its error messages name them)",
    partial=True,
)
