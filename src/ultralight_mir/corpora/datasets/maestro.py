"""MAESTRO: piano competition performances with aligned MIDI."""

from collections.abc import Iterator

from ultralight_mir.corpora.datasets.base import DataSet, Labelled, Track
from ultralight_mir.corpora.datasets.shared import midi_onsets


def _onset(track: Track) -> Iterator[Labelled]:
    piece = f"{track.canonical_composer}: {track.canonical_title}"
    yield Labelled(track.track_id, track.audio_path, piece, track.split, annotation=midi_onsets(track))


ABOUT = DataSet(
    name="maestro",
    title="MAESTRO",
    licence="CC BY-NC-SA 4.0",
    citation="Hawthorne et al. Enabling factorized piano music modeling and generation with the MAESTRO dataset. "
    "ICLR 2019",
    bytes=101_000_000_000,
    split="the publisher's train, validation and test, which keeps compositions whole",
    loader="mirdata.datasets.maestro",
    adapters={"onset": _onset},
)
