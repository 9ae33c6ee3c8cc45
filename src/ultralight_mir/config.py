"""A config: one experiment as a person writes it. These classes own its keys, their types, ranges and defaults.

`workflow/schemas/config.schema.yaml` is made from them, for editors and readers (`ultralight-mir schema`).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Self, TypeVar

import yaml
from pydantic import AfterValidator, Field, field_validator, model_validator
from pydantic.json_schema import GenerateJsonSchema, WithJsonSchema

from ultralight_mir.config_checks import faults
from ultralight_mir.corpora.settings import Corpus
from ultralight_mir.errors import InputError
from ultralight_mir.forms import FORMS
from ultralight_mir.paths import RESERVED
from ultralight_mir.schedule import Training
from ultralight_mir.settings import OWN, Seed, Settings
from ultralight_mir.strategy import StrategySettings, complete


def _distinct(values: list[Any]) -> list[Any]:
    twice = [value for place, value in enumerate(values) if value in values[:place]]
    if twice:
        raise ValueError(f"{twice[0]!r} stands twice, expected each once")
    return values


def _not_reserved(name: str) -> str:
    if name in RESERVED:
        raise ValueError(f"'{name}' is a folder of every run, expected another name")
    return name


def _form(name: str) -> str:
    if name not in FORMS:
        raise ValueError(f"'{name}' is unknown, expected one of {', '.join(FORMS)}")
    return name


Word = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]+$", max_length=100), AfterValidator(_not_reserved)]
Form = Annotated[str, AfterValidator(_form)]
Own = Annotated[str, Field(pattern=rf"^{OWN}$")]
Names = Annotated[list[str], Field(min_length=1), AfterValidator(_distinct)]
Fraction = Annotated[float, Field(ge=0.001, le=0.9999)]
Ladder = Annotated[list[Fraction], Field(min_length=1), AfterValidator(_distinct)]
Number = TypeVar("Number", int, float)
PARTIAL_TRAINING = {**Training.model_json_schema(), "required": []}
PartOfTraining = Annotated[dict[str, Any], WithJsonSchema(PARTIAL_TRAINING)]


class Grid(Settings):
    """What of the definitions is run."""

    tasks: Names | None = Field(None, description="Names out of `tasks`; default all.")
    strategies: Names | None = Field(None, description="Names out of `strategies`; default all.")
    networks: Names | None = Field(None, description="Names out of the tasks' `networks`; default all.")
    removed: Ladder = Field(
        [0.5, 0.75, 0.85, 0.9, 0.95], description="The ladder, as fractions of the dense network's parameters."
    )
    seeds: Annotated[list[Seed], Field(min_length=1), AfterValidator(_distinct)] = Field([0])
    only: dict[str, Part] = Field(
        {},
        description="Strategy → those of the tasks, fractions and seeds that it takes part in, where not all are worth"
        " their time; where the grid has none of its fractions or seeds, all.",
    )


class Part(Settings):
    """What of the grid one strategy takes part in."""

    tasks: Names | None = None
    removed: Ladder | None = None
    seeds: Annotated[list[Seed], Field(min_length=1), AfterValidator(_distinct)] | None = None


class NetworkEntry(Settings):
    """A network of a task."""

    options: dict[str, Any] = Field({}, description="Of the network's class.")
    training: PartOfTraining = Field({}, description="What of the task's training differs for it.")


class TaskEntry(Settings):
    """A task: corpus, networks and training."""

    corpus: str
    test_corpora: Annotated[list[str], AfterValidator(_distinct)] = Field(
        [], description="Further corpora to score on; every clip of theirs is a test clip."
    )
    networks: dict[str, NetworkEntry] = Field(min_length=1, description="Name (or module:Class) → its options.")
    training: PartOfTraining

    def schedule(self, network: str) -> Training:
        """How a network is trained."""
        return Training.model_validate({**self.training, **self.networks[network].training})


class Config(Settings):
    """A whole experiment."""

    experiment: Word = Field(
        "main",
        description='Name; "main" writes to results/ and reports/, any other to a subfolder of that name in each.',
    )
    smoke: bool = Field(
        False, description="True where the training is far too short to mean anything; the report says so."
    )
    recordings: str | None = Field(
        None, description="Folder that relative manifest folders start from, seen from the working directory."
    )
    data_home: Annotated[str, Field(min_length=1)] | None = Field(
        None,
        description="Folder of the downloaded data sets, one folder each; default the environment's MIRDATA_HOME, else"
        " ~/mir_datasets.",
    )
    figures: Annotated[list[Own], AfterValidator(_distinct)] = Field(
        [], description="Figures of your own beside those of every report, as module:Name."
    )
    systems: Annotated[list[str], AfterValidator(_distinct)] = Field(
        [],
        description="Systems that are set beside the tickets of their task, scored on the same clips: names (or"
        " module:Class).",
    )
    exports: Annotated[list[Form], AfterValidator(_distinct)] = Field(
        [], description="Forms that the first seed's tickets are exported to, and scored in, on the same clips."
    )
    exports_of: dict[str, Ladder] = Field(
        {},
        description="Strategy → those of its fractions that are exported; by default every ticket that somebody may"
        " ship. The dense network always is.",
    )
    grid: Grid = Grid()
    strategies: dict[Word, StrategySettings] = Field(min_length=1, description="Short name → what it does.")
    corpora: dict[Word, Corpus] = Field(min_length=1, description="Name → where its clips come from.")
    tasks: dict[str, TaskEntry] = Field(min_length=1, description="Task (or module:Name) → corpus, networks, training.")

    @field_validator("strategies", mode="before")
    @classmethod
    def _like_others(cls, value: object) -> object:
        return complete(value) if isinstance(value, Mapping) else value

    @property
    def grid_tasks(self) -> list[str]:
        """The tasks that are run."""
        return self.grid.tasks or list(self.tasks)

    @property
    def grid_strategies(self) -> list[str]:
        """The strategies that are run."""
        return self.grid.strategies or list(self.strategies)

    def grid_tasks_of(self, strategy: str) -> list[str]:
        """The tasks that are run with a strategy; there may be none."""
        only = self.grid.only.get(strategy, Part()).tasks
        return [task for task in self.grid_tasks if only is None or task in only]

    def grid_removed(self, strategy: str) -> list[float]:
        """The ladder of a strategy, in order."""
        return sorted(_part(self.grid.removed, self.grid.only.get(strategy, Part()).removed))

    def grid_seeds(self, strategy: str) -> list[int]:
        """The seeds of a strategy."""
        return _part(self.grid.seeds, self.grid.only.get(strategy, Part()).seeds)

    def grid_networks(self, task: str) -> list[str]:
        """The networks of a task that are run."""
        return [name for name in self.tasks[task].networks if self.grid.networks is None or name in self.grid.networks]

    def test_corpora(self, task: str) -> list[str]:
        """The training corpus (its test split is scored), then the further test corpora."""
        entry = self.tasks[task]
        return [entry.corpus, *(name for name in entry.test_corpora if name != entry.corpus)]

    @model_validator(mode="after")
    def _names_lead_somewhere(self) -> Self:
        try:
            for fault in faults(self):
                raise ValueError(fault)
        except InputError as error:
            raise ValueError(str(error)) from error
        return self


def _part(every: list[Number], only: list[Number] | None) -> list[Number]:
    """Those of a grid's values that a strategy takes part in; all, where it names none of them."""
    return [value for value in every if value in (only or ())] or every


def resolve(config: Mapping[str, Any]) -> Config:
    """The whole config, defaults filled in, also for keys that say null: so a file takes back what one before it said.

    Raises:
        InputError: a key is unknown or missing, a value is out of its range, or a name leads nowhere; names the key.
    """
    return Config.read(_said(config), "config")


def _said(config: Mapping[str, Any]) -> dict[str, Any]:
    """What a config says, less the keys that take something back; what null means to a class's options, it knows."""
    return {
        key: _said(value) if isinstance(value, Mapping) and key != "options" else value
        for key, value in config.items()
        if value is not None
    }


def schema() -> str:
    """The JSON Schema (draft 2020-12) of a config, as YAML."""
    made = Config.model_json_schema(schema_generator=_Untitled)
    return yaml.safe_dump(made, sort_keys=False, width=120, allow_unicode=True)


class _Untitled(GenerateJsonSchema):
    """Without titles, which only repeat the keys."""

    def generate(self, schema: Any, mode: Any = "validation") -> Any:
        whole = super().generate(schema, mode)
        head = {"$schema": self.schema_dialect, "title": "An Ultralight-MIR experiment"}
        return {**head, **_without_titles(whole)}


def _without_titles(node: Any) -> Any:
    if isinstance(node, dict):
        return {key: _without_titles(value) for key, value in node.items() if key != "title" or isinstance(value, dict)}
    return [_without_titles(value) for value in node] if isinstance(node, list) else node
