"""The inputs of training clips, by which eight bits learn how large activations get."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ultralight_mir import audio
from ultralight_mir.corpora import synthetic
from ultralight_mir.errors import InputError
from ultralight_mir.features import get_feature
from ultralight_mir.features.store import Store

if TYPE_CHECKING:
    from ultralight_mir.tasks.base import Array
    from ultralight_mir.ticket import Ticket

CLIPS = 64
EMBEDDED = "synthetic"
"""Said instead of a folder of features: clips of the embedded corpus, synthesised on the spot."""


def chosen(ticket: Ticket, path: Path, said: str, fold: int | None = None) -> Sequence[Array] | None:
    """What `--calibrate` says: a folder of features, `EMBEDDED`, or nothing ("": None); `path` is what for.

    Raises:
        InputError: as `of_store`, as `synthesised`; the folder holds no whole store.
    """
    if not said:
        return None
    return synthesised(ticket) if said == EMBEDDED else of_store(ticket, Store(Path(said), fold), path)


def of_store(ticket: Ticket, store: Store, path: Path) -> Sequence[Array]:
    """Inputs of `CLIPS` training clips of a store, evenly taken from all of them; `path` is what for.

    Raises:
        InputError: it is of another task or feature, or has no training clips.
    """
    ticket.check_store(store, path)
    indices = store.split("train")
    if not indices:
        raise InputError(f"{store.folder}: no training clips, expected some to calibrate int8 by")
    places = np.linspace(0, len(indices) - 1, min(CLIPS, len(indices))).astype(int)
    return [store.input(indices[place]) for place in places]


def synthesised(ticket: Ticket, clips: int = CLIPS) -> Sequence[Array]:
    """Inputs of the embedded corpus's first training clips, as a store of theirs would keep them.

    Raises:
        InputError: there is no embedded corpus for the ticket's task.
    """
    feature = get_feature(str(ticket.feature["name"]))
    made = synthetic.excerpts(ticket.task, "train", clips, seed=0)
    heard = (audio.resampled(one.samples, one.sample_rate, feature.sample_rate) for one in made)
    rows = (feature.inputs(samples) for samples in heard)
    return [one[:, 0] if feature.kind == "waveform" else one for one in rows]
