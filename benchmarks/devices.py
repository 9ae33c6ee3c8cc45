"""Each task's default dense training on the CPU and, where there is one, on a GPU: steps a second, and what they score.

    python benchmarks/devices.py
    python benchmarks/devices.py onset chord --seeds 0 1 2 --steps 200 --clips 60

Networks and schedules are those of the config (--steps shortens them: enough for the speed, too few for the scores);
the corpus is the embedded one with so many clips a task. A training is a job's, `ladder.train_dense`: its steps are
counted over the whole phase `optimizer`, on a CPU in CPU seconds (one thread, and other jobs must not count), on a GPU
by the clock on the wall, recording a step included. Scores are of validation clips, in the unit of the task's headline.
What differs between devices is to be set against what differs between seeds on one.
"""

from __future__ import annotations

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")  # before torch loads

import argparse
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean, pstdev
from tempfile import TemporaryDirectory

import torch
import yaml

from ultralight_mir import corpora, ladder
from ultralight_mir.clips import read_clips
from ultralight_mir.config import resolve
from ultralight_mir.corpora.settings import Synthetic
from ultralight_mir.experiment import Experiment
from ultralight_mir.features import get_feature
from ultralight_mir.features.store import Store, build
from ultralight_mir.jobs.machine import cpu_name
from ultralight_mir.jobs.timing import Clock
from ultralight_mir.jobs.torch_setup import name_of, prepare
from ultralight_mir.networks import NetworkSettings
from ultralight_mir.tasks import get_task
from ultralight_mir.ticket import Ticket


@dataclass(frozen=True)
class Trained:
    """What one training took and gave: steps, seconds, the headline of its validation clips, and the precision."""

    steps: int
    seconds: float
    score: float
    precision: str

    @property
    def rate(self) -> float:
        """Steps a second."""
        return self.steps / self.seconds


def train(store: Store, settings: NetworkSettings, seed: int, device: str) -> Trained:
    """Train a dense network on a device, as a job does."""
    clock, place = Clock(), prepare(1, device)
    with TemporaryDirectory() as folder:
        ladder.train_dense(store, Path(folder), seed, settings, clock, place)
        ticket = Ticket.read_folder(Path(folder), trust=True)
    headline = get_task(store.task).metrics[0]
    cores, wall = clock.phases["optimizer"]
    score = headline.scale * ticket.validation[headline.name]
    return Trained(ticket.schedule.steps, cores if place.type == "cpu" else wall, score, ticket.precision)


def compare(what: str, store: Store, settings: NetworkSettings, devices: Sequence[str], seeds: Sequence[int]) -> None:
    """Print a line a device, and what lies between the first and each other."""
    headline = get_task(store.task).metrics[0].name
    first: list[Trained] = []
    for device in devices:
        made = [train(store, settings, seed, device) for seed in seeds]
        rate, scores = fmean(one.rate for one in made), [one.score for one in made]
        line = f"{what:24}{device:6}{made[0].precision:10}{rate:>9.1f} steps/s"
        line += f"   {headline} {fmean(scores):.2f} ± {pstdev(scores):.2f} over seeds"
        first = first or made
        if made is not first:
            apart = [there.score - here.score for there, here in zip(made, first, strict=True)]
            line += f"   {rate / fmean(one.rate for one in first):.1f} times as fast"
            line += f", {fmean(apart):+.2f} ± {pstdev(apart):.2f} seed by seed"
        print(line, flush=True)


def main(asked: argparse.Namespace) -> None:
    experiment = Experiment(resolve(yaml.safe_load(Path(asked.config).read_text(encoding="utf-8"))))
    devices = asked.devices or ["cpu", "cuda"]
    if "cuda" in devices and not torch.cuda.is_available():
        print("there is no GPU that torch can use: the CPU alone")
        devices = [device for device in devices if device != "cuda"]
    for device in devices:
        print(f"{device}: {cpu_name() if device == 'cpu' else name_of(prepare(1, device))}")
    for name, network in {(trial.task, trial.network): None for trial in experiment.trials()}:
        if asked.tasks and name not in asked.tasks:
            continue
        key, feature = experiment.task_key(name), get_feature(experiment.feature(name, network))
        settings = NetworkSettings.read_json(experiment.dense_settings(name, network), "settings")
        if asked.steps:
            schedule = settings.schedule.model_copy(update={"steps": asked.steps, "epochs": None})
            settings = settings.model_copy(update={"schedule": schedule})
        with TemporaryDirectory() as folder:
            clips, features = Path(folder) / "clips", Path(folder) / "features"
            corpora.build(key, clips, Synthetic(kind="synthetic", clips={key: asked.clips}), lambda done, total: None)
            build("synthetic", read_clips(clips), get_task(key), feature, features, processes=os.cpu_count() or 1)
            compare(f"{name} {network}", Store(features), settings, devices, asked.seeds)


def _parse(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("tasks", nargs="*", help="Default: all of the config's grid.")
    parser.add_argument("--config", default="config.yaml")
    parser.add_argument("--devices", nargs="+", help="Default: cpu, and cuda if there is one.")
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--steps", type=int, help="Of a training; default: the config's.")
    parser.add_argument("--clips", type=int, default=200, help="Of a task's corpus, at least 20.")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    main(_parse(sys.argv[1:]))
