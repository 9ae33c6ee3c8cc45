"""McGill Billboard: chords of a sample of the charts."""

from collections.abc import Iterator

from ultralight_mir.corpora.datasets.base import DataSet, Labelled, Track
from ultralight_mir.corpora.datasets.shared import chord_clip


def _chord(track: Track) -> Iterator[Labelled]:
    return chord_clip(track, track.chords_full, track.artist, track.audio_path)


ABOUT = DataSet(
    name="billboard",
    title="McGill Billboard",
    licence="CC0 (annotations)",
    citation="Burgoyne, Wild & Fujinaga. An expert ground truth set for audio chord recognition and music analysis. "
    "ISMIR 2011",
    bytes=0,
    split="by artist, which also keeps the songs together that were drawn twice",
    loader="mirdata.datasets.billboard",
    adapters={"chord": _chord},
    by_hand="no recordings are distributed: put those you have into the folder audio of the data set's folder, under "
    "the names that the data set's index gives (its error messages name them)",
    partial=True,
)
