"""From clips to scores in one step of training, for tests that a corpus serves its task."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

from ultralight_mir import networks
from ultralight_mir.batches import Batches
from ultralight_mir.clips import SPLITS, Clip
from ultralight_mir.evaluation import TestCorpus, fit_thresholds, score_corpus
from ultralight_mir.features import get_feature, store
from ultralight_mir.metrics import headline
from ultralight_mir.tasks import get_task
from ultralight_mir.training import Schedule, fit

NETWORKS = {"instrument": "timbre_cnn", "pitch": "harmonic_cnn", "chord": "chord_cnn"}


def train_and_score(clips: list[Clip], name: str, folder: Path) -> None:
    """One step on the clips, then their scores; each stands in all three splits."""
    task = get_task(name)
    everywhere = [replace(c, track_id=f"{c.track_id}-{s}", split=s) for c in clips for s in SPLITS]
    store.build("fixture", everywhere, task, get_feature(task.features["spectral"]), folder)
    built = store.Store(folder)
    network = NETWORKS.get(name, "spectral_cnn")
    dense = networks.build(networks.Recipe(network, built.bins, task.outputs, task.framewise, built.hop, {}), seed=0)
    history = fit(dense, Batches(built, 2, 100, seed=0), task.loss, Schedule(1, 2, 100, precision="float32"))
    assert np.isfinite(history.rows[0][1])
    scored = score_corpus(
        dense, task, TestCorpus("fixture", built, built.split("test")), fit_thresholds(dense, task, built)
    )
    judged = {row["track_id"] for row in scored.rows} - {"*"}
    known = [c for c in clips if not task.unscored(task.read(c))]
    assert judged == {f"{c.track_id}-test" for c in known}
    assert headline(task.name).name in {row["metric"] for row in scored.rows}
