"""A config: one experiment as a person writes it. These classes own its keys, their types, ranges and defaults.

`workflow/schemas/config.schema.yaml` is made from them, for editors and readers (`ultralight-mir schema`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Self, TypeVar

import yaml
from pydantic import AfterValidator, Field, field_validator, model_validator
from pydantic.json_schema import GenerateJsonSchema, WithJsonSchema

from ultralight_mir import networks
from ultralight_mir.corpora.datasets import get_dataset
from ultralight_mir.corpora.settings import Corpus, Mirdata, Synthetic
from ultralight_mir.errors import InputError
from ultralight_mir.objective import OBJECTIVES, get_objective
from ultralight_mir.paths import RESERVED, dataset_file
from ultralight_mir.schedule import Schedule
from ultralight_mir.settings import OWN, Seed, Settings
from ultralight_mir.strategy import StrategySettings, complete
from ultralight_mir.tasks import TASKS, get_task
from ultralight_mir.trimming.criteria import check_criterion


def _distinct(values: list[Any]) -> list[Any]:
    twice = [value for place, value in enumerate(values) if value in values[:place]]
    if twice:
        raise ValueError(f"{twice[0]!r} stands twice, expected each once")
    return values


def _not_reserved(name: str) -> str:
    if name in RESERVED:
        raise ValueError(f"'{name}' is a folder of every run, expected another name")
    return name


Word = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]+$", max_length=100), AfterValidator(_not_reserved)]
Own = Annotated[str, Field(pattern=rf"^{OWN}$")]
Names = Annotated[list[str], Field(min_length=1), AfterValidator(_distinct)]
Fraction = Annotated[float, Field(ge=0.001, le=0.9999)]
Number = TypeVar("Number", int, float)
TEACHERS = ("dense", "seeds")
"""Teachers that are no other network of the task."""
PARTIAL_SCHEDULE = {**Schedule.model_json_schema(), "required": []}
Training = Annotated[dict[str, Any], WithJsonSchema(PARTIAL_SCHEDULE)]


class Grid(Settings):
    """What of the definitions is run."""

    tasks: Names | None = Field(None, description="Names out of `tasks`; default all.")
    strategies: Names | None = Field(None, description="Names out of `strategies`; default all.")
    networks: Names | None = Field(None, description="Names out of the tasks' `networks`; default all.")
    removed: Annotated[list[Fraction], Field(min_length=1), AfterValidator(_distinct)] = Field(
        [0.5, 0.75, 0.85, 0.9, 0.95], description="The ladder, as fractions of the dense network's parameters."
    )
    seeds: Annotated[list[Seed], Field(min_length=1), AfterValidator(_distinct)] = Field([0])
    only: dict[str, Part] = Field(
        {},
        description="Strategy → those of the fractions and seeds that it takes part in, where not all are worth their"
        " time; where the grid has none of them, all.",
    )


class Part(Settings):
    """What of the grid one strategy takes part in."""

    removed: Annotated[list[Fraction], Field(min_length=1), AfterValidator(_distinct)] | None = None
    seeds: Annotated[list[Seed], Field(min_length=1), AfterValidator(_distinct)] | None = None


class NetworkEntry(Settings):
    """A network of a task."""

    options: dict[str, Any] = Field({}, description="Of the network's class.")
    training: Training = Field({}, description="What of the task's training differs for it.")


class TaskEntry(Settings):
    """A task: corpus, networks and training."""

    corpus: str
    test_corpora: Annotated[list[str], AfterValidator(_distinct)] = Field(
        [], description="Further corpora to score on; every clip of theirs is a test clip."
    )
    networks: dict[str, NetworkEntry] = Field(min_length=1, description="Name (or module:Class) → its options.")
    training: Training

    def schedule(self, network: str) -> Schedule:
        """How a network is trained."""
        return Schedule.model_validate({**self.training, **self.networks[network].training})


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
        for check in (_check_names, _check_tasks, _check_networks, _check_strategies, _check_corpora, _check_datasets):
            try:
                for fault in check(self):
                    raise ValueError(fault)
            except InputError as error:
                raise ValueError(str(error)) from error
        return self


def _part(every: list[Number], only: list[Number] | None) -> list[Number]:
    """Those of a grid's values that a strategy takes part in; all, where it names none of them."""
    return [value for value in every if value in (only or ())] or every


def _check_names(config: Config) -> Iterator[str]:
    networks_of_all = dict.fromkeys(name for entry in config.tasks.values() for name in entry.networks)
    wanted: list[tuple[str, list[str], Mapping[str, Any]]] = [
        ("grid.tasks", config.grid.tasks or [], config.tasks),
        ("grid.networks", config.grid.networks or [], networks_of_all),
        ("grid.strategies", config.grid.strategies or [], config.strategies),
        ("grid.only", list(config.grid.only), config.strategies),
    ]
    for task, entry in config.tasks.items():
        wanted.append((f"tasks.{task}.corpus", [entry.corpus], config.corpora))
        wanted.append((f"tasks.{task}.test_corpora", entry.test_corpora, config.corpora))
    for key, names, known in wanted:
        for name in names:
            if name not in known:
                yield f"{key}: '{name}' is unknown, expected one of {', '.join(known)}"
    if "dense" in config.strategies:
        yield "strategies.dense: the name of what nothing was removed from, expected another name"


def _check_tasks(config: Config) -> Iterator[str]:
    names: dict[str, str] = {}
    for key in config.tasks:
        if key not in TASKS and ":" not in key:
            yield f"tasks: '{key}' is unknown, expected one of {', '.join(TASKS)}, or module:Name"
        task = get_task(key)
        if not task.metrics:
            yield f"tasks.{key}: the task has no metrics, expected at least a headline"
        if names.setdefault(task.name, key) != key:
            yield f"tasks.{key}: is called '{task.name}' as tasks.{names[task.name]} is, expected another name"


def _check_networks(config: Config) -> Iterator[str]:
    for key in config.grid_tasks:
        if not config.grid_networks(key):
            known = ", ".join(config.tasks[key].networks)
            yield f"grid.networks: none is of task '{key}', expected one of {known}"
    for key, entry in config.tasks.items():
        task = get_task(key)
        folders: dict[str, str] = {}
        for name, network in entry.networks.items():
            kind = networks.kind_of(name)
            if kind not in task.features:
                yield f"tasks.{key}.networks.{name}: takes {kind} inputs, expected one of {', '.join(task.features)}"
            if folders.setdefault(name.rpartition(":")[2], name) != name:
                yield f"tasks.{key}.networks.{name}: has the name of another network in paths, expected one of its own"
            where = f"tasks.{key}.networks.{name}.training" if network.training else f"tasks.{key}.training"
            try:
                schedule = Schedule.read({**entry.training, **network.training}, where)
            except InputError as error:
                yield str(error).replace(", ", ".", 1)
                return
            yield from _check_rewinds(config, key, schedule)


def _check_rewinds(config: Config, task: str, schedule: Schedule) -> Iterator[str]:
    """Moments in optimizer steps; how long an epoch is, only the training corpus tells."""
    for name in config.grid_strategies:
        strategy = config.strategies[name]
        if strategy.goes_back and strategy.rewind.endswith("it"):
            try:
                schedule.step_of(strategy.rewind, 0.0)
            except InputError as error:
                yield f"strategies.{name}.rewind: {error} (tasks.{task})"


def _check_strategies(config: Config) -> Iterator[str]:
    for name, strategy in config.strategies.items():
        try:
            check_criterion(strategy.criterion)
        except ValueError as error:
            yield f"strategies.{name}.{error}"
        if strategy.objective not in OBJECTIVES:
            get_objective(strategy.objective)
    for name in config.grid_strategies:
        like = config.strategies[name].like
        if like and like not in config.grid_strategies:
            yield f"grid.strategies: '{name}' is like '{like}', expected that one too"
        if like and not set(config.grid_removed(name)) <= set(config.grid_removed(like)):
            yield f"grid.only.{like}.removed: expected all that '{name}' removes, which is like it"
        if like and not set(config.grid_seeds(name)) <= set(config.grid_seeds(like)):
            yield f"grid.only.{like}.seeds: expected all seeds of '{name}', which is like it"
        yield from _check_teacher(config, name)


def _check_teacher(config: Config, name: str) -> Iterator[str]:
    """Somebody else's network as a teacher: of every task, and hearing the same."""
    teacher = config.strategies[name].teacher
    if teacher in TEACHERS:
        return
    for key in config.grid_tasks:
        task, known = get_task(key), config.tasks[key].networks
        if teacher not in known:
            choice = ", ".join((*TEACHERS, *known))
            yield f"strategies.{name}.teacher: '{teacher}' is no network of task '{key}', expected one of {choice}"
        for network in config.grid_networks(key):
            one, other = (task.features[networks.kind_of(n)] for n in (teacher, network))
            if one != other:
                yield f"strategies.{name}.teacher: '{teacher}' hears {one}, expected {other} as {network} ({key})"


def _check_corpora(config: Config) -> Iterator[str]:
    for key, entry in config.tasks.items():
        corpus = config.corpora[entry.corpus]
        if isinstance(corpus, Synthetic) and get_task(key).name not in corpus.clips:
            yield f"corpora.{entry.corpus}.clips: no number of clips for task '{key}'"


def _check_datasets(config: Config) -> Iterator[str]:
    wanted: dict[str, tuple[str, tuple[str, str]]] = {}
    for name, corpus in config.corpora.items():
        if not isinstance(corpus, Mirdata):
            continue
        serves = get_dataset(corpus.dataset).tasks
        for task in config.tasks:
            if name in config.test_corpora(task) and task not in serves:
                yield (
                    f"tasks.{task}: data set '{corpus.dataset}' of corpus '{name}' has nothing for it,"
                    f" only for {', '.join(serves)}"
                )
        asked = (corpus.dataset, corpus.version)
        first, known = wanted.setdefault(dataset_file(corpus.dataset), (name, asked))
        if asked != known:  # one data set is one folder of the data home and one file of the results
            yield (
                f"corpora.{name}: wants {' version '.join(asked)} where corpora.{first} wants"
                f" {' version '.join(known)}, expected the same for both"
            )


def resolve(config: Mapping[str, Any]) -> Config:
    """The whole config, defaults filled in.

    Raises:
        InputError: a key is unknown or missing, a value is out of its range, or a name leads nowhere; names the key.
    """
    return Config.read(dict(config), "config")


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
