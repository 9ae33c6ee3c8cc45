"""The predictor says of a test clip what the workflow scored it for, on all six tasks; it takes files and arrays."""

from __future__ import annotations

import doctest
import shutil
from pathlib import Path

import numpy as np
import pytest
import soundfile
import torch
from fake_tickets import changed

import ultralight_mir
from ultralight_mir import annotations, evaluation, ladder
from ultralight_mir import predictor as predictor_module
from ultralight_mir.clips import read_good_clips, recordings
from ultralight_mir.corpora import build, validation
from ultralight_mir.corpora.settings import Synthetic
from ultralight_mir.errors import InputError
from ultralight_mir.features import get_feature, store
from ultralight_mir.jobs.timing import Clock
from ultralight_mir.networks import NetworkSettings
from ultralight_mir.predictor import Predictor
from ultralight_mir.records import SCORES
from ultralight_mir.tasks import TASKS, get_task

NETWORKS = {"instrument": "waveform_cnn", "singing": "timbre_cnn", "pitch": "crepe", "chord": "chord_cnn"}
OPTIONS = {"waveform_cnn": {"width": 4, "depth": 3}, "crepe": {"width": 1}, "crnn": {"width": 4}}
CLIPS = 20


def _ticket(task_name: str, folder: Path) -> Path:
    """A few steps on a small embedded corpus, scored."""
    task = get_task(task_name)
    corpus = folder / "corpus"
    settings = Synthetic(kind="synthetic", clips={task_name: CLIPS})
    build(task_name, corpus, settings, lambda done, total: None)
    validation.validate(corpus, task, 0.0)
    network = NETWORKS.get(task_name, "spectral_cnn")
    feature = get_feature(task.features["waveform" if network in ("waveform_cnn", "crepe") else "spectral"])
    store.build("synthetic", read_good_clips(corpus), task, feature, folder / "features", recordings=recordings(corpus))
    schedule = {"steps": 4, "batch": 4, "frames": 40, "precision": "float32"}
    job = {"network": network, "options": OPTIONS.get(network, {"width": 4}), "schedule": schedule}
    ladder.train_dense(
        store.Store(folder / "features"), folder / "dense", 0, NetworkSettings.read(job, "settings"), Clock()
    )
    from ultralight_mir.ticket import Ticket

    ticket = Ticket.read_folder(folder / "dense")
    evaluation.run(ticket, [store.Store(folder / "features")], folder / "dense", Clock())
    return folder / "dense"


@pytest.mark.parametrize("task_name", TASKS)
def test_it_says_what_the_workflow_scored(task_name: str, tmp_path: Path) -> None:
    folder = _ticket(task_name, tmp_path)
    predictor = ultralight_mir.load(folder)
    assert set(predictor.thresholds) == set(predictor.task.decisions), "what is chosen is what is asked for"
    rows = SCORES.read(folder / "scores.csv")
    rows = rows[rows["level"] == "clip"]
    tests = [clip for clip in read_good_clips(tmp_path / "corpus") if clip.split == "test"]
    assert tests and {clip.track_id for clip in tests} >= set(rows["track_id"])
    for clip in tests:
        estimate = predictor(clip.audio)
        scores = {
            score.metric: f"{score.value:.6f}" for score in predictor.task.score(estimate, predictor.task.read(clip))
        }
        own = rows[rows["track_id"] == clip.track_id]
        assert {row.metric: f"{row.value:.6f}" for row in own.itertuples()} == scores
    samples, rate = soundfile.read(tests[0].audio, dtype="float32")
    for array in (samples, np.stack([samples, samples], axis=1), samples.astype(np.float64)):
        _same(predictor, predictor(array, rate), predictor(tests[0].audio))
    _same(
        predictor,
        predictor.estimate(predictor.output(predictor.inputs(tests[0].audio))),
        predictor(Path(tests[0].audio)),
    )
    predictor.task.write(predictor(tests[0].audio), str(tmp_path / "estimate.txt"))  # as README does
    if predictor.task.annotation != "label":
        again = annotations.read(tmp_path / "estimate.txt", predictor.task.annotation, tests[0].duration)
        assert type(again) is type(predictor(tests[0].audio))


def _same(predictor: Predictor, one: object, other: object) -> None:
    assert type(one) is type(other) and one.text() == other.text()  # type: ignore[attr-defined]


@pytest.fixture(scope="module")
def onset(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return _ticket("onset", tmp_path_factory.mktemp("onset"))


def test_it_tells_what_it_is(onset: Path) -> None:
    predictor = ultralight_mir.load(onset / "ticket.json")
    assert isinstance(predictor.network, torch.nn.Module) and not predictor.network.training
    assert (predictor.task.name, predictor.feature.name) == ("onset", "log_mel")
    assert set(predictor.thresholds) == {"onset"}
    frames = predictor.inputs(np.random.default_rng(0).uniform(-0.5, 0.5, 44_100), 44_100)
    assert frames.shape == (101, 80) and frames.dtype == np.float16
    output = predictor.output(frames)
    assert output.activation.shape == (101, 1) and output.times[1] == pytest.approx(220 / 22_050)


@pytest.mark.parametrize(
    ("recording", "rate", "message"),
    [
        (np.zeros(44_100, np.float32), 44_100, "silent"),
        (np.full(44_100, np.nan, np.float32), 44_100, "not finite"),
        (np.ones(100, np.float32), 44_100, "expected at least 0.1 s"),
        (np.ones(44_100, np.int16), 44_100, "samples: int16"),
        (np.ones((2, 2, 44_100), np.float32), 44_100, "samples: float32"),
        (np.ones(44_100, np.float32), None, "sample_rate: None, expected"),
        (np.ones(44_100, np.float32), -1, "sample_rate: -1, expected"),
        ("nowhere.wav", None, "nowhere.wav: no such file"),
    ],
)
def test_what_cannot_be_listened_to_is_one_line(onset: Path, recording: object, rate: int | None, message: str) -> None:
    with pytest.raises(InputError, match=message) as caught:
        ultralight_mir.load(onset)(recording, rate)  # type: ignore[arg-type]
    assert "\n" not in str(caught.value)


def test_a_ticket_without_one_of_its_thresholds_is_refused(onset: Path, tmp_path: Path) -> None:
    place = shutil.copytree(onset, tmp_path / "ticket")
    changed(place / "ticket.json", lambda content: {**content, "thresholds": {"offset": 0.5}})
    with pytest.raises(InputError, match=r"ticket: no threshold 'onset' for task onset, found offset"):
        ultralight_mir.load(place)


def test_a_device_that_is_not_there_is_one_line(onset: Path) -> None:
    for device in ("cuda:99", "abacus"):
        with pytest.raises(InputError, match=f"device '{device}': cannot be used"):
            ultralight_mir.load(onset, device=device)


def test_a_feature_that_is_computed_otherwise_now_is_refused(onset: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from dataclasses import replace

    from ultralight_mir import predictor

    other = replace(get_feature("log_mel"), hop=110)
    monkeypatch.setattr(predictor, "get_feature", lambda name: other)
    with pytest.raises(
        InputError, match=r"its input is .*'hop': 220.*, expected .*'hop': 110.* as this version computes"
    ):
        ultralight_mir.load(onset)


def test_the_examples_of_the_docstrings_run(onset: Path) -> None:
    song = next(onset.parent.glob("corpus/audio/*.wav"))
    finder, runner = doctest.DocTestFinder(), doctest.DocTestRunner()
    examples = [
        example
        for example in finder.find(predictor_module, extraglobs={"folder": onset, "song": song})
        if example.examples
    ]
    assert examples
    for example in examples:
        assert runner.run(example).failed == 0
