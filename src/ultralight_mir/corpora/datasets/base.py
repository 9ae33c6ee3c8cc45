"""What a data set is to us: where its mirdata loader is, what each task takes from it, and what to know before use."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Protocol

from ultralight_mir.annotations import Annotation

Track = Any
"""A `mirdata.core.Track`; its properties are its loader's."""


class Published(Protocol):
    """An annotation as a publisher gives it: one of `annotations`, or something that can become one."""

    suffix: ClassVar[str]

    def until(self, duration: float) -> Annotation:
        """The annotation of a recording of `duration` seconds.

        Raises:
            InputError: it is another recording's.
        """


@dataclass(frozen=True)
class Labelled:
    """One clip as an adapter gives it, before anything is written.

    Attributes:
        track_id: the track's, as mirdata names it.
        audio: path of the recording; None where the publisher has none for this track (it is then left out).
        group: what may never cross a split: player, singer, song.
        split: the publisher's own name for it; "" where it publishes none.
        label: the class, for tasks whose annotation is one word.
        annotation: for the other tasks.
    """

    track_id: str
    audio: str | None
    group: str
    split: str = ""
    label: str = ""
    annotation: Published | None = None


Adapter = Callable[[Track], Iterable[Labelled]]


@dataclass(frozen=True)
class DataSet:
    """One published data set.

    Attributes:
        name: in configs and on the command line; mirdata's own, where mirdata has a loader.
        title: as its publisher calls it.
        licence: of the data, as its publisher states it.
        citation: what to cite, one line.
        bytes: published size of what is downloaded; 0 where none is stated.
        split: one sentence: which split is used, and what never crosses it.
        loader: module with the `mirdata.core.Dataset` subclass `Dataset`.
        adapters: task → what it takes from a track: none, one or several clips.
        by_hand: "" where everything can be downloaded; else which files, from where, put where.
        partial: whether recordings that are not there are left out, as people own some of them, instead of refused.
    """

    name: str
    title: str
    licence: str
    citation: str
    bytes: int
    split: str
    loader: str
    adapters: Mapping[str, Adapter]
    by_hand: str = ""
    partial: bool = False

    @property
    def tasks(self) -> tuple[str, ...]:
        """The tasks that it serves."""
        return tuple(self.adapters)
