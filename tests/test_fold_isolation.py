"""No test clip of a fold touches its training, trimming or thresholds: it can be garbage, and nothing moves."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sealing import reseal_store
from toy import FEATURE, ToyTask, seeded, toy_clips
from toy import ToyNet as Net

from ultralight_mir import evaluation, ladder
from ultralight_mir.corpora.folds import fold_by_group
from ultralight_mir.errors import InputError
from ultralight_mir.features.store import Store, build
from ultralight_mir.files import read_json, read_rows
from ultralight_mir.jobs.timing import Clock
from ultralight_mir.tasks.base import Output, Thresholds
from ultralight_mir.ticket import Ticket, read_state

FOLDS = 4
DENSE = {
    "network": "toy:ToyNet",
    "training": {"steps": 12, "batch": 4, "frames": 50, "precision": "float32"},
    "rewind": ["3it"],
}
TRIM = {
    "name": "trim", "method": "trim", "criterion": "taylor", "scope": "global", "scale": "none", "reset": "rewind",
    "rewind": "3it",
}  # fmt: skip


class Picky(ToyTask):
    """A toy whose threshold depends on everything that it is shown."""

    def thresholds(self, outputs: Sequence[Output], annotations: Sequence[Any]) -> Thresholds:
        return {"on": float(np.mean([o.activation.mean() for o in outputs])) + sum(map(sum, annotations))}


@pytest.fixture(autouse=True)
def _toy_task(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (ladder, evaluation):
        monkeypatch.setattr(module, "get_task", lambda name: Picky())


@pytest.fixture
def features(tmp_path: Path) -> Path:
    clips = fold_by_group(toy_clips(tmp_path / "audio"), FOLDS, 0)
    build("toy", clips, Picky(), FEATURE, tmp_path / "features")
    return tmp_path / "features"


def _spoil(features: Path, fold: int, *splits: str) -> None:
    """Make the features, targets and annotations of some of the fold's clips unusable."""
    store = Store(features, fold)
    inputs, targets = (np.load(features / name) for name in ("inputs.npy", "targets.npy"))
    for index in store.split(*splits):
        entry = store.entries[index]
        rows = slice(entry.start, entry.start + entry.frames)
        inputs[rows] = targets[rows] = np.nan
        Path(entry.clip.annotation).write_text("never")
    np.save(features / "inputs.npy", inputs)
    np.save(features / "targets.npy", targets)
    reseal_store(features)


def _train(features: Path, fold: int, folder: Path) -> list[dict[str, np.ndarray]]:
    store = Store(features, fold)
    ladder.train_dense(store, folder / "dense", 0, DENSE, Clock())
    ladder.train_rung(store, folder / "dense", folder / "dense", folder / "rung", 0.5, TRIM, Clock())
    states = [read_state(folder / ticket / "weights.safetensors") for ticket in ("dense", "rung")]
    return [{name: tensor.numpy() for name, tensor in state.items()} for state in states]


@pytest.mark.parametrize("fold", range(FOLDS))
def test_training_and_trimming_see_training_clips_only(features: Path, tmp_path: Path, fold: int) -> None:
    clean = _train(features, fold, tmp_path / "clean")
    _spoil(features, fold, "test", "valid")
    spoiled = _train(features, fold, tmp_path / "spoiled")
    for one, other in zip(clean, spoiled, strict=True):
        assert one.keys() == other.keys()
        assert all(np.array_equal(one[name], other[name]) for name in one)


@pytest.mark.parametrize("fold", range(FOLDS))
def test_thresholds_see_validation_clips_only(features: Path, fold: int) -> None:
    network = seeded(Net)
    clean = evaluation.fit_thresholds(network, Picky(), Store(features, fold))
    _spoil(features, fold, "test", "train")
    assert evaluation.fit_thresholds(network, Picky(), Store(features, fold)) == clean


def test_the_folds_together_score_every_clip_once(features: Path, tmp_path: Path) -> None:
    tested: list[str] = []
    for fold in range(FOLDS):
        folder = tmp_path / f"toy.fold-{fold}"
        ladder.train_dense(Store(features, fold), folder, 0, DENSE, Clock())
        evaluation.run(Ticket.read(folder), [Store(features, fold)], folder, Clock())
        assert read_json(folder / "ticket.json")["corpus"] == f"toy.fold-{fold}"
        rows = read_rows(folder / "scores.csv")
        assert {row["test_corpus"] for row in rows} == {"toy"}
        tested += [row["track_id"] for row in rows]
    assert sorted(tested) == sorted(clip.track_id for clip in toy_clips(tmp_path / "audio"))


def test_a_ticket_is_not_trimmed_or_scored_in_another_fold(features: Path, tmp_path: Path) -> None:
    """Its test clips there are those that it was trained on here."""
    dense = tmp_path / "dense"
    ladder.train_dense(Store(features, 0), dense, 0, DENSE, Clock())
    other = Store(features, 1)
    with pytest.raises(InputError, match=r"opened as toy\.fold-1, expected toy\.fold-0, which the ticket is of"):
        ladder.train_rung(other, dense, dense, tmp_path / "rung", 0.5, TRIM, Clock())
    with pytest.raises(InputError, match=r"opened as toy\.fold-1, expected toy\.fold-0"):
        evaluation.run(Ticket.read(dense), [other], dense, Clock())
    assert not (tmp_path / "rung").exists() and not (dense / "scores.csv").exists()


def test_a_store_in_folds_has_no_split_until_one_is_named(features: Path) -> None:
    with pytest.raises(InputError, match=r"features: cut into 4 folds, expected one to be named \(--fold\)"):
        Store(features).split("train")
    with pytest.raises(InputError, match=r"clips\.csv: fold 4 is asked for; the clips are cut into 4 folds"):
        Store(features, 4)


def test_without_validation_clips_there_is_no_threshold(tmp_path: Path) -> None:
    clips = [clip for clip in toy_clips(tmp_path / "audio") if clip.split != "valid"]
    build("toy", clips, Picky(), FEATURE, tmp_path / "features")
    with pytest.raises(InputError, match="no validation clips, which the thresholds of task onset are chosen on"):
        evaluation.fit_thresholds(seeded(Net), Picky(), Store(tmp_path / "features"))


def test_without_test_clips_there_is_no_score(tmp_path: Path) -> None:
    clips = [clip for clip in toy_clips(tmp_path / "audio") if clip.split != "test"]
    build("toy", clips, Picky(), FEATURE, tmp_path / "features")
    store = Store(tmp_path / "features")
    ladder.train_dense(store, tmp_path / "dense", 0, DENSE, Clock())
    with pytest.raises(InputError, match="features: no test clips, expected at least one to score"):
        evaluation.run(Ticket.read(tmp_path / "dense"), [store], tmp_path / "dense", Clock())
