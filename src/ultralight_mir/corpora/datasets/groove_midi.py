"""Groove MIDI Dataset: performances on an electronic drum kit, with the kit's own sound."""

from collections.abc import Iterator

from ultralight_mir.annotations import Events
from ultralight_mir.corpora.datasets.base import DataSet, Labelled, Track
from ultralight_mir.corpora.datasets.shared import midi_onsets

CLASSES = {"Kick": "KD", "Snare": "SD", "HH": "HH", "Tom": "TT", "Crash": "CY", "Ride": "CY"}
"""First word of what was struck, as the kit names it → class; the publisher's own simplified table, in our names."""


def _drums(track: Track) -> Iterator[Labelled]:
    hits = track.drum_events
    events = Events(hits.intervals[:, 0], tuple(CLASSES[name.split()[0]] for name in hits.events))
    yield _clip(track, events)


def _onset(track: Track) -> Iterator[Labelled]:
    yield _clip(track, midi_onsets(track))


def _clip(track: Track, events: Events) -> Labelled:
    return Labelled(track.track_id, track.audio_path, track.track_id, track.split, annotation=events)


ABOUT = DataSet(
    name="groove_midi",
    title="Groove MIDI Dataset",
    licence="CC BY 4.0",
    citation="Gillick et al. Learning to groove with inverse sequence transformations. ICML 2019",
    bytes=4_760_000_000,
    split="the publisher's train, validation and test, which is by performance: drummers are in several splits; "
    "performances that have no recording are left out",
    loader="mirdata.datasets.groove_midi",
    adapters={"drums": _drums, "onset": _onset},
)
