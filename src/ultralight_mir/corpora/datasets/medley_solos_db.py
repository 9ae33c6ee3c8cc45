"""Medley-solos-DB: solos of eight instruments, three seconds each."""

from collections.abc import Iterator

from ultralight_mir.corpora.datasets.base import DataSet, Labelled, Track


def _instrument(track: Track) -> Iterator[Labelled]:
    # Songs are numbered within the whole; the publisher's split is by collection, and stands whatever the numbers say.
    group = f"{track.subset}-{track.song_id}"
    yield Labelled(track.track_id, track.audio_path, group, track.subset, track.instrument)


ABOUT = DataSet(
    name="medley_solos_db",
    title="Medley-solos-DB",
    licence="CC BY 4.0",
    citation="Lostanlen & Cella. Deep convolutional networks on the pitch spiral for musical instrument recognition. "
    "ISMIR 2016",
    bytes=7_900_000_000,
    split="the publisher's training, validation and test, which keeps songs whole (and tests on another collection)",
    loader="mirdata.datasets.medley_solos_db",
    adapters={"instrument": _instrument},
)
