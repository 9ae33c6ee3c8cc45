"""An experiment: what follows from a config (the grid, each job's inputs, folders and settings)."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ultralight_mir import networks
from ultralight_mir.config import Config, NetworkEntry
from ultralight_mir.corpora import manifest
from ultralight_mir.corpora.datasets.home import data_home
from ultralight_mir.corpora.settings import Manifest, Mirdata, Synthetic
from ultralight_mir.errors import InputError
from ultralight_mir.networks import NetworkSettings
from ultralight_mir.paths import (
    DENSE,
    CorpusFolder,
    ExportFolder,
    FeatureFolder,
    RaceFolder,
    RewindFolder,
    SystemFolder,
    TicketFolder,
    dataset_file,
    fold_corpus,
    own_name,
    rewind_folder,
    rung_folder,
    seed_folder,
    split_fold,
    trial_folder,
)
from ultralight_mir.registry import is_own
from ultralight_mir.strategy import Strategy
from ultralight_mir.systems import find_system
from ultralight_mir.tasks import get_task


@dataclass(frozen=True)
class Trial:
    """One dense training and the ladders that start from it; names as in paths, the corpus with its fold if any."""

    corpus: str
    task: str
    network: str
    seed: int


class Experiment:
    """What a config asks for. Paths are relative to the working directory; names are as in paths.

    Args:
        root: the results folder, where it is not `results/<experiment>`.

    Raises:
        InputError: a corpus cannot be cut into the folds that are asked for (its manifest is read here).
    """

    def __init__(self, config: Config, root: Path | None = None) -> None:
        self.config = config
        folder = "" if config.experiment == "main" else config.experiment
        self.root, self.reports = root or Path("results") / folder, Path("reports") / folder
        self._tasks = {get_task(key).name: key for key in config.tasks}
        self.tasks = [name for name, key in self._tasks.items() if key in config.grid_tasks]
        self.tasks.sort(key=lambda name: config.grid_tasks.index(self._tasks[name]))
        self.strategies = config.grid_strategies
        self.seeds = config.grid.seeds
        self._networks: dict[tuple[str, str], tuple[str, NetworkEntry]] = {
            (name, own_name(network)): (network, entry)
            for name, key in self._tasks.items()
            for network, entry in config.tasks[key].networks.items()
        }
        self._folds = {corpus: self._count_folds(corpus) for corpus in dict.fromkeys(c for c, _ in self.corpora())}

    def as_json(self) -> str:
        """The whole config as JSON."""
        return self.config.model_dump_json(exclude_none=True)

    # The grid

    def trials(self) -> Iterator[Trial]:
        """Every dense training of the grid."""
        for task in self.tasks:
            yield from self.trials_of(task)

    def trials_of(self, task: str) -> Iterator[Trial]:
        """Those of one task."""
        for network in self.config.grid_networks(self._tasks[task]):
            for seed in self.seeds:
                for corpus in self.folds(self.config.tasks[self._tasks[task]].corpus):
                    yield Trial(corpus, task, own_name(network), seed)

    def tickets(self) -> Iterator[TicketFolder]:
        """The folder of every ticket of the grid, dense ones first in each trial."""
        for trial in self.trials():
            yield from self.tickets_of(trial)

    def tickets_of(self, trial: Trial, but: Collection[str] = ()) -> Iterator[TicketFolder]:
        """Those of one trial, `but` for some strategies."""
        yield self.ticket(trial)
        for strategy in self._taking_part(trial):
            for removed in self.config.grid_removed(strategy) if strategy not in but else ():
                yield self.ticket(trial, rung_folder(strategy, removed))

    def _taking_part(self, trial: Trial) -> list[str]:
        config, task = self.config, self._tasks[trial.task]
        return [n for n in self.strategies if trial.seed in config.grid_seeds(n) and task in config.grid_tasks_of(n)]

    def ticket(self, trial: Trial, ticket: str = DENSE) -> TicketFolder:
        """The folder of one ticket; `ticket` is `dense` or a `rung_folder`."""
        return TicketFolder(trial_folder(self.root, trial.corpus, trial.task, trial.network, trial.seed) / ticket)

    def corpora(self) -> Iterator[tuple[str, str]]:
        """Every (corpus, task) of the grid, training corpora and further test corpora."""
        yield from {(corpus, task): None for task in self.tasks for corpus in self.test_corpora(task)}

    def corpus_folders(self) -> dict[tuple[str, str], CorpusFolder]:
        """The clips of every (corpus, task) of the grid."""
        return {(corpus, task): CorpusFolder(self.root / "corpora" / corpus / task) for corpus, task in self.corpora()}

    def feature_folders(self) -> dict[FeatureFolder, tuple[str, str]]:
        """The features that the grid reads → (corpus, task)."""
        return {
            self.features(trial.task, trial.network, corpus): (corpus, trial.task)
            for trial in self.trials()
            for corpus in self.test_corpora(trial.task)
        }

    def rewind_folders(self) -> dict[RewindFolder, Trial]:
        """The early weights that the grid's ladders go back to → whose they are."""
        folders: dict[RewindFolder, Trial] = {}
        for trial in self.trials():
            for strategy in self._taking_part(trial):
                folder = self.rewind(self.ticket(trial).path.parent, strategy)
                if folder is not None:
                    folders[folder] = trial
        return folders

    def systems(self, task: str) -> dict[str, str]:
        """The systems that are set beside a task's tickets: name → what it is asked for by."""
        found = {key: find_system(key) for key in self.config.systems}
        return {system.name: key for key, system in found.items() if system.task == task}

    def system_folders(self) -> dict[SystemFolder, tuple[str, str, str]]:
        """What systems score → (system, corpus, task)."""
        return {
            SystemFolder(self.root / "systems" / task / system / corpus): (system, corpus, task)
            for corpus, task in self.corpora()
            for system in self.systems(task)
        }

    def race_folders(self) -> dict[RaceFolder, str]:
        """The races → whose tickets and systems take part, of every task that has systems beside it."""
        return {RaceFolder(self.root / "races" / task): task for task in self.tasks if self.systems(task)}

    def export_folders(self) -> dict[ExportFolder, TicketFolder]:
        """The tickets in other forms → as they are."""
        shipped = [ticket for task in self.tasks for ticket in self._exported(task)]
        return {ExportFolder(ticket.path / form): ticket for ticket in shipped for form in self.config.exports}

    def _exported(self, task: str) -> list[TicketFolder]:
        asked = self.config.exports_of.items()
        wanted = {DENSE, *(rung_folder(name, removed) for name, ladder in asked for removed in ladder)}
        return [
            folder
            for trial, folder in self.shipped(task)
            if not asked or folder in {self.ticket(trial, ticket) for ticket in wanted}
        ]

    def shipped(self, task: str) -> list[tuple[Trial, TicketFolder]]:
        """The tickets of a task that are raced and exported: of the first seed and fold, what somebody may ship."""
        first = next(self.trials_of(task))
        trials = [t for t in self.trials_of(task) if (t.corpus, t.seed) == (first.corpus, first.seed)]
        return [(trial, folder) for trial in trials for folder in self.tickets_of(trial, but=self._unshipped)]

    @property
    def _unshipped(self) -> list[str]:
        return [name for name, strategy in self.config.strategies.items() if not strategy.shipped]

    def gathered(self) -> list[Path]:
        """Every file that `results` reads."""
        files = [file for ticket in self.tickets() for file in ticket.gathered]
        files += [file for corpus in self.corpus_folders().values() for file in corpus.gathered]
        files += [folder.timing for folder in self.feature_folders()]
        files += [folder.timing for folder in self.rewind_folders()]
        files += [file for folder in self.system_folders() for file in folder.made]
        files += [file for folder in self.export_folders() for file in folder.made]
        files += [file for folder in self.race_folders() for file in folder.made]
        return files

    def test_corpora(self, task: str) -> list[str]:
        """The training corpus (its test split is scored), then the further test corpora."""
        return self.config.test_corpora(self._tasks[task])

    def folds(self, corpus: str) -> list[str]:
        """The corpora, as in paths, that are trained on: one a fold, or the corpus itself."""
        return [fold_corpus(corpus, fold) for fold in range(self._folds[corpus])] or [corpus]

    def _count_folds(self, corpus: str) -> int:
        entry = self.config.corpora[corpus]
        if not isinstance(entry, Manifest) or entry.folds is None:
            return 0
        try:
            return manifest.count_folds(self._folder(corpus, entry), entry.folds)
        except InputError as error:
            raise InputError(f"config, corpora.{corpus}.folds: {error}") from error

    # What a job reads

    def task_key(self, task: str) -> str:
        """What a task is asked for by: its name, or somebody's own `module:Name`."""
        return self._tasks[task]

    def own(self, task: str, network: str) -> list[str]:
        """Somebody's own classes, `module:Name`, that this config names for a trial: a ticket may name them too."""
        return [name for name in (self._tasks[task], self._networks[task, network][0]) if is_own(name)]

    def own_modules(self) -> set[str]:
        """The modules of somebody's own that clips, features and networks come from."""
        names = [own for trial in self.trials() for own in self.own(trial.task, trial.network)]
        names += [self.feature(trial.task, trial.network) for trial in self.trials()]
        names += [entry.dataset for entry in self.config.corpora.values() if isinstance(entry, Mirdata)]
        return {name.partition(":")[0] for name in names if is_own(name)}

    def own_folders(self) -> list[Path]:
        """The folders of recordings that nobody published."""
        return [self._folder(name, entry) for name, entry in self.config.corpora.items() if isinstance(entry, Manifest)]

    def trust_options(self, task: str, network: str) -> str:
        """The same as a job is told it."""
        return " ".join(f"--trust {name}" for name in self.own(task, network))

    def fold_option(self, corpus: str) -> str:
        """What a job is told of the fold in a corpus's name, as in paths: `--fold 3`, or nothing."""
        fold = split_fold(corpus)[1]
        return "" if fold is None else f"--fold {fold}"

    def previous(self, trial: Path, strategy: str, removed: str) -> TicketFolder:
        """What the rung at `removed` (as in paths) of a trial starts from.

        The rung before; the dense network before the first, and for one that is built small; of a strategy that is
        like another, that one's ticket with as much removed.
        """
        settings, ladder = self.config.strategies[strategy], self.config.grid_removed(strategy)
        at = [rung_folder(strategy, r) for r in ladder].index(f"{strategy}/removed-{removed}")
        if settings.like:
            return TicketFolder(trial / rung_folder(settings.like, ladder[at]))
        first = not at or settings.method == "small"
        return TicketFolder(trial / (DENSE if first else rung_folder(strategy, ladder[at - 1])))

    def teachers(self, trial: Path, strategy: str) -> list[TicketFolder]:
        """The tickets that teach a strategy's rungs; none where that is the dense network, which they know."""
        settings = self.config.strategies[strategy]
        if not settings.taught or settings.teacher == "dense":
            return []
        if settings.teacher == "seeds":
            return [TicketFolder(trial.parent / seed_folder(seed) / DENSE) for seed in self.seeds]
        return [TicketFolder(trial.parent.parent / own_name(settings.teacher) / trial.name / DENSE)]

    def teacher_files(self, trial: Path, strategy: str) -> list[Path]:
        """The same as files."""
        return [file for folder in self.teachers(trial, strategy) for file in folder.read]

    def rewind(self, trial: Path, strategy: str) -> RewindFolder | None:
        """Where the early weights are that a strategy's rungs go back to; None where it goes back to none."""
        settings = self.config.strategies[strategy]
        goes_back = settings.goes_back and settings.reset == "rewind"
        return RewindFolder(trial / rewind_folder(settings.rewind)) if goes_back else None

    def rewind_files(self, trial: Path, strategy: str) -> tuple[Path, ...]:
        """The same as files; none where it goes back to none."""
        folder = self.rewind(trial, strategy)
        return () if folder is None else folder.read

    def feature(self, task: str, network: str) -> str:
        """What the feature is asked for by that a network (as in paths) wants for a task."""
        return get_task(self._tasks[task]).features[networks.kind_of(self._networks[task, network][0])]

    def features(self, task: str, network: str, corpus: str) -> FeatureFolder:
        """The features of `corpus` (all its folds) that this network reads."""
        name = own_name(self.feature(task, network))
        return FeatureFolder(self.root / "features" / split_fold(corpus)[0] / task / name)

    def feature_key(self, task: str, name: str) -> str:
        """What the feature of that name, as in paths, is asked for by."""
        keys = get_task(self._tasks[task]).features.values()
        return next(key for key in keys if own_name(key) == name)

    def stores(self, task: str, network: str, corpus: str) -> list[FeatureFolder]:
        """What a ticket is scored on: the corpus that it was trained on, then the further test corpora."""
        return [self.features(task, network, name) for name in (corpus, *self.test_corpora(task)[1:])]

    def store_files(self, task: str, network: str, corpus: str) -> list[Path]:
        """The same as files."""
        return [file for folder in self.stores(task, network, corpus) for file in folder.read]

    def system_key(self, task: str, name: str) -> str:
        """What the system of that name is asked for by."""
        return self.systems(task)[name]

    def split_option(self, task: str, corpus: str) -> str:
        """What a job is told of the clips that a system is scored on: as tickets are."""
        whole = corpus != self.test_corpora(task)[0] or bool(self._folds[corpus])
        return "" if whole else "--split test"

    def racing_files(self, task: str) -> list[Path]:
        """The tickets that are raced, as files."""
        return [file for _, folder in self.shipped(task) for file in folder.read]

    def racing_corpus(self, task: str) -> CorpusFolder:
        """The corpus whose clips they hear: that which they were trained on."""
        return self.corpus_folders()[self.test_corpora(task)[0], task]

    def race_options(self, task: str) -> str:
        """What else `ultralight-mir race` is told: the systems, the clips, whose code to trust."""
        trusted = dict.fromkeys(name for trial, _ in self.shipped(task) for name in self.own(task, trial.network))
        options = [f"--system {key}" for key in self.systems(task).values()]
        options += [self.split_option(task, self.test_corpora(task)[0]), *(f"--trust {name}" for name in trusted)]
        return " ".join(filter(None, options))

    def datasets(self, corpus: str) -> list[Path]:
        """The file that says that the data set of a mirdata corpus is there and whole; none for other corpora."""
        entry = self.config.corpora[corpus]
        return [self.root / "datasets" / dataset_file(entry.dataset)] if isinstance(entry, Mirdata) else []

    def dataset(self, file: str) -> tuple[str, str]:
        """Name and version of the data set that a file of `datasets` stands for."""
        return next(
            (entry.dataset, entry.version)
            for entry in self.config.corpora.values()
            if isinstance(entry, Mirdata) and dataset_file(entry.dataset) == file
        )

    @property
    def data_home(self) -> str:
        """The folder of all data sets: as configured, else as the environment says (a job's may differ)."""
        return str(data_home(self.config.data_home))

    # A job's settings, as JSON: nothing that it does not need, as a change of them runs it again

    def corpus_settings(self, corpus: str, task: str) -> str:
        """For `ultralight-mir corpus`."""
        entry = self.config.corpora[corpus]
        changes: dict[str, Any] = {}
        if isinstance(entry, Synthetic):
            entry = entry.of_task(task)
        elif isinstance(entry, Manifest):
            changes = {"folder": str(self._folder(corpus, entry)), "folds": self._folds.get(corpus) or None}
        elif isinstance(entry, Mirdata):
            changes = {"data_home": entry.data_home or self.data_home}
        return entry.model_copy(update=changes).model_dump_json(exclude={"bad_clips"}, exclude_none=True)

    def bad_clips(self, corpus: str) -> float:
        """The fraction of a corpus's clips that may be left out as bad."""
        return self.config.corpora[corpus].bad_clips

    def dense_settings(self, task: str, network: str) -> str:
        """For `ultralight-mir train`: network, options and schedule."""
        name, entry = self._networks[task, network]
        schedule = self.config.tasks[self._tasks[task]].schedule(name)
        return NetworkSettings(network=name, options=entry.options, schedule=schedule).model_dump_json()

    def strategy_settings(self, strategy: str) -> str:
        """For `ultralight-mir rung`: the strategy with its name."""
        return Strategy(name=strategy, **self.config.strategies[strategy].model_dump()).model_dump_json()

    def _folder(self, corpus: str, entry: Manifest) -> Path:
        recordings = self.config.recordings
        if recordings and not Path(recordings).is_dir():
            raise InputError(f"config, recordings: folder '{recordings}' does not exist; corpus '{corpus}' lies in it")
        return Path(recordings or ".") / entry.folder
