"""Mridangam Stroke: single strokes of a South Indian drum in six tunings.

The publisher says which stroke a recording holds, not when it begins: `attack` locates it, by rule and not by hand.
"""

from collections.abc import Iterator

from ultralight_mir.corpora.datasets.attack import Attack
from ultralight_mir.corpora.datasets.base import DataSet, Labelled, Track


def _onset(track: Track) -> Iterator[Labelled]:
    yield Labelled(track.track_id, track.audio_path, track.tonic, annotation=Attack(track.audio_path))


ABOUT = DataSet(
    name="mridangam_stroke",
    title="Mridangam Stroke 1.5",
    licence="CC BY 3.0",
    citation="Anantapadmanabhan, Bellur & Murthy. Modal analysis and transcription of strokes of the mridangam using "
    "non-negative matrix factorization. ICASSP 2013",
    bytes=0,
    split="by tonic (six, all by one player); a recording is one stroke, and as the publisher gives no times, its "
    "onset is located by rule, not by hand: where the energy of 3 ms first reaches 1 % of its greatest",
    loader="mirdata.datasets.mridangam_stroke",
    adapters={"onset": _onset},
)
