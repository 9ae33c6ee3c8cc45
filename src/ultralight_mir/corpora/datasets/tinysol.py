"""TinySOL: single notes of 14 orchestral instruments."""

import re
from collections.abc import Iterator

from ultralight_mir.corpora.datasets.base import DataSet, Labelled, Track

PITCHED = ("clarinet", "trumpet")
"""Classes of the instrument task that TinySOL names together with their pitch: Clarinet in B-flat, Trumpet in C."""


def _instrument(track: Track) -> Iterator[Labelled]:
    full = track.instrument_full.lower().replace("_", " ")
    label = next((name for name in PITCHED if full.startswith(name)), full)
    yield Labelled(track.track_id, track.audio_path, f"{track.instrument_abbr}-{_played(track)}", label=label)


def _played(track: Track) -> int:
    """The MIDI pitch that was played: a note that was missing is a neighbour, transposed by the cents in its name.

    Names end in `-N` (as played), `-T25u` (tuned by 25 cents), `-R100u` (a neighbour's copy) or `-T25u_R100u` (both).
    """
    shift = re.search(r"[-_]R(\d+)([ud])$", track.track_id)
    semitones = round(int(shift[1]) / 100) * (1 if shift[2] == "u" else -1) if shift else 0
    return int(track.pitch_id) - semitones


ABOUT = DataSet(
    name="tinysol",
    title="TinySOL",
    licence="CC BY 4.0",
    citation="Cella et al. OrchideaSOL: a dataset of extended instrumental techniques for computer-aided "
    "orchestration. 2020",
    bytes=1_027_234_761,  # TinySOL.tar.gz and its table
    split="by note (instrument and pitch played, all dynamics and strings), so that no note and its transposed copy "
    "are parted; there is one player an instrument, and the publisher's five folds part copies",
    loader="mirdata.datasets.tinysol",
    adapters={"instrument": _instrument},
)
