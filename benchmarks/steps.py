"""Milliseconds a step of each task's dense network and of a ticket at 90 % removed, with and without each lever.

python benchmarks/steps.py [config.yaml [factors [tasks]]]     (factors of the configured width: 1,2,3)

All ways of a network are stepped in turn in one process, in its CPU time, so that a machine which does other work does
not matter; the least of the rounds is printed. "as run" is what training does; each further column changes one thing of
it, and "plain" all but the precision. A column of more milliseconds than "as run" says what its lever is worth.
"""

from __future__ import annotations

import copy
import inspect
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

import yaml
from torch import nn

from ultralight_mir import corpora, networks
from ultralight_mir.batches import Batches
from ultralight_mir.clips import read_clips
from ultralight_mir.config import resolve
from ultralight_mir.corpora.settings import Synthetic
from ultralight_mir.cost import SECONDS, example, macs
from ultralight_mir.experiment import Experiment
from ultralight_mir.features import get_feature
from ultralight_mir.features.store import Store, build
from ultralight_mir.jobs.torch_setup import prepare
from ultralight_mir.networks import NetworkSettings, find_class
from ultralight_mir.objective import Supervised
from ultralight_mir.schedule import Schedule
from ultralight_mir.stepping import Manner, Stepper
from ultralight_mir.tasks import get_task
from ultralight_mir.trimming import Ranking, shrink

CLIPS = 20
REMOVED = 0.9
WARM, ROUNDS = 2, 7
FACTORS = (1, 2, 3)


@dataclass(frozen=True)
class Case:
    """What is trained: a task's network as configured, on some clips of its embedded corpus."""

    task: str
    settings: NetworkSettings
    store: Store

    @property
    def width(self) -> int:
        """As configured, or the network's own default."""
        default = inspect.signature(find_class(self.settings.network)).parameters["width"].default
        return int(self.settings.options.get("width", default))

    def dense(self, width: int) -> nn.Module:
        """The network that wide, untrained."""
        task, options = get_task(self.task), {**self.settings.options, "width": width}
        settings = self.settings.model_copy(update={"options": options})
        return networks.build(settings.recipe(self.store.bins, task.outputs, task.framewise, self.store.hop), 0)


def ways(manner: Manner) -> dict[str, Manner]:
    """What is compared: as it is run, and with one lever changed."""
    other = "float32" if manner.precision == "bfloat16" else "bfloat16"
    return {
        "as run": manner,
        other: replace(manner, precision=other),
        "last" if not manner.channels_last else "not last": replace(manner, channels_last=not manner.channels_last),
        "unmatched": replace(manner, match_gradients=False),
        "unfused": replace(manner, fused=False),
        "plain": Manner(manner.precision, channels_last=False, match_gradients=False, fused=False),
    }


def milliseconds(network: nn.Module, case: Case, manners: dict[str, Manner]) -> dict[str, float]:
    """Of a step, by its manner."""
    taken: dict[str, list[float]] = {name: [] for name in manners}
    with ExitStack() as stack:
        steps = {name: _step(copy.deepcopy(network), case, manner, stack) for name, manner in manners.items()}
        for number in range(WARM + ROUNDS):
            for name, step in steps.items():
                begun = time.process_time()
                step()
                if number >= WARM:
                    taken[name].append(1000 * (time.process_time() - begun))
    return {name: min(times) for name, times in taken.items()}


def _step(network: nn.Module, case: Case, manner: Manner, stack: ExitStack) -> Callable[[], object]:
    schedule: Schedule = case.settings.schedule
    stepper = Stepper(network.train(), Supervised(get_task(case.task)), schedule, manner)
    batches = Batches(case.store, schedule.batch, schedule.frames, 0)
    stack.enter_context(manner.laid_out(network))
    return lambda: stepper.step(*next(batches), schedule.learning_rate)


def rows(case: Case, factor: float) -> None:
    """Print the lines of one task at one width."""
    width = round(case.width * factor)
    dense, (inputs, seconds) = case.dense(width), example(case.store, SECONDS)
    ticket = shrink(dense, inputs, REMOVED, ranking=Ranking(scope="local")).network
    for name, network in (("dense", dense), ("ticket", ticket)):
        rate = macs(network.eval(), inputs) / seconds / 1e6
        size = sum(parameter.numel() for parameter in network.parameters())
        times = milliseconds(network, case, ways(Manner.of(network, case.settings.schedule)))
        cells = "".join(f"  {way} {spent:.1f}" for way, spent in times.items())
        print(
            f"{case.task:11}width {width:<4}{name:7}{size:>10,} parameters {rate:>7.1f} MMAC/s  ms:{cells}", flush=True
        )


def main(config: Path, factors: tuple[float, ...], only: list[str]) -> None:
    prepare(1)
    experiment = Experiment(resolve(yaml.safe_load(config.read_text(encoding="utf-8"))))
    for name, network in {(trial.task, trial.network): None for trial in experiment.trials()}:
        if only and name not in only:
            continue
        key, feature = experiment.task_key(name), get_feature(experiment.feature(name, network))
        with TemporaryDirectory() as folder:
            clips, features = Path(folder) / "clips", Path(folder) / "features"
            corpora.build(key, clips, Synthetic(kind="synthetic", clips={key: CLIPS}), lambda done, total: None)
            build("synthetic", read_clips(clips), get_task(key), feature, features)
            settings = NetworkSettings.read_json(experiment.dense_settings(name, network), "settings")
            for factor in factors:
                rows(Case(key, settings, Store(features)), factor)


if __name__ == "__main__":
    given = dict(enumerate(sys.argv))
    main(
        Path(given.get(1, "config.yaml")),
        tuple(map(float, given[2].split(","))) if 2 in given else FACTORS,
        given[3].split(",") if 3 in given else [],
    )
