"""Good-Sounds: notes and scales of twelve instruments, well and badly played."""

from collections.abc import Iterator

from ultralight_mir.corpora.datasets.base import DataSet, Labelled, Track

NAMES = {
    "bass": "double bass",
    "sax_alto": "alto saxophone",
    "sax_baritone": "baritone saxophone",
    "sax_soprano": "soprano saxophone",
    "sax_tenor": "tenor saxophone",
}
"""Good-Sounds' names → the instrument task's, and like them, where they differ."""


def _instrument(track: Track) -> Iterator[Labelled]:
    player = track.sound_info["player"] or track.pack_info["name"]
    yield Labelled(track.track_id, track.audio_path, player, label=NAMES.get(track.instrument, track.instrument))


ABOUT = DataSet(
    name="good_sounds",
    title="Good-Sounds",
    licence="CC BY-SA 4.0",
    citation="Romani Picas et al. A real-time system for measuring sound goodness in instrumental sounds. "
    "AES 138, 2015",
    bytes=0,
    split="by player (where none is named: recording session), so that one sound's takes by several microphones stay "
    "together; 15 players share 12 instruments, so an instrument may be in one split only",
    loader="mirdata.datasets.good_sounds",
    adapters={"instrument": _instrument},
)
