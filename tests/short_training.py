"""From clips to scores in one step of training, for tests that a corpus serves its task."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np

from ultralight_mir import networks, validation
from ultralight_mir.batches import Batches
from ultralight_mir.clips import SPLITS, Clip
from ultralight_mir.evaluation import TestCorpus, score_corpus
from ultralight_mir.features import get_feature, store
from ultralight_mir.inference import outputs
from ultralight_mir.objective import Supervised
from ultralight_mir.schedule import Schedule
from ultralight_mir.tasks import get_task
from ultralight_mir.training import fit

NETWORKS = {"instrument": "timbre_cnn", "pitch": "harmonic_cnn", "chord": "chord_cnn"}


def train_and_score(clips: list[Clip], name: str, folder: Path) -> None:
    """One step on the clips, then their scores; each stands in all three splits."""
    task = get_task(name)
    everywhere = [replace(c, track_id=f"{c.track_id}-{s}", split=s) for c in clips for s in SPLITS]
    store.build("fixture", everywhere, task, get_feature(task.features["spectral"]), folder)
    built = store.Store(folder)
    network = NETWORKS.get(name, "spectral_cnn")
    recipe = networks.Recipe(
        network=network,
        bins=built.bins,
        outputs=task.outputs,
        framewise=task.framewise,
        hop=built.hop,
        options={},
    )
    dense = networks.build(recipe, seed=0)
    schedule = Schedule(steps=2, batch=2, frames=100, precision="float32")
    history = fit(dense, Batches(built, 2, 100, seed=0), Supervised(task), schedule, last_step=1)
    assert np.isfinite(history.rows[0].loss)
    assert np.isfinite(validation.Loss(task, built, frames=100, size=2)(dense))
    corpus = TestCorpus("fixture", built, built.split("test"))
    thresholds = validation.validate(dense, task, built).thresholds
    rows = score_corpus(partial(outputs, dense, task), task, corpus, thresholds).rows
    tracks = {row["track_id"] for row in rows if row["level"] == "clip"}
    known = [c for c in clips if not task.unscored(task.read(c))]
    assert tracks == {f"{c.track_id}-test" for c in known}
    headline = task.metrics[0]
    assert {*headline.over, headline.name} & {row["metric"] for row in rows}
