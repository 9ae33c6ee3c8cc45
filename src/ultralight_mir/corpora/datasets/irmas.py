"""IRMAS: excerpts of real music with the predominant instruments named."""

from collections.abc import Iterator
from pathlib import Path

from ultralight_mir.corpora.datasets.base import DataSet, Labelled, Track
from ultralight_mir.corpora.datasets.shared import without_number

NAMES = {
    "cel": "cello",
    "cla": "clarinet",
    "flu": "flute",
    "gac": "acoustic guitar",
    "gel": "electric guitar",
    "org": "organ",
    "pia": "piano",
    "sax": "saxophone",
    "tru": "trumpet",
    "vio": "violin",
    "voi": "voice",
}
"""IRMAS's codes → the instrument task's names; what is wider than a class of the task keeps a name of its own."""


def _instrument(track: Track) -> Iterator[Labelled]:
    if len(track.instrument) != 1:
        return  # several instruments predominate: no single label is right
    song = track.track_id.partition("__")[0] if track.train else without_number(Path(track.audio_path).stem)
    yield Labelled(track.track_id, track.audio_path, f"{track.split}-{song}", track.split, NAMES[track.instrument[0]])


ABOUT = DataSet(
    name="irmas",
    title="IRMAS",
    licence="CC BY-NC-SA 3.0",
    citation="Bosch, Fuhrmann & Herrera. IRMAS: a dataset for instrument recognition in musical audio signals. "
    "Zenodo 2014",
    bytes=0,
    split="the publisher's training and testing data, validation taken out of training by song; testing excerpts with "
    "several predominant instruments are left out, as the task wants one label",
    loader="mirdata.datasets.irmas",
    adapters={"instrument": _instrument},
)
