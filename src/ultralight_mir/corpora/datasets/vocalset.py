"""VocalSet: twenty singers, ten techniques."""

from collections.abc import Iterator

from ultralight_mir.corpora.datasets.base import DataSet, Labelled, Track
from ultralight_mir.tasks.singing import Singing


def _singing(track: Track) -> Iterator[Labelled]:
    # The folders of scales and long tones are also named after dynamics and tempo, which are no techniques.
    if track.technique in Singing.classes:
        yield Labelled(track.track_id, track.audio_path, track.singer, track.split, track.technique)


ABOUT = DataSet(
    name="vocalset",
    title="VocalSet 1.1",
    licence="CC BY 4.0",
    citation="Wilkins, Seetharaman, Wahl & Pardo. VocalSet: a singing voice dataset. ISMIR 2018",
    bytes=2_077_243_579,
    split="the authors' training and test singers where their two lists lie beside the recordings (validation taken "
    "out of training), else by singer",
    loader="ultralight_mir.corpora.loaders.vocalset",
    adapters={"singing": _singing},
    by_hand="download version 1.1 from https://zenodo.org/records/1203819 and unzip it into the data set's folder, so "
    "that FULL/<singer>/<context>/<technique>/*.wav lies there (with train_singers_technique.txt and "
    "test_singers_technique.txt beside FULL)",
)
