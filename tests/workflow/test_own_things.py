"""Somebody's own task, feature, criterion, objective and figure, in one file beside the config: nothing is forked."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import soundfile
from checkout import checkout, run

import ultralight_mir

MINE = '''
from typing import ClassVar

import numpy as np
import torch
from torch import nn

from ultralight_mir.features.base import Feature
from ultralight_mir.metrics import Metric
from ultralight_mir.report.figures.style import Drawing
from ultralight_mir.tasks.onset import Onset


class Claps(Onset):
    """Onsets by another name, from another input."""

    name = "claps"
    features: ClassVar = {"spectral": "mine:LOUDNESS", "waveform": "waveform"}
    metrics: ClassVar = (Metric("f", "clap F ±50 ms"), *Onset.metrics[1:])


def loudness(samples, sample_rate, hop, bins, power):
    frames = samples[: len(samples) // hop * hop].reshape(-1, bins, hop // bins)
    return np.log10(1e-4 + (np.abs(frames) ** power).mean(axis=2)).astype(np.float32)


LOUDNESS = Feature("loudness", "spectral", 16_000, 160, 8, loudness, {"power": 1.0})


class Net(nn.Module):
    kind = "spectral"

    def __init__(self, bins, outputs, framewise, hop, width=16):
        super().__init__()
        self.first = nn.Conv1d(bins, width, 5, padding=2)
        self.last = nn.Conv1d(width, outputs, 1)

    def forward(self, x):
        return self.last(self.first(x.transpose(1, 2)).relu()).transpose(1, 2)


def heavier(network, units, batches=None, *, loss=None, seed=0):
    """[units] by the largest weight of its first layer."""
    weight = network.first.weight.detach().abs().amax(dim=(1, 2)).double()
    return torch.stack([weight[unit.outputs[0][1][0]] for unit in units])


class Twice:
    def __init__(self, task, strategy, teachers):
        self.loss = task.loss

    def __call__(self, network, inputs, targets):
        return 2 * self.loss(network(inputs), targets)


def draw(analysis):
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots()
    axes.plot(analysis.means["removed"], analysis.means["score"], "o")
    yield Drawing("my_scatter", "Scores, scattered.", figure)
'''


def _claps(folder: Path) -> None:
    folder.mkdir()
    random = np.random.default_rng(0)
    rows = ["track_id,audio,annotation,group"]
    for number in range(9):
        samples = 0.001 * random.standard_normal(2 * 16_000)
        times = np.sort(random.uniform(0.2, 1.8, 4))
        for time in times:
            samples[int(time * 16_000) : int(time * 16_000) + 300] += 0.5 * random.standard_normal(300)
        soundfile.write(folder / f"{number}.wav", samples, 16_000)
        (folder / f"{number}.txt").write_text("".join(f"{time:.4f}\n" for time in times))
        rows.append(f"{number},{number}.wav,{number}.txt,{'NA' if number == 3 else number}")
    (folder / "manifest.csv").write_text("\n".join(rows) + "\n")


def test_everything_of_ones_own_in_one_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "mine.py").write_text(MINE)
    _claps(tmp_path / "claps")
    folder = checkout(
        tmp_path,
        figures=["mine:draw"],
        grid={"tasks": ["mine:Claps"], "strategies": ["own"], "removed": [0.5]},
        strategies={"own": {"method": "trim", "criterion": "mine:heavier", "objective": "mine:Twice", "rewind": "2it"}},
        corpora={"room": {"kind": "manifest", "folder": "claps"}},
        tasks={
            "mine:Claps": {
                "corpus": "room",
                "networks": {"mine:Net": {}},
                "training": {"steps": 6, "batch": 2, "frames": 50},
            }
        },
    )
    done = run(folder)
    assert done.returncode == 0, done.stderr
    results = pd.read_csv(folder / "results/tiny/results.csv", keep_default_na=False)
    assert set(results["task"]) == {"claps"} and set(results["network"]) == {"mine:Net"}
    assert set(results.query("strategy == 'own'")["objective"]) == {"mine:Twice"}
    assert (folder / "reports/tiny/figures/my_scatter.svg").is_file()
    page = (folder / "reports/tiny/index.html").read_text()
    assert "Scores, scattered." in page and "clap F ±50 ms" in page
    again = run(folder)
    assert "Nothing to be done" in again.stderr, again.stderr
    monkeypatch.chdir(folder)
    ticket = folder / "results/tiny/room/claps/Net/seed-0/own/removed-0.50"
    predictor = ultralight_mir.load(ticket, trust=["mine:Net", "mine:Claps"])
    assert predictor.feature.name == "loudness"
    assert list(predictor(folder / "claps/0.wav").times) == sorted(predictor(folder / "claps/0.wav").times)
