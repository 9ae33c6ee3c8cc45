"""MDB-stem-synth: MedleyDB stems resynthesised so that their f0 is exact."""

from collections.abc import Iterator

from ultralight_mir.corpora.datasets.base import DataSet, Labelled, Track
from ultralight_mir.corpora.datasets.shared import f0_clip, medleydb_artist


def _pitch(track: Track) -> Iterator[Labelled]:
    return f0_clip(track, track.f0, medleydb_artist(track.track_id))


ABOUT = DataSet(
    name="mdb_stem_synth",
    title="MDB-stem-synth",
    licence="CC BY-NC 4.0",
    citation="Salamon et al. An analysis/synthesis framework for automatic f0 annotation of multitrack datasets. "
    "ISMIR 2017",
    bytes=1_850_000_000,
    split="by artist (a MedleyDB stem's first name), which keeps the stems of a song together",
    loader="mirdata.datasets.mdb_stem_synth",
    adapters={"pitch": _pitch},
)
