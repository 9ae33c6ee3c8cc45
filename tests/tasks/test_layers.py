"""Frames → estimate → file, each usable alone; and what is true does not hang on how peaks are picked."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import mir_eval
import numpy as np
import pytest

import ultralight_mir
from ultralight_mir import annotations, frames
from ultralight_mir.annotations import KINDS
from ultralight_mir.features import FEATURES, get_feature
from ultralight_mir.features.cqt import CQT_CHORD
from ultralight_mir.features.vqt import CQT_PITCH
from ultralight_mir.networks.harmonic_cnn import FOLD
from ultralight_mir.pitch_scale import C1, PITCH_BINS, SEMITONES
from ultralight_mir.tasks import TASKS, get_task
from ultralight_mir.tasks.base import Output

THRESHOLDS = {"voicing": 0.997, "self_transition": 0.3, "KD": 0.5, "SD": 0.5, "HH": 0.5, "onset": 0.5}


@pytest.mark.parametrize("name", TASKS)
def test_an_estimate_is_of_the_tasks_kind_and_its_file_is_read_again(tmp_path: Path, name: str) -> None:
    task = get_task(name)
    shape = (200, task.outputs) if task.framewise else (task.outputs,)
    activation = np.random.default_rng(0).random(shape).astype(np.float32)
    if name in ("chord", "instrument", "singing"):
        activation /= activation.sum(axis=-1, keepdims=True)
    times = frames.centres(200, 220, 22_050) if task.framewise else np.zeros(0)
    estimate = task.decode(Output(activation, times), THRESHOLDS)
    assert isinstance(estimate, KINDS[task.annotation])
    path = tmp_path / f"estimate{estimate.suffix}"
    task.write(estimate, path)
    back = annotations.read(path, task.annotation)
    assert back.text() == estimate.text() == path.read_text()
    if task.annotation == "label":
        assert back.name == estimate.name and len(back.probabilities) == task.outputs
    elif task.annotation == "f0":
        assert (estimate.hertz < 0).any() and back.hertz == pytest.approx(estimate.hertz, abs=1e-4)
        assert len(mir_eval.io.load_time_series(str(path), delimiter=",")[0]) == 200
    else:
        assert len(back.rows) == len(estimate.rows) > 3
        reader = {
            "events": mir_eval.io.load_events,
            "hits": mir_eval.io.load_labeled_events,
            "chords": mir_eval.io.load_labeled_intervals,
        }[task.annotation]
        assert len(reader(str(path))[0 if task.annotation != "events" else slice(None)]) == len(estimate.rows)


TRUTH = """
import json, sys
from pathlib import Path
from ultralight_mir import frames
from ultralight_mir.clips import Clip
from ultralight_mir.corpora.synthetic.drum_patterns import Hit
from ultralight_mir.corpora.synthetic.drums import annotation
from ultralight_mir.tasks import get_task
from ultralight_mir.tasks.base import Output
import numpy as np

moments = (0.1, 0.115, 0.125, 0.16, 0.5, 0.529, 0.531)
path = Path(sys.argv[1])
path.write_text("".join(f"{time}\\tKD\\n" for time in moments))
clip = Clip("a", "a.wav", str(path), "", "g", "test", 3.0)
times = frames.centres(300, 220, 22_050)
tasks = [get_task(name) for name in ("drums", "onset")]
references = [task.read(clip) for task in tasks]
targets = [task.target(one, times).tolist() for task, one in zip(tasks, references)]
synthesised = annotation([Hit(time, "kick", 1.0) for time in moments])
activation = np.where(np.arange(300) % 4 == 0, 0.9, 0.1)[:, None]
estimate = tasks[1].decode(Output(activation, times), {"onset": 0.5})
print(json.dumps([[one.rows for one in references], targets, synthesised, len(estimate.times)]))
"""


def _truth(source: Path, scratch: Path) -> list[Any]:
    environment = {**os.environ, "PYTHONPATH": str(source)}
    command = [sys.executable, "-P", "-c", TRUTH, str(scratch / "a.txt")]
    done = subprocess.run(command, env=environment, cwd=scratch, capture_output=True, text=True, check=True)
    whole: list[Any] = json.loads(done.stdout)
    return whole


def test_the_peak_picker_says_nothing_about_what_is_true(tmp_path: Path) -> None:
    """In a copy of the package, so that whoever took the picker's constant over when imported is seen too."""
    package = Path(ultralight_mir.__file__).parent
    shutil.copytree(package, tmp_path / "ultralight_mir", ignore=shutil.ignore_patterns("__pycache__"))
    picker = tmp_path / "ultralight_mir" / "tasks" / "peaks.py"
    text = picker.read_text()
    assert text.count("\nSPACING = 0.03\n") == 1
    picker.write_text(text.replace("\nSPACING = 0.03\n", "\nSPACING = 0.2\n"))
    *before, estimated = _truth(package.parent, tmp_path)
    *after, fewer = _truth(tmp_path, tmp_path)
    assert after == before and fewer < estimated
    references, _, synthesised = before
    assert [time for time, _ in references[0]] == [0.1, 0.16, 0.5, 0.531]
    assert synthesised == "".join(f"{time:.6f}\tKD\n" for time in (0.1, 0.16, 0.5, 0.531))


@pytest.mark.parametrize("name", FEATURES)
def test_every_feature_is_centred_by_the_one_function(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    feature = get_feature(name)
    assert feature.times(9).tolist() == [i * (feature.hop / feature.sample_rate) for i in range(9)]
    monkeypatch.setattr(frames, "centres", lambda *shape: shape)
    assert feature.times(9, 2) == (9, feature.hop, feature.sample_rate, 2)


def test_one_lowest_pitch_and_one_number_of_bins() -> None:
    assert CQT_PITCH.settings["fmin"] == CQT_CHORD.settings["fmin"] == C1 == 32.703
    assert CQT_PITCH.settings["bins_per_octave"] == PITCH_BINS == FOLD * SEMITONES
    pitch = get_task("pitch")
    lowest = np.zeros((1, pitch.outputs), np.float32)
    lowest[0, 0] = 1.0
    assert pitch.decode(Output(lowest, np.zeros(1)), THRESHOLDS).hertz == pytest.approx([C1])


@pytest.mark.parametrize("name", FEATURES)
def test_a_description_makes_the_same_feature_again(name: str) -> None:
    feature = get_feature(name)
    description = feature.describe()
    assert get_feature(description["name"]) == feature
    assert description["settings"] == dict(feature.settings) and description["kind"] in frames.KINDS
    samples = np.random.default_rng(0).uniform(-0.5, 0.5, 6 * feature.sample_rate).astype(np.float32)
    shape = {key: description[key] for key in ("sample_rate", "hop", "bins")}
    assert np.array_equal(feature.compute(samples), feature.function(samples, **shape, **description["settings"]))
