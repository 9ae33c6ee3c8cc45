"""The published data sets, by name. A new one is a module here with `ABOUT`, and a line in `DATASETS`.

Anybody's own is named `module:ATTRIBUTE`.
"""

from __future__ import annotations

from ultralight_mir.corpora.datasets.base import DataSet
from ultralight_mir.registry import find

DATASETS = {
    name: f"ultralight_mir.corpora.datasets.{name}:ABOUT"
    for name in (
        "medley_solos_db",
        "tinysol",
        "irmas",
        "good_sounds",
        "vocalset",
        "mdb_stem_synth",
        "medleydb_pitch",
        "vocadito",
        "guitarset",
        "beatles",
        "queen",
        "billboard",
        "groove_midi",
        "mdb_drums",
        "maestro",
        "four_way_tabla",
        "mridangam_stroke",
    )
}


def get_dataset(name: str) -> DataSet:
    """The data set behind a registered name or `module:ATTRIBUTE`.

    Raises:
        InputError: there is none, or it is no `DataSet`.
    """
    data_set: DataSet = find("data set", name, DATASETS, instance_of=DataSet)
    return data_set
