"""Every default network on its task's features: parameters, MACs, milliseconds an optimizer step, by precision.

python benchmarks/networks.py [config.yaml]     (after a run of it: the features that the run computed are read)
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

import yaml

from ultralight_mir import cost, networks
from ultralight_mir.batches import Batches
from ultralight_mir.config import resolve
from ultralight_mir.experiment import Experiment
from ultralight_mir.features.store import Store
from ultralight_mir.jobs.torch_setup import prepare
from ultralight_mir.networks import NetworkSettings, Recipe
from ultralight_mir.objective import Supervised
from ultralight_mir.schedule import Schedule
from ultralight_mir.tasks import get_task
from ultralight_mir.tasks.base import Task
from ultralight_mir.training import fit

STEPS = 12


def main(config: Path) -> None:
    prepare(1)
    experiment = Experiment(resolve(yaml.safe_load(config.read_text(encoding="utf-8"))))
    print(f"{'task':11}{'network':14}{'parameters':>11}{'MMAC/s':>9}{'float32':>10}{'bfloat16':>10}   ms a step")
    cases = {(trial.task, trial.network): trial.corpus for trial in experiment.trials()}
    for (name, network), corpus in cases.items():
        task = get_task(experiment.task_key(name))
        store = Store(experiment.features(name, network, corpus).path)
        settings = NetworkSettings.read_json(experiment.dense_settings(name, network), "settings")
        recipe = settings.recipe(store.bins, task.outputs, task.framewise, store.hop)
        dense = networks.build(recipe, 0)
        inputs, seconds = cost.example(store)
        rate = cost.macs(dense.eval(), inputs) / seconds / 1e6
        times = [_milliseconds(recipe, store, task, settings.schedule, p) for p in ("float32", "bfloat16")]
        size = sum(p.numel() for p in dense.parameters())
        print(f"{name:11}{network:14}{size:>11,}{rate:>9.1f}{times[0]:>10.1f}{times[1]:>10.1f}")


def _milliseconds(recipe: Recipe, store: Store, task: Task, schedule: Schedule, precision: str) -> float:
    short = schedule.model_copy(update={"steps": STEPS, "precision": precision})
    network, batches = networks.build(recipe, 0), Batches(store, short.batch, short.frames, 0)
    fit(network, batches, Supervised(task), short, last_step=2)
    begin = time.perf_counter()
    fit(network, batches, Supervised(task), short, first_step=2)
    return 1000 * (time.perf_counter() - begin) / (STEPS - 2)


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path("config.yaml"))
