"""Every default network on its task's features: parameters, MACs, milliseconds an optimizer step, by precision.

python benchmarks/networks.py [results]     (after a run: it reads the features that the run computed)
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

import yaml

from ultralight_mir import cost, networks
from ultralight_mir.batches import Batches
from ultralight_mir.features.store import Store
from ultralight_mir.jobs.torch_setup import prepare
from ultralight_mir.networks import Recipe
from ultralight_mir.tasks import get_task
from ultralight_mir.training import Schedule, fit

STEPS = 12


def main(root: Path) -> None:
    prepare(1)
    config = yaml.safe_load(Path("config.yaml").read_text())
    print(f"{'task':11}{'network':14}{'parameters':>11}{'MMAC/s':>9}{'float32':>10}{'bfloat16':>10}   ms a step")
    for name, about in config["tasks"].items():
        task = get_task(name)
        for network, settings in about["networks"].items():
            feature = task.features[networks.find_class(network).kind]
            store = Store(root / "features" / about["corpus"] / name / feature)
            recipe = Recipe(network, store.bins, task.outputs, task.framewise, store.hop, settings.get("options", {}))
            built = networks.build(recipe, 0)
            inputs, seconds = cost.example(store)
            rate = cost.macs(built.eval(), inputs) / seconds / 1e6
            taken = [_milliseconds(recipe, store, task, about["training"], p) for p in ("float32", "bfloat16")]
            size = sum(p.numel() for p in built.parameters())
            print(f"{name:11}{network:14}{size:>11,}{rate:>9.1f}{taken[0]:>10.1f}{taken[1]:>10.1f}")


def _milliseconds(recipe: Recipe, store: Store, task: object, training: dict[str, object], precision: str) -> float:
    schedule = Schedule(**{**training, "steps": STEPS, "precision": precision})
    network, batches = networks.build(recipe, 0), Batches(store, schedule.batch, schedule.frames, 0)
    fit(network, batches, task.loss, schedule, last_step=2)
    begun = time.perf_counter()
    fit(network, batches, task.loss, schedule, first_step=2)
    return 1000 * (time.perf_counter() - begun) / (STEPS - 2)


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path("results"))
