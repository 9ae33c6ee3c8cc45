"""What every task must have, and what it means by its constants."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from ultralight_mir.annotations import read
from ultralight_mir.clips import Clip
from ultralight_mir.features import FEATURES, get_feature
from ultralight_mir.frames import KINDS
from ultralight_mir.tasks import TASKS, get_task, peaks
from ultralight_mir.tasks.base import Output

TIMES = np.arange(200) * 0.01


@pytest.mark.parametrize("name", TASKS)
def test_every_task_has_a_feature_for_every_kind_of_input(name: str) -> None:
    task = get_task(name)
    assert task.address == task.name == name and set(task.features) == set(KINDS)
    for kind, feature in task.features.items():
        assert feature in FEATURES and get_feature(feature).kind == kind


@pytest.mark.parametrize("name", TASKS)
def test_what_a_network_says_becomes_a_file_that_is_read(tmp_path: Path, name: str) -> None:
    """Features → frames → estimate → file, each usable alone."""
    task = get_task(name)
    random = np.random.default_rng(0)
    activation = random.dirichlet(np.ones(task.outputs), len(TIMES) if task.framewise else None)
    if task.outputs == 1:
        activation = random.random((len(TIMES), 1))
    thresholds = dict.fromkeys((*task.classes, "onset", "voicing"), 0.1) | {"self_transition": 0.5}
    output = Output(activation, TIMES if task.framewise else np.zeros(0))
    estimate = task.decode(output, thresholds)
    path = tmp_path / f"estimate{estimate.suffix}"
    task.write(estimate, path)
    assert read(path, task.annotation).text() == estimate.text() != ""


CLOSE = "0.100000 KD\n0.110000 KD\n0.140000 SD\n0.500000 HH\n"


@pytest.mark.parametrize("name", ["onset", "drums"])
def test_spacing_estimates_leaves_references_and_targets_alone(
    tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a.txt").write_text(CLOSE)
    task, clip = get_task(name), Clip("a", "a.wav", str(tmp_path / "a.txt"), "", "g", "test", 2.0)
    before = task.read(clip)
    estimate = task.decode(_two_peaks(task.outputs), dict.fromkeys(("onset", *task.classes), 0.3))
    monkeypatch.setattr(peaks, "SPACING", 0.2)
    after = task.read(clip)
    assert after.rows == before.rows and len(before.rows) == 3
    assert np.array_equal(task.target(after, TIMES), task.target(before, TIMES))
    wider = task.decode(_two_peaks(task.outputs), dict.fromkeys(("onset", *task.classes), 0.3))
    assert len(wider.times) == task.outputs and len(estimate.times) == 2 * task.outputs


def _two_peaks(outputs: int) -> Output:
    activation = np.zeros((len(TIMES), outputs))
    activation[[50, 60]] = 0.9
    return Output(activation, TIMES)
