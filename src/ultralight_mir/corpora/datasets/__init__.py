"""The published data sets, by name. A new one is a module here with `ABOUT`, and a line in `DATASETS`."""

from __future__ import annotations

from importlib import import_module

from ultralight_mir.corpora.datasets.base import DataSet
from ultralight_mir.errors import InputError

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
    )
}


def get_dataset(name: str) -> DataSet:
    """The data set of that name.

    Raises:
        InputError: there is none; lists the known.
    """
    if name not in DATASETS:
        raise InputError(f"data set '{name}': unknown, expected one of {', '.join(DATASETS)}")
    module, _, attribute = DATASETS[name].partition(":")
    found: DataSet = getattr(import_module(module), attribute)
    return found
