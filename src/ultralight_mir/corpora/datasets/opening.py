"""Opening a data set through its mirdata loader."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from ultralight_mir.corpora.datasets.base import DataSet
from ultralight_mir.errors import InputError

if TYPE_CHECKING:
    from mirdata.core import Dataset

INDEX_FOLDER = "mirdata_index"
OWN_VERSIONS = ("default", "test", "sample")
"""Keys of mirdata's version tables that are no published version."""


def open_dataset(data_set: DataSet, home: Path, version: str = "default") -> Dataset:
    """mirdata's `Dataset` for the files in `home`, the data set's own folder.

    Its index is expected in `home/mirdata_index`: mirdata would keep it beside its own code, where it is lost with the
    environment. Nothing is read, downloaded or written.

    Raises:
        InputError: there is no such version; names those there are.
    """
    module = import_module(data_set.loader)
    if version not in module.INDEXES or version in OWN_VERSIONS[1:]:
        known = ", ".join(key for key in module.INDEXES if key not in OWN_VERSIONS)
        raise InputError(
            f"data set '{data_set.name}', version '{version}': unknown, expected 'default' or one of {known}"
        )
    dataset = module.Dataset(data_home=str(home), version=version)
    dataset.index_path = str(home / INDEX_FOLDER / Path(dataset.index_path).name)
    return dataset
