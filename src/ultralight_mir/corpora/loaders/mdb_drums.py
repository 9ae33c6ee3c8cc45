"""MDB Drums Loader

.. admonition:: Dataset Info
    :class: dropdown

    MDB Drums (Southall, Wu, Lerch & Hockman, ISMIR 2017) is 23 songs of MedleyDB with 7,994 drum onsets annotated in
    six classes (KD, SD, HH, TT, CY, OT). This loader reads the published layout: ``MDB Drums/annotations/class`` and,
    by version, ``MDB Drums/audio/drum_only`` (the default) or ``MDB Drums/audio/full_mix``.

    The publisher's split is MIREX 2017's: 12 songs to train, 11 to test (the repository's ``MIREX2017.md``).
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, TextIO

from mirdata import core, io

from ultralight_mir.corpora.loaders import scanning

BIBTEX = """@inproceedings{southall2017mdb,
    title={MDB Drums: An annotated subset of MedleyDB for automatic drum transcription},
    author={Southall, Carl and Wu, Chih-Wei and Lerch, Alexander and Hockman, Jason},
    booktitle={International Society for Music Information Retrieval Conference (ISMIR), late-breaking session},
    year={2017}
}"""
INDEXES = {
    "default": "drum_only",
    "drum_only": core.Index(filename="mdb_drums_index_drum_only.json"),
    "full_mix": core.Index(filename="mdb_drums_index_full_mix.json"),
}
LICENSE_INFO = "Creative Commons Attribution Non-Commercial Share-Alike 4.0 (CC BY-NC-SA 4.0)."
DOWNLOAD_INFO = """
    Clone https://github.com/CarlSouthall/MDBDrums into {}
"""
FOLDER = Path("MDB Drums")
ENDINGS = {"drum_only": "Drum", "full_mix": "MIX"}
"""Version (the recordings' folder) → how its files' names end."""
SPLITS = {
    "train": (
        "80sRock",
        "BebopJazz",
        "Britpop",
        "CoolJazz",
        "Disco",
        "FunkJazz",
        "FusionJazz",
        "Reggae",
        "Rock",
        "Rockabilly",
        "Shadows",
        "Zeppelin",
    ),
    "test": (
        "Beatles",
        "Country1",
        "FreeJazz",
        "Gospel",
        "Grunge",
        "Hendrix",
        "LatinJazz",
        "ModalJazz",
        "Punk",
        "SpeedMetal",
        "SwingJazz",
    ),
}
"""MIREX 2017's split → songs, without their artist; `MIREX2017.md` writes Zeppelin as "Zepplin"."""
ARTIST = "MusicDelta_"


class Track(core.Track):
    """MDB Drums track class

    Args:
        track_id (str): track id of the track, such as MusicDelta_Rock

    Attributes:
        audio_path (str): path of the recording, of the drums alone or of the full mix
        class_path (str): path of the annotation in six classes
        split (str): "train" or "test", MIREX 2017's
        track_id (str): track id

    Cached Properties:
        hits (list): (seconds, class) of every onset, in the file's order
    """

    def __init__(self, track_id: str, data_home: str, dataset_name: str, index: Any, metadata: Any) -> None:
        super().__init__(track_id, data_home, dataset_name, index, metadata)
        self.audio_path = self.get_path("audio")
        self.class_path = self.get_path("class")

    @core.cached_property
    def hits(self) -> list[tuple[float, str]]:
        """(seconds, class) of every onset, in the file's order."""
        hits: list[tuple[float, str]] = load_hits(self.class_path)
        return hits

    @property
    def split(self) -> str:
        """MIREX 2017's split.

        Raises:
            ValueError: the song is in neither half.
        """
        song = self.track_id.removeprefix(ARTIST)
        found = next((split for split, songs in SPLITS.items() if song in songs), None)
        if found is None:
            raise ValueError(f"song '{song}' is in neither half of MIREX 2017's split")
        return found

    @property
    def drums_alone(self) -> bool:
        """Whether the recording holds nothing but drums."""
        return Path(self.audio_path).parent.name == "drum_only"


@io.coerce_to_string_io
def load_hits(fhandle: TextIO) -> list[tuple[float, str]]:
    """Load an MDB Drums annotation

    Args:
        fhandle (str or file-like): path or file-like object of a file with `time class` a line

    Raises:
        ValueError: a line is something else

    Returns:
        list: (seconds, class) of every onset
    """
    hits = []
    for number, line in enumerate(fhandle, start=1):
        if not line.strip():
            continue
        try:
            time, label = line.split()
            hits.append((float(time), label))
        except ValueError as error:
            name = getattr(fhandle, "name", "annotation")
            raise ValueError(f"{name}, line {number}: '{line.strip()}', expected 'time class'") from error
    return hits


@core.docstring_inherit(core.Dataset)
class Dataset(core.Dataset):
    """
    The MDB Drums dataset
    """

    def __init__(self, data_home: str | None = None, version: str = "default") -> None:
        super().__init__(
            data_home,
            version,
            name="mdb_drums",
            track_class=Track,
            bibtex=BIBTEX,
            indexes=INDEXES,
            remotes={},
            download_info=DOWNLOAD_INFO,
            license_info=LICENSE_INFO,
        )

    @core.cached_property
    def _index(self) -> dict[str, Any]:
        root = scanning.root_of(self.data_home, FOLDER / "annotations" / "class") / FOLDER
        tracks = {}
        for annotation in sorted((root / "annotations" / "class").glob("*_class.txt")):
            track_id = annotation.name.removesuffix("_class.txt")
            audio = root / "audio" / self.version / f"{track_id}_{ENDINGS[self.version]}.wav"
            tracks[track_id] = {
                "audio": scanning.entry(self.data_home, audio),
                "class": scanning.entry(self.data_home, annotation),
            }
        return scanning.index(self.version, tracks.items())
