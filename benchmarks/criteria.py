"""Which criterion ranks units best: strategies beside each other, scored on VALIDATION clips only.

    python benchmarks/criteria.py instrument drums chord onset --removed 0.75 0.9 --table docs/criteria.csv
    python benchmarks/criteria.py pitch --strategies random/local batchnorm/local magnitude/global/dimension --seeds 0 1

The first makes the table that docs/criteria.md shows.

A strategy is criterion/scope or criterion/scope/scale; all trim and rewind. Networks, trainings and corpora are those
of the config (--config), whose features must be there: any run makes them, or `snakemake --cores 2` with their paths,
such as results/features/synthetic/onset/log_mel/store.json.

Tickets and scores go into results/criteria/; what is finished there is not made again (delete it after a change of the
config). results/criteria/scores.csv, or --table, has the rows of the last call. Test clips are never read. Decision
thresholds are chosen on the same validation clips that are scored: too good by a little, but equally so for all.
"""

from __future__ import annotations

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")  # one process a core, one thread a process; before torch loads

import argparse
import multiprocessing
import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pandas as pd
import yaml

from ultralight_mir import cost, ladder
from ultralight_mir.config import resolve
from ultralight_mir.errors import InputError
from ultralight_mir.experiment import Experiment, Trial
from ultralight_mir.features.store import Store
from ultralight_mir.files import replacing
from ultralight_mir.jobs.timing import Clock
from ultralight_mir.jobs.torch_setup import prepare
from ultralight_mir.networks import NetworkSettings
from ultralight_mir.paths import DENSE, TicketFolder, rung_folder, split_fold
from ultralight_mir.strategy import Strategy
from ultralight_mir.tasks import get_task
from ultralight_mir.ticket import Ticket
from ultralight_mir.trimming.criteria import CRITERIA

SPLIT = "valid"
LADDER = (0.5, 0.75, 0.85, 0.9)
SCORED = (0.75, 0.9)


@dataclass(frozen=True)
class Study:
    """What one call compares: `run`, as configured, has the features; `own` has the strategies asked for."""

    run: Experiment
    own: Experiment
    scored: tuple[float, ...]

    def folder(self, trial: Trial, ticket: str = DENSE) -> TicketFolder:
        """Where a ticket of this study goes; `ticket` as in paths."""
        return self.own.ticket(trial, ticket)

    def store(self, trial: Trial) -> Store:
        """The features that the trial's network reads."""
        features = self.run.features(trial.task, trial.network, trial.corpus)
        return Store(features.path, split_fold(trial.corpus)[1])

    def scored_tickets(self) -> Iterator[tuple[Trial, str]]:
        """Every ticket that stands in the table."""
        rungs = [rung_folder(strategy, removed) for strategy in self.own.strategies for removed in self.scored]
        for trial in self.own.trials():
            yield from ((trial, ticket) for ticket in (DENSE, *rungs))


def folder_name(strategy: str) -> str:
    """`magnitude/global/dimension` as it stands in paths."""
    return strategy.replace("/", "-")


def plan(asked: argparse.Namespace) -> Study:
    """The study that the arguments ask for.

    Raises:
        InputError: a task, strategy or rung is unknown or malformed.
    """
    config = yaml.safe_load(Path(asked.config).read_text(encoding="utf-8"))
    strategies = {folder_name(strategy): _strategy(strategy) for strategy in asked.strategies}
    grid = {"tasks": asked.tasks, "strategies": list(strategies), "removed": asked.removed, "seeds": asked.seeds}
    own = resolve({**config, "strategies": strategies, "grid": grid})
    missing = set(asked.scored) - set(asked.removed)
    if missing:
        raise InputError(f"--scored {min(missing)}: not on the ladder, expected one of --removed {asked.removed}")
    # A name that no config may give, so that no run of anybody's own is in that folder.
    named = own.model_copy(update={"experiment": "criteria"})
    return Study(Experiment(resolve(config)), Experiment(named), tuple(asked.scored))


def _strategy(text: str) -> dict[str, str]:
    parts = text.split("/")
    if len(parts) not in (2, 3):
        raise InputError(f"--strategies '{text}': expected criterion/scope or criterion/scope/scale")
    return {"method": "trim", "reset": "rewind", **dict(zip(("criterion", "scope", "scale"), parts, strict=False))}


def train(study: Study, trial: Trial) -> None:
    """The dense network of a trial and its early weights; what is done is not done again."""
    store, dense = study.store(trial), study.folder(trial)
    if not dense.ticket.exists():
        settings = NetworkSettings.read_json(study.own.dense_settings(trial.task, trial.network), "settings")
        ladder.train_dense(store, dense.path, trial.seed, settings, Clock())
    for name in study.own.strategies:
        early = study.own.rewind(dense.path.parent, name)
        if early is not None and not early.moment.exists():
            moment = study.own.config.strategies[name].rewind
            ladder.train_early(store, dense.path, early.path, moment, Clock(), trust=True)


def descend(study: Study, trial: Trial, name: str) -> None:
    """One ladder of a trial, each rung from the one before, as `train`."""
    store, strategy = study.store(trial), Strategy.read_json(study.own.strategy_settings(name), "settings")
    dense = previous = study.folder(trial).path
    early = study.own.rewind(dense.parent, name)
    for removed in study.own.config.grid_removed(name):
        folder = study.folder(trial, rung_folder(name, removed))
        if not folder.ticket.exists():
            where = None if early is None else early.path
            ladder.train_rung(store, dense, previous, folder.path, removed, strategy, Clock(), early=where, trust=True)
        previous = folder.path


def gather(study: Study) -> pd.DataFrame:
    """One row a ticket: its headline metric on the validation clips (the mean over folds).

    What is left of its MACs stands beside: a global ranking may leave other ones than a local one of the same size.
    """
    rows = []
    for trial, name in study.scored_tickets():
        store, metric = study.store(trial), get_task(study.own.task_key(trial.task)).metrics[0]
        ticket, (inputs, seconds) = Ticket.read_folder(study.folder(trial, name).path, trust=True), cost.example(store)
        rows.append(
            {
                "task": trial.task,
                "network": trial.network,
                "seed": trial.seed,
                "strategy": ticket.strategy_name,
                "removed_target": ticket.removed_target,
                "metric": metric.name,
                "removed": ticket.removed,
                "macs_per_second": cost.macs(ticket.network(), inputs) / seconds,
                "clips": len(store.split(SPLIT)),
                "value": ticket.validation[metric.name],
            }
        )
    keys = ["task", "network", "seed", "strategy", "removed_target", "metric"]
    sums = {"removed": "mean", "macs_per_second": "mean", "clips": "sum", "value": "mean"}
    return pd.DataFrame(rows).groupby(keys, sort=False).agg(sums).reset_index()


def show(table: pd.DataFrame) -> None:
    """Print, by task, network and rung, the strategies from best to worst: mean over seeds, range, and each seed."""
    for (task, network), rows in table.groupby(["task", "network"], sort=False):
        metric = get_task(str(task)).metrics[0]
        print(f"\n{task}, {network}: {metric.axis} on {rows['clips'].iloc[0]} validation clips")
        for removed, rung in rows.groupby("removed_target"):
            by_seed = metric.scale * rung.pivot(index="strategy", columns="seed", values="value")
            shown = by_seed.add_prefix("seed ")
            shown.insert(0, "mean", by_seed.mean(axis=1))
            shown.insert(1, "range", by_seed.max(axis=1) - by_seed.min(axis=1))
            means = rung.groupby("strategy")[["removed", "macs_per_second"]].mean()
            shown["% removed"], shown["MMAC/s"] = 100 * means["removed"], means["macs_per_second"] / 1e6
            ordered = shown.sort_values("mean", ascending=not metric.higher_is_better).rename_axis(None)
            print(f"{100 * float(str(removed)):g} % removed\n{ordered.rename_axis(columns=None).round(2).to_string()}")


def run(jobs: Sequence[Callable[[], None]], processes: int) -> None:
    """Run them all, in this order, and say what is done."""
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(processes, mp_context=context, initializer=prepare, initargs=(1,)) as pool:
        try:
            for number, future in enumerate([pool.submit(job) for job in jobs], start=1):
                future.result()
                print(f"{number} of {len(jobs)}", end="\r", file=sys.stderr, flush=True)
        finally:
            pool.shutdown(cancel_futures=True)  # after a failure nothing more is begun


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("tasks", nargs="+", help="tasks of the config")
    every = [f"{criterion}/local" for criterion in CRITERIA]
    parser.add_argument("--strategies", nargs="+", default=every, help="criterion/scope(/scale); default all, local")
    parser.add_argument("--seeds", nargs="+", type=int, default=[0, 1, 2], help="default: 0 1 2")
    parser.add_argument("--removed", nargs="+", type=float, default=list(LADDER), help="the ladder")
    parser.add_argument("--scored", nargs="+", type=float, default=list(SCORED), help="the rungs that are scored")
    parser.add_argument("--config", default="config.yaml")
    parser.add_argument("--table", type=Path, help="where the rows go, default results/criteria/scores.csv")
    parser.add_argument("--jobs", type=int, default=2, help="processes, default 2")
    asked = parser.parse_args()
    try:
        study = plan(asked)
        trials = sorted(study.own.trials(), key=lambda trial: trial.seed)  # whole seeds first, should it be stopped
        run([partial(train, study, trial) for trial in trials], asked.jobs)
        run([partial(descend, study, trial, name) for trial in trials for name in study.own.strategies], asked.jobs)
        table = gather(study)
        with replacing(asked.table or study.own.root / "scores.csv") as scratch:
            table.to_csv(scratch, index=False, lineterminator="\n")
        show(table)
    except (InputError, OSError) as error:
        sys.exit(f"error: {error}")


if __name__ == "__main__":
    main()
