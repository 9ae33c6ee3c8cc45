"""Isophonics' Beatles annotations."""

import re
from collections.abc import Iterator
from pathlib import Path

from ultralight_mir.corpora.datasets.base import DataSet, Labelled, Track
from ultralight_mir.corpora.datasets.shared import chord_clip


def _chord(track: Track) -> Iterator[Labelled]:
    return chord_clip(track, track.chords, _album(track), track.audio_path)


def _album(track: Track) -> str:
    """The album's number, which begins its folder's name: `01_-_Please_Please_Me`, `10CD2_-_The_Beatles`."""
    folder = Path(track.chords_path).parent.name
    number = re.match(r"\d+", folder)
    return f"album-{number[0] if number else folder}"


ABOUT = DataSet(
    name="beatles",
    title="The Beatles (Isophonics)",
    licence="not stated",
    citation="Mauch et al. OMRAS2 metadata project 2009. ISMIR 2009",
    bytes=0,
    split="by album",
    loader="mirdata.datasets.beatles",
    adapters={"chord": _chord},
    by_hand="no recordings are distributed: rip the CDs into the folder audio of the data set's folder, one folder an "
    "album, under the names that the data set's index gives (its error messages name them)",
    partial=True,
)
