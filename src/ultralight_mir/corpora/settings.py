"""What a corpus is made from, by kind: the config's entries, and, narrowed down to a task, what its job is told.

A new kind is a class here, and a module with the `build(task, folder, settings, progress)` that the class names; it
leaves `folder/clips.csv` (and audio and annotations, where it makes them).
"""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal

from pydantic import BeforeValidator, Field, TypeAdapter

from ultralight_mir.corpora.folds import FEWEST, LEAVE_ONE_OUT
from ultralight_mir.settings import OWN, Seed, Settings, Share


def _folds(value: object) -> object:
    number = isinstance(value, int) and not isinstance(value, bool) and FEWEST <= value <= 10_000
    if value is None or value == LEAVE_ONE_OUT or number:
        return value
    raise ValueError(f"found {value!r}, expected '{LEAVE_ONE_OUT}' or a whole number from {FEWEST}")


class CorpusSettings(Settings):
    """What every corpus has."""

    build: ClassVar[str]
    seed: Seed = 0
    bad_clips: Share = Field(
        0.02,
        description="Fraction of the clips that may be unreadable, silent, too short or wrongly annotated; left out.",
    )


class Synthetic(CorpusSettings):
    """An embedded corpus, synthesised from the seed."""

    build: ClassVar[str] = "ultralight_mir.corpora.synthetic:build"
    kind: Literal["synthetic"]
    clips: dict[str, Annotated[int, Field(ge=20, le=10_000_000)]] = Field(description="Task → number of clips.")


class Manifest(CorpusSettings):
    """Anybody's own folder, with a manifest.csv."""

    build: ClassVar[str] = "ultralight_mir.corpora.manifest:build"
    kind: Literal["manifest"]
    folder: str = Field(min_length=1, max_length=4096)
    folds: Annotated[str | int | None, BeforeValidator(_folds)] = Field(
        None,
        description='Cut a small corpus into folds by group: "leave-one-group-out", or how many (3 or more). Each fold'
        " trains networks of its own; every clip is tested once, and the scores of all folds are one table.",
    )
    test_split: Literal["test", "valid"] = Field(
        "test",
        description='"valid" scores the publisher\'s validation clips, where there are no test clips at hand; there is'
        " then no validation, so only tasks without thresholds can do so.",
    )


class Mirdata(CorpusSettings):
    """A published data set."""

    build: ClassVar[str] = "ultralight_mir.corpora.mirdata:build"
    kind: Literal["mirdata"]
    dataset: str = Field(
        pattern=rf"^({OWN}|[A-Za-z0-9_]+)$",
        description="A name out of `ultralight-mir datasets`, or module:ATTRIBUTE for one of your own.",
    )
    version: str = Field("default", description="As mirdata names it.")
    data_home: str = Field("", description="Folder of all data sets; default the experiment's.")


Corpus = Annotated[Synthetic | Manifest | Mirdata, Field(discriminator="kind")]
CORPUS: TypeAdapter[Any] = TypeAdapter(Corpus)
