"""What a corpus is made from, by kind: the config's entries, and, narrowed down to a task, what its job is told."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, ValidationInfo, field_validator

from ultralight_mir.errors import InputError
from ultralight_mir.folds import FEWEST, LEAVE_ONE_OUT
from ultralight_mir.settings import OWN, Seed, Settings, Share

MOST = 10_000_000
"""Clips of a split."""


def _folds(value: object) -> object:
    number = isinstance(value, int) and not isinstance(value, bool) and FEWEST <= value <= 10_000
    if value is None or value == LEAVE_ONE_OUT or number:
        return value
    raise ValueError(f"found {value!r}, expected '{LEAVE_ONE_OUT}' or a whole number from {FEWEST}")


class CorpusSettings(Settings):
    """What every corpus has."""

    seed: Seed = 0
    bad_clips: Share = Field(
        0.02,
        description="Fraction of the clips that may be unreadable, silent, too short or wrongly annotated; left out.",
    )


class Synthetic(CorpusSettings):
    """An embedded corpus, synthesised from the seed."""

    kind: Literal["synthetic"]
    clips: dict[str, Annotated[int, Field(ge=20, le=MOST)]] = Field(
        description="Task → number of training, validation and test clips, 70/10/20 %."
    )
    test_clips: dict[str, Annotated[int, Field(ge=4, le=MOST)]] = Field(
        {},
        description="Task → number of test clips of their own; `clips` are then training and validation clips, 7 : 1."
        " It changes none of them.",
    )
    valid_clips: dict[str, Annotated[int, Field(ge=4, le=MOST)]] = Field(
        {}, description="Task → number of validation clips of their own; `clips` are then the others."
    )
    unlabelled_clips: dict[str, Annotated[int, Field(ge=0, le=MOST)]] = Field(
        {}, description="Task → number of further clips, of training sources, that only a teacher labels; default none."
    )

    @field_validator("test_clips", "valid_clips", "unlabelled_clips")
    @classmethod
    def _further(cls, numbers: dict[str, int], info: ValidationInfo) -> dict[str, int]:
        for task in numbers.keys() - info.data.get("clips", numbers).keys():
            raise ValueError(f"found task '{task}', expected one of those of `clips`")
        return numbers

    def arguments(self, task: str) -> dict[str, Any]:
        """What its `build` takes."""
        if task not in self.clips:
            raise InputError(f"corpus 'synthetic', clips: no number for task '{task}'")
        return {
            "clips": self.clips[task],
            "test_clips": self.test_clips.get(task),
            "valid_clips": self.valid_clips.get(task),
            "unlabelled_clips": self.unlabelled_clips.get(task, 0),
            "seed": self.seed,
        }

    def of_task(self, task: str) -> Synthetic:
        """Itself without the other tasks' numbers."""
        numbers = ("clips", "test_clips", "valid_clips", "unlabelled_clips")
        own = {name: {key: n for key, n in getattr(self, name).items() if key == task} for name in numbers}
        return self.model_copy(update=own)


class Manifest(CorpusSettings):
    """Anybody's own folder, with a manifest.csv."""

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

    def arguments(self, task: str) -> dict[str, Any]:
        """What its `build` takes; folds have been counted by then."""
        if self.folds == LEAVE_ONE_OUT:
            raise InputError(f"corpus 'manifest', folds: '{LEAVE_ONE_OUT}', expected how many a job is to cut it into")
        return {"source": self.folder, "seed": self.seed, "folds": self.folds or 0, "test_split": self.test_split}


class Mirdata(CorpusSettings):
    """A published data set."""

    kind: Literal["mirdata"]
    dataset: str = Field(
        pattern=rf"^({OWN}|[A-Za-z0-9_]+)$",
        description="A name out of `ultralight-mir datasets`, or module:ATTRIBUTE for one of your own.",
    )
    version: str = Field("default", description="As mirdata names it.")
    data_home: str = Field("", description="Folder of all data sets; default the experiment's.")

    def arguments(self, task: str) -> dict[str, Any]:
        """What its `build` takes."""
        return self.model_dump(include={"dataset", "version", "data_home", "seed"})


Corpus = Annotated[Synthetic | Manifest | Mirdata, Field(discriminator="kind")]


class _Job(Settings):
    """So that an entry is read as its kind says."""

    corpus: Corpus


def read_entry(text: str, where: str) -> Corpus:
    """A corpus's entry, as JSON; raises as `Settings.read_json`."""
    return _Job.read_json(f'{{"corpus": {text}}}', where).corpus
