"""No test clip of a fold touches its training, trimming or thresholds: it can be garbage, and nothing moves."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from toy import ToyNet as Net
from toy import ToyTask, build_toy, seeded, settings, toy_clips

from ultralight_mir import evaluation, ladder, validation
from ultralight_mir.digests import read_sealed, write_sealed
from ultralight_mir.errors import InputError
from ultralight_mir.features.store import Store
from ultralight_mir.folds import fold_by_group
from ultralight_mir.jobs.timing import Clock
from ultralight_mir.paths import FeatureFolder
from ultralight_mir.records import SCORES
from ultralight_mir.strategy import Strategy
from ultralight_mir.ticket import Ticket
from ultralight_mir.validation import Validation
from ultralight_mir.weights import read_state

FOLDS = 4
DENSE = settings(steps=12, options={})
TRIM = Strategy(name="trim", method="trim", criterion="taylor", rewind="3it")


@pytest.fixture
def features(tmp_path: Path) -> Path:
    build_toy(fold_by_group(toy_clips(tmp_path / "audio"), FOLDS, 0), tmp_path / "features")
    return tmp_path / "features"


def _spoil(features: Path, fold: int, *splits: str) -> None:
    """Make the features, targets and annotations of some of the fold's clips unusable, and seal the store again."""
    store, folder = Store(features, fold), FeatureFolder(features)
    content = read_sealed(folder.store)
    inputs, targets = (np.load(path) for path in (folder.inputs, folder.targets))
    for index in store.split(*splits):
        entry = store.entries[index]
        rows = slice(entry.start, entry.start + entry.frames)
        inputs[rows] = targets[rows] = np.nan
        Path(entry.clip.annotation).write_text("never")
    np.save(folder.inputs, inputs)
    np.save(folder.targets, targets)
    write_sealed(folder.store, content, [folder.inputs, folder.targets, folder.clips])


def _train(features: Path, fold: int, folder: Path, monkeypatch: pytest.MonkeyPatch) -> list[dict[str, np.ndarray]]:
    """The weights of a dense network and a rung; what is chosen on validation clips is left out."""
    monkeypatch.setattr(validation, "validate", lambda *_: Validation())
    store, dense = Store(features, fold), folder / "dense"
    ladder.train_dense(store, dense, 0, DENSE, Clock())
    ladder.train_early(store, dense, folder / "early", "3it", Clock(), trust=True)
    ladder.train_rung(store, dense, dense, folder / "rung", 0.5, TRIM, Clock(), early=folder / "early", trust=True)
    states = [read_state(folder / ticket / "weights.safetensors") for ticket in ("dense", "early", "rung")]
    return [{name: tensor.numpy() for name, tensor in state.items()} for state in states]


@pytest.mark.parametrize("fold", range(FOLDS))
def test_training_and_trimming_see_training_clips_only(
    features: Path, tmp_path: Path, fold: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    clean = _train(features, fold, tmp_path / "clean", monkeypatch)
    _spoil(features, fold, "test", "valid")
    spoiled = _train(features, fold, tmp_path / "spoiled", monkeypatch)
    for one, other in zip(clean, spoiled, strict=True):
        assert one.keys() == other.keys()
        assert all(np.array_equal(one[name], other[name]) for name in one)


@pytest.mark.parametrize("fold", range(FOLDS))
def test_thresholds_see_validation_clips_only(features: Path, fold: int) -> None:
    network = seeded(Net)
    clean = validation.validate(network, ToyTask(), Store(features, fold))
    _spoil(features, fold, "test", "train")
    assert validation.validate(network, ToyTask(), Store(features, fold)) == clean


@pytest.mark.parametrize("fold", range(FOLDS))
def test_a_whole_ticket_is_the_same_whatever_its_test_clips_are(features: Path, tmp_path: Path, fold: int) -> None:
    for name in ("clean", "spoiled"):
        ladder.train_dense(Store(features, fold), tmp_path / name, 0, DENSE, Clock())
        _spoil(features, fold, "test")
    assert (tmp_path / "clean/ticket.json").read_bytes() == (tmp_path / "spoiled/ticket.json").read_bytes()


def test_the_folds_together_score_every_clip_once(features: Path, tmp_path: Path) -> None:
    tested: list[str] = []
    for fold in range(FOLDS):
        folder = tmp_path / f"toy.fold-{fold}"
        ladder.train_dense(Store(features, fold), folder, 0, DENSE, Clock())
        ticket = Ticket.read_folder(folder, trust=True)
        evaluation.run(ticket, [Store(features, fold)], folder, Clock())
        assert ticket.corpus == f"toy.fold-{fold}"
        rows = SCORES.read(folder / "scores.csv")
        assert set(rows["test_corpus"]) == {"toy"}
        tested += list(rows["track_id"])
    assert sorted(tested) == sorted(clip.track_id for clip in toy_clips(tmp_path / "audio"))


def test_a_ticket_is_not_trimmed_or_scored_in_another_fold(features: Path, tmp_path: Path) -> None:
    """Its test clips there are those that it was trained on here."""
    dense = tmp_path / "dense"
    ladder.train_dense(Store(features, 0), dense, 0, DENSE, Clock())
    other = Store(features, 1)
    with pytest.raises(InputError, match=r"opened as toy\.fold-1, expected toy\.fold-0, which the ticket is of"):
        ladder.train_rung(other, dense, dense, tmp_path / "rung", 0.5, TRIM, Clock(), trust=True)
    with pytest.raises(InputError, match=r"opened as toy\.fold-1, expected toy\.fold-0"):
        evaluation.run(Ticket.read_folder(dense, trust=True), [other], dense, Clock())
    assert not (tmp_path / "rung").exists() and not (dense / "scores.csv").exists()


def test_a_store_in_folds_has_no_split_until_one_is_named(features: Path) -> None:
    with pytest.raises(InputError, match=r"features: cut into 4 folds, expected one to be named \(--fold\)"):
        Store(features).split("train")
    with pytest.raises(InputError, match=r"clips\.csv: fold 4 is asked for; the clips are cut into 4 folds"):
        Store(features, 4)


def test_without_validation_clips_there_is_no_threshold(tmp_path: Path) -> None:
    clips = [clip for clip in toy_clips(tmp_path / "audio") if clip.split != "valid"]
    build_toy(clips, tmp_path / "features")
    store = Store(tmp_path / "features")
    with pytest.raises(InputError, match="no validation clips, which the thresholds of task toy are chosen on"):
        validation.validate(seeded(Net), ToyTask(), store)
    with pytest.raises(InputError, match="no validation clips"):
        ladder.train_dense(store, tmp_path / "dense", 0, DENSE, Clock())


def test_without_test_clips_there_is_no_score(tmp_path: Path) -> None:
    clips = [clip for clip in toy_clips(tmp_path / "audio") if clip.split != "test"]
    build_toy(clips, tmp_path / "features")
    store = Store(tmp_path / "features")
    ladder.train_dense(store, tmp_path / "dense", 0, DENSE, Clock())
    with pytest.raises(InputError, match="features: no test clips, expected at least one to score"):
        evaluation.run(Ticket.read_folder(tmp_path / "dense", trust=True), [store], tmp_path / "dense", Clock())
