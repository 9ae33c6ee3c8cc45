"""An experiment: the validated config, and what follows from it (the grid, the paths, each job's settings)."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError, relevance

from ultralight_mir import networks
from ultralight_mir.corpora import folds, manifest
from ultralight_mir.corpora.datasets import get_dataset
from ultralight_mir.corpora.datasets.home import data_home
from ultralight_mir.errors import InputError
from ultralight_mir.paths import (
    DENSE,
    CorpusFolder,
    TicketFolder,
    dataset_file,
    fold_corpus,
    network_folder,
    rung_folder,
    split_fold,
    ticket_folder,
)
from ultralight_mir.tasks import TASKS, get_task

Config = dict[str, Any]


def resolve(config: Mapping[str, Any], schema: Path) -> Config:
    """The config with the schema's defaults filled in.

    Raises:
        InputError: a key is unknown or missing, a value is out of its range, or a name leads nowhere; names the key.
    """
    rules = yaml.safe_load(schema.read_text(encoding="utf-8"))
    whole = deepcopy(dict(config))
    fault = _worst(Draft202012Validator(rules).iter_errors(whole))
    if fault is not None:
        key = ".".join(map(str, fault.absolute_path)) or "top level"
        raise InputError(f"config, {key}: {fault.message}")
    _fill(whole, rules, rules)
    _check_names(whole)
    return whole


def _worst(faults: Iterable[ValidationError]) -> ValidationError | None:
    """The fault to tell of; where there are several kinds of a thing, the one in the kind that was asked for."""
    fault = max(faults, key=relevance, default=None)
    while fault is not None and fault.context:
        others = {inner.relative_schema_path[0] for inner in fault.context if list(inner.relative_path) == ["kind"]}
        meant = [inner for inner in fault.context if inner.relative_schema_path[0] not in others]
        if not meant:
            break
        fault = max(meant, key=relevance)
    return fault


def _fill(value: Any, rule: Mapping[str, Any], root: Mapping[str, Any]) -> None:
    """Defaults of `rule`, into `value`, in depth (jsonschema validates but does not fill)."""
    if "$ref" in rule:
        rule = {**root["$defs"][rule["$ref"].rpartition("/")[2]], **rule}
    for choice in rule.get("oneOf", ()):
        if choice["properties"]["kind"]["const"] == value.get("kind"):
            rule = choice
    if not isinstance(value, dict):
        return
    known = rule.get("properties", {})
    for key, inner in known.items():
        if "default" in inner:
            value.setdefault(key, deepcopy(inner["default"]))
    for key, inside in value.items():
        inner = known.get(key, rule.get("additionalProperties"))
        if isinstance(inner, dict):
            _fill(inside, inner, root)


def _check_names(config: Config) -> None:
    for key, names, known in (
        ("tasks", config["tasks"], TASKS),
        ("grid.tasks", config["grid"].get("tasks", ()), config["tasks"]),
        ("grid.networks", config["grid"].get("networks", ()), _all_networks(config)),
        ("grid.strategies", config["grid"].get("strategies", ()), config["strategies"]),
        *((f"tasks.{t}.corpus", [s["corpus"]], config["corpora"]) for t, s in config["tasks"].items()),
        *((f"tasks.{t}.test_corpora", s["test_corpora"], config["corpora"]) for t, s in config["tasks"].items()),
    ):
        for name in names:
            if name not in known:
                raise InputError(f"config, {key}: '{name}' is unknown, expected one of {', '.join(known)}")
    for task in config["grid"].get("tasks", config["tasks"]):
        if not _chosen_networks(config, task):
            known = ", ".join(config["tasks"][task]["networks"])
            raise InputError(f"config, grid.networks: none is of task '{task}', expected one of {known}")
    for task, settings in config["tasks"].items():
        corpus = config["corpora"][settings["corpus"]]
        if corpus["kind"] == "synthetic" and task not in corpus["clips"]:
            raise InputError(f"config, corpora.{settings['corpus']}.clips: no number of clips for task '{task}'")
    for name, corpus in config["corpora"].items():
        asked = corpus.get("folds", folds.LEAVE_ONE_OUT)
        if asked != folds.LEAVE_ONE_OUT and not (isinstance(asked, int) and asked >= folds.FEWEST):
            wanted = f"'{folds.LEAVE_ONE_OUT}' or a whole number from {folds.FEWEST}"
            raise InputError(f"config, corpora.{name}.folds: found {asked!r}, expected {wanted}")
    _check_datasets(config)


def _all_networks(config: Config) -> dict[str, None]:
    return dict.fromkeys(name for about in config["tasks"].values() for name in about["networks"])


def _chosen_networks(config: Config, task: str) -> list[str]:
    """The networks of a task that the grid runs."""
    chosen = config["grid"].get("networks", _all_networks(config))
    return [name for name in config["tasks"][task]["networks"] if name in chosen]


def _check_datasets(config: Config) -> None:
    wanted: dict[str, tuple[str, tuple[str, str]]] = {}
    for corpus, about in config["corpora"].items():
        if about["kind"] != "mirdata":
            continue
        serves = get_dataset(about["dataset"]).tasks
        for task, settings in config["tasks"].items():
            if corpus in (settings["corpus"], *settings["test_corpora"]) and task not in serves:
                raise InputError(
                    f"config, tasks.{task}: data set '{about['dataset']}' of corpus '{corpus}' has nothing for it,"
                    f" only for {', '.join(serves)}"
                )
        asked = (about["dataset"], about["version"])
        first, known = wanted.setdefault(dataset_file(about["dataset"]), (corpus, asked))
        if asked != known:  # one data set is one folder of the data home and one file of the results
            raise InputError(
                f"config, corpora.{corpus}: wants {' version '.join(asked)} where corpora.{first} wants"
                f" {' version '.join(known)}, expected the same for both"
            )


@dataclass(frozen=True)
class Trial:
    """One dense training and the ladders that start from it; `corpus` as in paths, with its fold where it has any."""

    corpus: str
    task: str
    network: str
    seed: int


class Experiment:
    """What a resolved config asks for. Paths are relative to the working directory.

    Raises:
        InputError: a corpus cannot be cut into the folds that are asked for (its manifest is read here).
    """

    def __init__(self, config: Config) -> None:
        self.config = config
        grid = config["grid"]
        sub = "" if config["experiment"] == "main" else config["experiment"]
        self.root, self.reports = Path("results") / sub, Path("reports") / sub
        self.tasks: list[str] = grid.get("tasks", list(config["tasks"]))
        self.strategies: list[str] = grid.get("strategies", list(config["strategies"]))
        self.removed: list[float] = sorted(grid["removed"])
        self.seeds: list[int] = grid["seeds"]
        self._networks = {
            (task, network_folder(name)): (name, settings)
            for task, about in config["tasks"].items()
            for name, settings in about["networks"].items()
        }
        self._features: dict[tuple[str, str], str] = {}
        self._folds = {corpus: self._count_folds(corpus) for corpus in dict.fromkeys(c for c, _ in self.corpora())}

    def as_json(self) -> str:
        """The whole resolved config as JSON."""
        return json.dumps(self.config)

    def trials(self) -> Iterator[Trial]:
        """Every dense training of the grid."""
        for task in self.tasks:
            for network in _chosen_networks(self.config, task):
                for seed in self.seeds:
                    for corpus in self.folds(self.config["tasks"][task]["corpus"]):
                        yield Trial(corpus, task, network, seed)

    def tickets(self) -> Iterator[Path]:
        """The folder of every ticket of the grid, dense ones first in each trial."""
        rungs = [rung_folder(strategy, removed) for strategy in self.strategies for removed in self.removed]
        for trial in self.trials():
            for ticket in (DENSE, *rungs):
                yield ticket_folder(self.root, trial.corpus, trial.task, trial.network, trial.seed, ticket)

    def corpora(self) -> Iterator[tuple[str, str]]:
        """Every (corpus, task) of the grid, training corpora and further test corpora."""
        pairs = {(c, t): None for t in self.tasks for c in self.test_corpora(t)}
        yield from pairs

    def ticket_folders(self) -> list[TicketFolder]:
        """The files of every ticket of the grid, in the order of `tickets`."""
        return [TicketFolder(folder) for folder in self.tickets()]

    def corpus_folders(self) -> dict[tuple[str, str], CorpusFolder]:
        """The files of every (corpus, task) of the grid."""
        return {pair: CorpusFolder(self.root / "corpora" / pair[0] / pair[1]) for pair in self.corpora()}

    def feature_folders(self) -> dict[Path, tuple[str, str]]:
        """The folder of every feature store of the grid → (corpus, task)."""
        stores: dict[Path, tuple[str, str]] = {}
        for trial in self.trials():
            for corpus in self.test_corpora(trial.task):
                folder = self.features(trial.task, network_folder(trial.network), corpus)
                stores[folder] = (corpus, trial.task)
        return stores

    def gathered(self) -> list[Path]:
        """Every file that `results` reads."""
        files = [file for folder in self.ticket_folders() for file in folder.gathered]
        files += [file for folder in self.corpus_folders().values() for file in folder.gathered]
        return files + [folder / "timing.json" for folder in self.feature_folders()]

    def test_corpora(self, task: str) -> list[str]:
        """The training corpus (its test split is scored), then the further test corpora."""
        about = self.config["tasks"][task]
        return [about["corpus"], *(c for c in about["test_corpora"] if c != about["corpus"])]

    def folds(self, corpus: str) -> list[str]:
        """The corpora, as in paths, that are trained on: one a fold, or the corpus itself."""
        return [fold_corpus(corpus, fold) for fold in range(self._folds[corpus])] or [corpus]

    def fold_option(self, corpus: str) -> str:
        """What a job is told of the fold in a corpus's name, as in paths: `--fold 3`, or nothing."""
        fold = split_fold(corpus)[1]
        return "" if fold is None else f"--fold {fold}"

    def _count_folds(self, corpus: str) -> int:
        about = self.config["corpora"][corpus]
        if "folds" not in about:
            return 0
        try:
            return manifest.count_folds(self._manifest(corpus, about["folder"]), about["folds"])
        except InputError as error:
            raise InputError(f"config, corpora.{corpus}.folds: {error}") from error

    def previous(self, strategy: str, removed: str) -> str:
        """The rung before `removed` on the ladder, as the end of a path; `dense` before the first."""
        at = [rung_folder(strategy, r) for r in self.removed].index(f"{strategy}/removed-{removed}")
        return rung_folder(strategy, self.removed[at - 1]) if at else DENSE

    def feature(self, task: str, network: str) -> str:
        """Name of the feature that a network (as in paths) wants for a task."""
        key = (task, network)
        if key not in self._features:
            self._features[key] = get_task(task).features[networks.kind_of(self._networks[key][0])]
        return self._features[key]

    def features(self, task: str, network: str, corpus: str) -> Path:
        """Folder of the features of `corpus` (all its folds) that this network reads."""
        return self.root / "features" / split_fold(corpus)[0] / task / self.feature(task, network)

    def stores(self, task: str, network: str, corpus: str) -> dict[str, Any]:
        """What a ticket is scored on: `features` of the corpus it was trained on, `others` of further test corpora."""
        folders = [self.features(task, network, name) for name in (corpus, *self.test_corpora(task)[1:])]
        first, *others = [folder / "store.json" for folder in folders]
        return {"features": first, "others": others}

    def corpus_settings(self, corpus: str, task: str) -> str:
        """JSON for `ultralight-mir corpus`: kind, and what its builder takes."""
        settings = {k: v for k, v in self.config["corpora"][corpus].items() if k != "bad_clips"}
        if settings["kind"] == "synthetic":
            settings["clips"] = settings["clips"][task]
        if settings["kind"] == "manifest":
            settings["source"] = str(self._manifest(corpus, settings.pop("folder")))
            settings |= {"folds": self._folds[corpus]} if "folds" in settings else {}
        if settings["kind"] == "mirdata":
            settings["data_home"] = self.data_home
        return json.dumps(settings)

    @property
    def figures(self) -> list[str]:
        """Figures of the user's own beside those of every report, as `module:Name`."""
        return list(self.config.get("figures", ()))

    @property
    def data_home(self) -> str:
        """The folder of all data sets: as configured, else as the environment says (a job's may differ)."""
        return str(data_home(self.config.get("data_home")))

    def datasets(self, corpus: str) -> list[Path]:
        """The file that says that the data set of a mirdata corpus is there and whole; none for other corpora."""
        about = self.config["corpora"][corpus]
        return [self.root / "datasets" / dataset_file(about["dataset"])] if about["kind"] == "mirdata" else []

    def dataset(self, file: str) -> tuple[str, str]:
        """Name and version of the data set that a file of `datasets` stands for."""
        return next(
            (about["dataset"], about["version"])
            for about in self.config["corpora"].values()
            if about["kind"] == "mirdata" and dataset_file(about["dataset"]) == file
        )

    def bad_clips(self, corpus: str) -> float:
        """The fraction of a corpus's clips that may be left out as bad."""
        return float(self.config["corpora"][corpus]["bad_clips"])

    def _manifest(self, corpus: str, folder: str) -> Path:
        recordings = self.config.get("recordings")
        if recordings and not Path(recordings).is_dir():
            raise InputError(f"config, recordings: folder '{recordings}' does not exist; corpus '{corpus}' lies in it")
        return Path(recordings or ".") / folder

    def dense_settings(self, task: str, network: str) -> str:
        """JSON for `ultralight-mir train`: network, options, training and the step to keep for rewinding."""
        name, about = self._networks[task, network]
        training = {**self.config["tasks"][task]["training"], **about["training"]}
        return json.dumps(
            {"network": name, "options": about["options"], "training": training, "rewind": self.rewinds()}
        )

    def rewinds(self) -> list[str]:
        """The distinct early steps that the strategies of the grid rewind to ("20it")."""
        return sorted({self.config["strategies"][s]["rewind"] for s in self.strategies})

    def strategy_settings(self, strategy: str) -> str:
        """JSON for `ultralight-mir rung`: the strategy with its name."""
        return json.dumps({"name": strategy, **self.config["strategies"][strategy]})
