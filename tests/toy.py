"""A task, a network and a feature store small enough to train in a fraction of a second."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import torch
from torch import Tensor, nn

from ultralight_mir import audio
from ultralight_mir.annotations import Events
from ultralight_mir.clips import Clip
from ultralight_mir.features import get_feature
from ultralight_mir.features.base import Feature
from ultralight_mir.features.store import Store, build
from ultralight_mir.metrics import Metric
from ultralight_mir.networks import NetworkSettings
from ultralight_mir.tasks import get_task
from ultralight_mir.tasks.base import Array, Output, Score, Task, Thresholds

RATE, HOP = 8_000, 80


class ToyTask(Task):
    """Is the sound on? One output a frame."""

    name = "toy"
    annotation = "events"
    outputs = 1
    framewise = True
    features: ClassVar = {"spectral": "toy:FEATURE", "waveform": "waveform"}
    scorer = "math"
    metrics: ClassVar = (Metric("agreement", "agreement"),)

    def target(self, annotation: Events, times: Array) -> Array:
        begin, end = annotation.times
        return ((times >= begin) & (times < end)).astype(np.float32)[:, None]

    def loss(self, logits: Tensor, targets: Tensor) -> Tensor:
        return nn.functional.binary_cross_entropy_with_logits(logits, targets)

    def activation(self, logits: Tensor) -> Tensor:
        return logits.sigmoid()

    def thresholds(self, outputs: Sequence[Output], annotations: Sequence[Events]) -> Thresholds:
        """Depends on everything that it is shown."""
        levels = [float(output.activation.mean()) for output in outputs]
        return {"on": 0.5 + 0.001 * sum(levels) + 0.0001 * sum(float(a.times.sum()) for a in annotations)}

    def decode(self, output: Output, thresholds: Thresholds) -> Events:
        on = output.activation[:, 0] > thresholds["on"]
        return Events(output.times[on])

    def score(self, estimate: Events, annotation: Events) -> list[Score]:
        begin, end = annotation.times
        inside = ((estimate.times >= begin) & (estimate.times < end)).mean() if len(estimate.times) else 0.0
        return [Score("agreement", float(inside))]


class ToyNet(nn.Module):
    """Two convolutions over time with a batch norm between."""

    kind = "spectral"

    def __init__(self, bins: int, outputs: int, framewise: bool, hop: int, width: int = 8) -> None:
        super().__init__()
        self.first = nn.Conv1d(bins, width, 3, padding=1)
        self.norm = nn.BatchNorm1d(width)
        self.second = nn.Conv1d(width, width, 3, padding=1)
        self.last = nn.Conv1d(width, outputs, 1)

    def forward(self, x: Tensor) -> Tensor:
        hidden = self.norm(self.first(x.transpose(1, 2))).relu()
        hidden = self.second(hidden).relu()
        made: Tensor = self.last(hidden).transpose(1, 2)
        return made


class DropNet(ToyNet):
    """The same with dropout on its input, so that its statistics hang on what is drawn."""

    def forward(self, x: Tensor) -> Tensor:
        return super().forward(nn.functional.dropout(x, 0.5, self.training))


class WildNet(ToyNet):
    """The same, but its logits are not finite once it has learnt a little."""

    def forward(self, x: Tensor) -> Tensor:
        logits = super().forward(x)
        return logits if int(self.norm.num_batches_tracked) < 3 else logits * float("nan")


def _levels(samples: Array, sample_rate: int, hop: int, bins: int) -> Array:
    frames = samples[: len(samples) // hop * hop].reshape(-1, hop)
    return np.stack([np.abs(frames).mean(1), np.abs(frames).max(1), frames.std(1)], axis=1).astype(np.float32)


FEATURE = Feature("toy", "spectral", RATE, HOP, 3, _levels)
TASK = "toy:ToyTask"


def toy_clips(folder: Path, count: int = 10) -> list[Clip]:
    """Clips of one second in which noise is on for a while."""
    folder.mkdir(parents=True, exist_ok=True)
    clips = []
    for i in range(count):
        random = np.random.default_rng(i)
        begin, end = sorted(random.uniform(0.1, 0.9, 2))
        samples = 0.01 * random.standard_normal(RATE)
        samples[int(begin * RATE) : int(end * RATE)] += 0.3 * random.standard_normal(
            int(end * RATE) - int(begin * RATE)
        )
        audio.write(folder / f"{i}.wav", samples, RATE)
        (folder / f"{i}.txt").write_text(f"{begin}\n{end}\n")
        split = ("train", "train", "train", "valid", "test")[i % 5]
        clips.append(Clip(str(i), str(folder / f"{i}.wav"), str(folder / f"{i}.txt"), "", str(i), split, 1.0))
    return clips


def build_toy(clips: Sequence[Clip], folder: Path) -> None:
    """Their features, as the workflow makes them."""
    build("toy", clips, get_task(TASK), get_feature("toy:FEATURE"), folder)


def toy_store(folder: Path, count: int = 10) -> Store:
    """A finished feature store of the toy clips."""
    build_toy(toy_clips(folder / "audio", count), folder / "features")
    return Store(folder / "features")


def seeded(network: type[nn.Module], **options: int) -> nn.Module:
    """A network with the same initial weights every time."""
    torch.manual_seed(0)
    return network(bins=3, outputs=1, framewise=True, hop=HOP, **options)


def settings(**changes: Any) -> NetworkSettings:
    """What the toy's dense training is told; `changes` of the schedule, `network` and `options`."""
    network, options = changes.pop("network", "toy:ToyNet"), changes.pop("options", {"width": 16})
    schedule = {"steps": 30, "batch": 4, "frames": 50, "learning_rate": 0.01, "precision": "float32", **changes}
    return NetworkSettings.read({"network": network, "options": options, "schedule": schedule}, "settings")
