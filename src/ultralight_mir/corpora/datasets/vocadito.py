"""vocadito: solo singing with f0 by hand."""

from collections.abc import Iterator

from ultralight_mir.corpora.datasets.base import DataSet, Labelled, Track
from ultralight_mir.corpora.datasets.shared import f0_clip


def _pitch(track: Track) -> Iterator[Labelled]:
    return f0_clip(track, track.f0, track.singer_id)


ABOUT = DataSet(
    name="vocadito",
    title="vocadito",
    licence="CC BY 4.0",
    citation="Bittner et al. vocadito: a dataset of solo vocals with f0, note, and lyric annotations. "
    "arXiv 2110.05580, 2021",
    bytes=58_492_257,
    split="by singer",
    loader="mirdata.datasets.vocadito",
    adapters={"pitch": _pitch},
)
