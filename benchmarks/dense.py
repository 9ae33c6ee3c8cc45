"""Is a dense network really dense? Its width and its steps doubled, scored on VALIDATION clips only.

    python benchmarks/dense.py instrument chord --config experiments/reference.yaml
    python benchmarks/dense.py drums --widths 12 24 48 --steps 700 1400 --seeds 0 1 2 --jobs 2

By default the config's own width and steps, the width doubled, and the steps doubled: where neither raises the
validation score by half a point, nothing that is said of trimming hangs on a network cut short. Corpora and trainings
are those of the config, whose features must be there: any run makes them, or `snakemake --cores 2` with their paths,
such as results/reference/features/synthetic/onset/log_mel/store.json.

Tickets go into results/dense/; what is finished there is not trained again (delete it after a change of the config).
results/dense/dense.csv has a row a network and seed (the reference's is committed beside its tables, as
reports/reference/dense.csv). Test clips are never read. Thresholds are chosen on the clips that
are scored: too good by a little, but equally so for all.
"""

from __future__ import annotations

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")  # one process a core, one thread a process; before torch loads

import argparse
import multiprocessing
import sys
import time
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from inspect import signature
from pathlib import Path

import pandas as pd
import yaml

from ultralight_mir import ladder, networks
from ultralight_mir.config import resolve
from ultralight_mir.errors import InputError
from ultralight_mir.experiment import Experiment, Trial
from ultralight_mir.features.store import Store
from ultralight_mir.files import read_json
from ultralight_mir.jobs.timing import Clock
from ultralight_mir.jobs.torch_setup import prepare
from ultralight_mir.networks import NetworkSettings
from ultralight_mir.paths import TicketFolder
from ultralight_mir.tasks import get_task
from ultralight_mir.ticket import Ticket

ROOT = Path("results/dense")
ENOUGH = 0.5
"""Points of the validation score that doubling may still add."""


@dataclass(frozen=True)
class Try:
    """One dense training: what is tried, and where it goes."""

    task: str
    features: Path
    settings: NetworkSettings
    width: int
    seed: int

    @property
    def folder(self) -> TicketFolder:
        """Its ticket's."""
        return TicketFolder(
            ROOT / self.task / f"width-{self.width}-steps-{self.settings.schedule.steps}" / str(self.seed)
        )


def plan(asked: argparse.Namespace) -> list[Try]:
    """All trainings that the arguments ask for.

    Raises:
        InputError: the config is wrong, a task is not in its grid, or a network has no width.
    """
    experiment = Experiment(resolve(yaml.safe_load(Path(asked.config).read_text(encoding="utf-8"))))
    unknown = set(asked.tasks) - set(experiment.tasks)
    if unknown:
        raise InputError(f"task '{min(unknown)}': expected one of {', '.join(experiment.tasks)}")
    trials = {trial.task: trial for trial in experiment.trials()}
    return [one for task in asked.tasks or experiment.tasks for one in _of(experiment, trials[task], asked)]


def _of(experiment: Experiment, trial: Trial, asked: argparse.Namespace) -> list[Try]:
    settings = NetworkSettings.read_json(experiment.dense_settings(trial.task, trial.network), "settings")
    option = signature(networks.find_class(settings.network)).parameters.get("width")
    width = settings.options.get("width", None if option is None else option.default)
    if width is None:
        raise InputError(f"network '{settings.network}': has no option 'width'")
    steps = settings.schedule.steps
    pairs = [(width, steps), (2 * width, steps), (width, 2 * steps)]
    if asked.widths or asked.steps:
        pairs = [(w, s) for w in asked.widths or [width] for s in asked.steps or [steps]]
    features = experiment.features(trial.task, trial.network, trial.corpus).path
    tries = []
    for wide, long in pairs:
        schedule = settings.schedule.model_copy(update={"steps": long})
        changed = settings.model_copy(update={"schedule": schedule, "options": {**settings.options, "width": wide}})
        tries += [Try(trial.task, features, changed, wide, seed) for seed in asked.seeds]
    return tries


def train(one: Try) -> dict[str, object]:
    """Train what is not there yet; its row of the table."""
    prepare(1)
    folder = one.folder
    if not folder.timing.exists():
        clock = Clock()
        ladder.train_dense(Store(one.features), folder.path, one.seed, one.settings, clock)
        clock.write(folder.timing, "dense")
    ticket = Ticket.read_folder(folder.path, trust=True)
    headline = get_task(ticket.task).metrics[0]
    return {
        "task": one.task,
        "width": one.width,
        "steps": one.settings.schedule.steps,
        "seed": one.seed,
        "parameters": sum(p.numel() for p in ticket.network().parameters()),
        "metric": headline.name,
        "validation": round(headline.scale * ticket.validation[headline.name], 3),
        "core_seconds": round(read_json(folder.timing)["phases"]["optimizer"][0], 1),
    }


def main(arguments: list[str]) -> int:
    """Train and print; returns the exit status."""
    asked = _parse(arguments)
    try:
        tries, rows = plan(asked), []
        begun = time.monotonic()
        with ProcessPoolExecutor(asked.jobs, multiprocessing.get_context("spawn")) as pool:
            for future in as_completed([pool.submit(train, one) for one in tries]):
                rows.append(future.result())
                left = (time.monotonic() - begun) / len(rows) * (len(tries) - len(rows)) / 60
                print(
                    f"[{len(rows)} of {len(tries)}, about {left:.0f} min left] {rows[-1]}", file=sys.stderr, flush=True
                )
    except InputError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    keys = ["task", "width", "steps", "seed"]
    path = ROOT / "dense.csv"
    before = [pd.read_csv(path)] if path.exists() else []
    both = pd.concat([*before, pd.DataFrame(rows)]).drop_duplicates(keys, keep="last").sort_values(keys, kind="stable")
    both.to_csv(path, index=False)
    for task in dict.fromkeys(one.task for one in tries):
        own = both[both["task"] == task]
        print(f"\n{task}: {own['metric'].iloc[0]} on validation clips, % (enough: doubling adds less than {ENOUGH})")
        print(_summary(own).to_string(index=False))
    return 0


def _summary(table: pd.DataFrame) -> pd.DataFrame:
    """The mean over seeds, and what doubling the width or the steps adds to it over the seeds that both have."""
    score = table.set_index(["width", "steps", "seed"])["validation"]
    rows = []
    for (width, steps), own in table.groupby(["width", "steps"]):
        row = {"width": width, "steps": steps, "seeds": len(own), "parameters": own["parameters"].iloc[0]}
        row |= {"validation": own["validation"].mean(), "core_seconds": own["core_seconds"].mean()}
        for name, double in (("wider", (2 * width, steps)), ("longer", (width, 2 * steps))):
            gains = [
                score[(*double, seed)] - score[width, steps, seed]
                for seed in own["seed"]
                if (*double, seed) in score.index
            ]
            row[name] = pd.Series(gains, dtype=float).mean()
        rows.append(row)
    return pd.DataFrame(rows).round(2)


def _parse(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("tasks", nargs="*", help="Default: all of the config's grid.")
    parser.add_argument("--config", default="experiments/reference.yaml")
    parser.add_argument("--widths", type=int, nargs="+")
    parser.add_argument("--steps", type=int, nargs="+")
    parser.add_argument("--seeds", type=int, nargs="+", default=[0])
    parser.add_argument("--jobs", type=int, default=2, help="Trainings at a time.")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
