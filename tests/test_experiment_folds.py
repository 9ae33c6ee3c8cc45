"""An experiment on a corpus that is cut into folds."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from configs import with_key

from ultralight_mir.config import resolve
from ultralight_mir.errors import InputError
from ultralight_mir.experiment import Experiment

HEADER = "track_id,audio,annotation,group"
ROWS = [f"{i},{i}.wav,{i}.txt,band-{i // 2}" for i in range(8)]


def _in_folds(config: dict[str, Any], folder: Path, folds: Any, *rows: str) -> dict[str, Any]:
    """The default experiment, but drums and onset are trained on a folder with that manifest, in folds."""
    folder.mkdir()
    (folder / "manifest.csv").write_text("\n".join(rows) + "\n")
    changed = with_key(config, "corpora.mine", {"kind": "manifest", "folder": str(folder), "folds": folds})
    changed["grid"]["tasks"] = ["drums", "onset"]
    for task in ("drums", "onset"):
        changed["tasks"][task]["corpus"] = "mine"
    return changed


@pytest.mark.parametrize(("folds", "count"), [("leave-one-group-out", 4), (3, 3)])
def test_a_fold_is_a_training_of_its_own(config: dict[str, Any], tmp_path: Path, folds: Any, count: int) -> None:
    experiment = Experiment(resolve(_in_folds(config, tmp_path / "mine", folds, HEADER, *ROWS)))
    names = [f"mine.fold-{i}" for i in range(count)]
    assert [trial.corpus for trial in experiment.trials() if trial.task == "drums"] == names
    tickets = list(experiment.tickets())
    assert len(tickets) == len(set(tickets)) == 2 * count * (1 + 3 + 1 + 1)
    assert [experiment.fold_option(name) for name in (*names[:2], "mine")] == ["--fold 0", "--fold 1", ""]
    assert list(experiment.corpora()) == [("mine", "drums"), ("mine", "onset")]
    assert len({experiment.features("drums", "spectral_cnn", name) for name in (*names, "mine")}) == 1
    assert json.loads(experiment.corpus_settings("mine", "drums"))["folds"] == count


@pytest.mark.parametrize(
    ("folds", "rows", "message"),
    [
        (1, ROWS, r"^config, corpora\.mine\.folds: found 1, expected 'leave-one-group-out' or a whole number from 3$"),
        (2, ROWS, r"^config, corpora\.mine\.folds: found 2, expected"),
        (
            "leave-one-out",
            ROWS,
            r"^config, corpora\.mine\.folds: found 'leave-one-out', expected 'leave-one-group-out'",
        ),
        (2.5, ROWS, r"^config, corpora\.mine"),
        (
            5,
            ROWS,
            r"^config, corpora\.mine\.folds: .*manifest\.csv: 4 groups, expected at least 5 to cut into folds \(5\)$",
        ),
        (
            "leave-one-group-out",
            ROWS[:2],
            r"^config, corpora\.mine\.folds: .*manifest\.csv: 1 group, expected at least 3",
        ),
        ("leave-one-group-out", [], r"^config, corpora\.mine\.folds: .*manifest\.csv: no rows"),
    ],
)
def test_folds_that_cannot_be_cut_are_one_line(
    config: dict[str, Any], tmp_path: Path, folds: Any, rows: list[str], message: str
) -> None:
    with pytest.raises(InputError, match=message) as caught:
        Experiment(resolve(_in_folds(config, tmp_path / "mine", folds, HEADER, *rows)))
    assert "\n" not in str(caught.value)


def test_folds_of_a_corpus_with_a_split_are_refused(config: dict[str, Any], tmp_path: Path) -> None:
    changed = _in_folds(config, tmp_path / "mine", 3, "track_id,audio,label,split", "a,a.wav,x,train", "b,b.wav,x,test")
    with pytest.raises(
        InputError, match=r"^config, corpora\.mine\.folds: .*manifest\.csv: has a column 'split', expected"
    ):
        Experiment(resolve(changed))


def test_folds_are_only_counted_where_they_are_run(config: dict[str, Any]) -> None:
    config["corpora"]["elsewhere"] = {"kind": "manifest", "folder": "/nowhere", "folds": 3}
    assert len(list(Experiment(resolve(config)).trials())) == 6
