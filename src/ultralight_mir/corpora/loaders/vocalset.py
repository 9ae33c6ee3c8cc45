"""VocalSet Loader

.. admonition:: Dataset Info
    :class: dropdown

    VocalSet (Wilkins, Seetharaman, Wahl & Pardo, ISMIR 2018) is 10.1 hours of solo singing by 20 professional singers
    (9 female, 11 male) with a wide range of vocal techniques. This loader reads version 1.1 as it is unzipped:
    ``FULL/<singer>/<context>/<technique>/*.wav`` with the authors' lists of training and test singers beside ``FULL``.

    Version 1.2 holds each recording several times under different names; it is detected by content and refused.
"""

from __future__ import annotations

import re
from collections import defaultdict
from pathlib import Path
from typing import Any

from mirdata import core

from ultralight_mir.corpora.loaders import scanning

BIBTEX = """@inproceedings{wilkins2018vocalset,
    title={VocalSet: A Singing Voice Dataset},
    author={Wilkins, Julia and Seetharaman, Prem and Wahl, Alison and Pardo, Bryan},
    booktitle={International Society for Music Information Retrieval Conference (ISMIR)},
    year={2018}
}"""
INDEXES = {"default": "1.1", "1.1": core.Index(filename="vocalset_index_1.1.json")}
LICENSE_INFO = "Creative Commons Attribution 4.0 International."
DOWNLOAD_INFO = """
    Download version 1.1 from https://zenodo.org/records/1203819 and unzip it into {}
"""
LISTS = {"train": "train_singers_technique.txt", "test": "test_singers_technique.txt"}
COPIES = 0.1
"""Share of files with the content of another file from which the release is refused: version 1.2 has two in three."""


class Track(core.Track):
    """VocalSet track class

    Args:
        track_id (str): track id of the track

    Attributes:
        audio_path (str): path of the recording
        singer (str): female1 … female9, male1 … male11
        context (str): arpeggios, excerpts, long_tones or scales
        technique (str): the folder the recording lies in; one of the ten techniques, a dynamic or a tempo
        split (str): "train" or "test" as the authors list the singer; "" where there are no lists
        track_id (str): track id
    """

    def __init__(self, track_id: str, data_home: str, dataset_name: str, index: Any, metadata: Any) -> None:
        super().__init__(track_id, data_home, dataset_name, index, metadata)
        self.audio_path = self.get_path("audio")
        self.singer, self.context, self.technique = track_id.split("/")[:3]

    @property
    def split(self) -> str:
        """The authors' split.

        Raises:
            ValueError: there are lists, but the singer is on none.
        """
        singers: dict[str, str] = self._metadata()
        if singers and self.singer not in singers:
            raise ValueError(f"singer '{self.singer}' is in neither {' nor '.join(LISTS.values())}")
        return singers.get(self.singer, "")


@core.docstring_inherit(core.Dataset)
class Dataset(core.Dataset):
    """
    The VocalSet dataset
    """

    def __init__(self, data_home: str | None = None, version: str = "default") -> None:
        super().__init__(
            data_home,
            version,
            name="vocalset",
            track_class=Track,
            bibtex=BIBTEX,
            indexes=INDEXES,
            remotes={},
            download_info=DOWNLOAD_INFO,
            license_info=LICENSE_INFO,
        )

    @core.cached_property
    def _index(self) -> dict[str, Any]:
        full = scanning.root_of(self.data_home, Path("FULL")) / "FULL"
        tracks = {
            path.relative_to(full).with_suffix("").as_posix(): {"audio": scanning.entry(self.data_home, path)}
            for path in sorted(full.glob("*/*/*/*.wav"))
            if not path.name.startswith(".")  # what macOS leaves in archives
        }
        _refuse_copies(tracks)
        return scanning.index(self.version, tracks.items())

    @core.cached_property
    def _metadata(self) -> dict[str, str]:
        folder = scanning.root_of(self.data_home, Path("FULL"))
        if not all((folder / name).is_file() for name in LISTS.values()):
            return {}
        return {
            _singer(name): split for split, file in LISTS.items() for name in (folder / file).read_text("utf-8").split()
        }


def _singer(name: str) -> str:
    """A singer's folder from how a list may write it: `female1`, `f1`."""
    short = re.fullmatch(r"([fm])(\d+)", name)
    return f"{'female' if short[1] == 'f' else 'male'}{short[2]}" if short else name


def _refuse_copies(tracks: dict[str, scanning.Files]) -> None:
    names: dict[str | None, list[str]] = defaultdict(list)
    for track_id, files in tracks.items():
        names[files["audio"][1]].append(track_id)
    copied = [same for same in names.values() if len(same) > 1]
    copies = sum(len(same) - 1 for same in copied)
    if copies > COPIES * len(tracks):
        raise ValueError(
            f"{copies} of {len(tracks)} recordings have the content of another under a different name (such as "
            f"{' and '.join(copied[0][:3])}), as in version 1.2; expected version 1.1"
        )
