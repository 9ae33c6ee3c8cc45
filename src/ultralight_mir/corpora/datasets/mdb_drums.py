"""MDB Drums: the drums of 23 MedleyDB songs."""

from collections.abc import Iterator

from ultralight_mir.annotations import Events
from ultralight_mir.corpora.datasets.base import DataSet, Labelled, Track


def _hits(track: Track) -> Iterator[Labelled]:
    hits = Events.of(track.hits)
    yield Labelled(track.track_id, track.audio_path, track.track_id, track.split, annotation=hits)


def _onsets(track: Track) -> Iterator[Labelled]:
    # In the full mix begin notes that nobody annotated.
    if track.drums_alone:
        yield from _hits(track)


ABOUT = DataSet(
    name="mdb_drums",
    title="MDB Drums",
    licence="CC BY-NC-SA 4.0",
    citation="Southall, Wu, Lerch & Hockman. MDB Drums: an annotated subset of MedleyDB for automatic drum "
    "transcription. ISMIR 2017",
    bytes=0,
    split="MIREX 2017's training and test songs (12 and 11), validation taken out of training by song; version "
    "drum_only (the default) or full_mix (not for onset) says which recordings",
    loader="ultralight_mir.corpora.loaders.mdb_drums",
    adapters={"drums": _hits, "onset": _onsets},
    by_hand="clone https://github.com/CarlSouthall/MDBDrums into the data set's folder, so that "
    "MDB Drums/annotations/class and MDB Drums/audio lie there",
)
