"""What must hold of a config as a whole: names that lead somewhere, parts that fit each other."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from ultralight_mir import networks
from ultralight_mir.corpora.datasets import get_dataset
from ultralight_mir.corpora.settings import Mirdata, Synthetic
from ultralight_mir.errors import InputError
from ultralight_mir.estimates import besides
from ultralight_mir.objective import OBJECTIVES, get_objective
from ultralight_mir.paths import dataset_file, own_name
from ultralight_mir.schedule import Schedule, Training
from ultralight_mir.systems import find_system
from ultralight_mir.tasks import TASKS, get_task
from ultralight_mir.trimming.criteria import check_criterion

if TYPE_CHECKING:
    from ultralight_mir.config import Config

TEACHERS = ("dense", "seeds")
"""Teachers that are no other network of the task."""


def faults(config: Config) -> Iterator[str]:
    """What is wrong with a config whose keys and values are right by themselves, a line each.

    Raises:
        InputError: a name of somebody's own leads nowhere, a package is missing.
    """
    for check in CHECKS:
        yield from check(config)


def _check_names(config: Config) -> Iterator[str]:
    networks_of_all = dict.fromkeys(name for entry in config.tasks.values() for name in entry.networks)
    wanted: list[tuple[str, list[str], Mapping[str, Any]]] = [
        ("grid.tasks", config.grid.tasks or [], config.tasks),
        ("grid.networks", config.grid.networks or [], networks_of_all),
        ("grid.strategies", config.grid.strategies or [], config.strategies),
        ("grid.only", list(config.grid.only), config.strategies),
        ("exports_of", list(config.exports_of), config.strategies),
    ]
    wanted += [(f"grid.only.{name}.tasks", only.tasks or [], config.tasks) for name, only in config.grid.only.items()]
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
                schedule = Training.read({**entry.training, **network.training}, where)
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
        if like and not set(config.grid_tasks_of(name)) <= set(config.grid_tasks_of(like)):
            yield f"grid.only.{like}.tasks: expected all tasks of '{name}', which is like it"
        yield from _check_teacher(config, name)


def _check_exports(config: Config) -> Iterator[str]:
    """Asked for by name: nothing that would be left out without a word."""
    if config.exports_of and not config.exports:
        yield "exports_of: no forms to export to, expected exports too"
    for name in set(config.exports_of) & set(config.grid_strategies):
        key, ladder = f"exports_of.{name}", config.grid_removed(name)
        if not config.strategies[name].shipped:
            yield f"{key}: a control or a mask, which nobody ships, expected a strategy of other kinds"
        for removed in set(config.exports_of[name]) - set(ladder):
            yield f"{key}: {removed} is not on its ladder, expected some of {', '.join(map(str, ladder))}"


def _check_measures(config: Config) -> Iterator[str]:
    """What devices have can be told of features whose C was measured."""
    for name in config.grid_strategies:
        measure = config.strategies[name].device_measure
        for key, network in _pairs(config) if measure else ():
            try:
                besides(own_name(get_task(key).features[networks.kind_of(network)]))
            except InputError as error:
                yield f"strategies.{name}.measure: '{measure}' of {network} ({key}): {error}"


def _pairs(config: Config) -> Iterator[tuple[str, str]]:
    """The tasks and networks that are run."""
    return ((key, network) for key in config.grid_tasks for network in config.grid_networks(key))


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


def _check_systems(config: Config) -> Iterator[str]:
    names: dict[str, str] = {}
    for key in config.systems:
        system = find_system(key)
        if names.setdefault(system.name, key) != key:
            yield f"systems.{key}: is called '{system.name}' as {names[system.name]} is, expected another name"
        if system.task in {get_task(task).name for task in config.grid_tasks}:
            system.check_installed()


CHECKS = (
    *(_check_names, _check_tasks, _check_networks, _check_strategies, _check_exports, _check_measures),
    *(_check_corpora, _check_datasets, _check_systems),
)
"""What must hold of a whole config; each yields its faults."""
