"""Gathering a grid whose corpus is cut into folds: three made-up folds become one ticket."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import yaml
from sealing import sealed_corpus

from ultralight_mir.clips import Clip
from ultralight_mir.experiment import Experiment, resolve
from ultralight_mir.files import write_json, write_rows
from ultralight_mir.records import read_records, tickets
from ultralight_mir.report.statistics import analyse
from ultralight_mir.results import write_all

ROOT = Path(__file__).parents[1]
GROUPS = {"a1": "a", "a2": "a", "b1": "b", "c1": "c"}
LABELS = {"a1": "belt", "a2": "trill", "b1": "belt", "c1": "trillo"}
PARTS = {"a": 0, "b": 1, "c": 2}
VALUES = {"a1": 1.0, "a2": 0.0, "b1": 0.5, "c1": 1.0}
WEIGHTS = {"a1": 1.0, "a2": 3.0, "b1": 2.0, "c1": 4.0}


@pytest.fixture
def experiment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Experiment:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "manifest.csv").write_text(
        "track_id,audio,label,group\n" + "".join(f"{t},x,y,{g}\n" for t, g in GROUPS.items())
    )
    config = yaml.safe_load((ROOT / "config.yaml").read_text())
    config["corpora"]["mine"] = {"kind": "manifest", "folder": ".", "folds": "leave-one-group-out"}
    config["corpora"]["further"] = {"kind": "manifest", "folder": "."}
    config["grid"] = {"tasks": ["singing"], "strategies": ["trim"], "removed": [0.5], "seeds": [0]}
    config["tasks"]["singing"] |= {"corpus": "mine", "test_corpora": ["further"]}
    made = Experiment(resolve(config, ROOT / "workflow" / "schemas" / "config.schema.yaml"))
    for number, folder in enumerate(made.tickets()):
        _ticket(folder, number // 2, trimmed=bool(number % 2))
    for name, split in (("mine", "fold-{}"), ("further", "test")):
        clips = [Clip(t, t, "", LABELS[t], g, split.format(PARTS[g]), 900.0) for t, g in GROUPS.items()]
        sealed_corpus(made.root / "corpora" / name / "singing", clips, "singing")
    return made


def _ticket(folder: Path, fold: int, trimmed: bool) -> None:
    strategy = {"name": "trim", "method": "trim"} if trimmed else {"name": "dense", "method": "dense"}
    strategy |= {"criterion": "random", "scope": "local", "scale": "none", "reset": "rewind", "measure": "parameters"}
    rung = {"rung": 1, "removed_target": 0.5, "removed": 0.5 + 0.01 * fold, "channels_removed": 0.3, "overshoot": 0.03}
    dense = {"rung": 0, "removed_target": 0.0, "removed": 0.0, "channels_removed": 0.0, "overshoot": 0.0}
    about = {"corpus": f"mine.fold-{fold}", "task": "singing", "seed": 0, "recipe": {"network": "timbre_cnn"}}
    write_json(folder / "ticket.json", {**about, "strategy": strategy, **(rung if trimmed else dense)})
    cost = dict.fromkeys(("nonzero_parameters", "bytes"), 100)
    cost |= dict.fromkeys(("macs_per_second", "memory_traffic_bytes", "peak_activation_bytes"), 5.0)
    cost |= {"parameters": 100 + 10 * fold, "cpu_rtf": 0.1 * fold, "threads": 1, "machine": "m"}
    write_json(folder / "cost.json", cost)
    layer = {"layer": "first", "outputs": 8 + fold, "dense_outputs": 16, "weights": 9, "dense_weights": 9, "floored": 0}
    write_rows(folder / "widths.csv", tuple(layer), [layer, {**layer, "layer": "a"}])
    write_json(
        folder / "thresholds.json", {"thresholds": {}, "unscored": {"mine": {"hum": fold}, "further": {"hum": 3}}}
    )
    for name in ("timing.json", "timing-evaluate.json"):
        write_json(folder / name, {"rule": "dense", "phases": {"optimizer": [2.0, 3.0]}})
    scores = [_score("mine", t, VALUES[t] * (0.5 if trimmed else 1)) for t, g in GROUPS.items() if PARTS[g] == fold]
    scores += [_score("further", t, 0.1 * fold) for t in GROUPS]
    scores += [{**_score(test, "*", 0.9), "metric": "macro_f1"} for test in ("mine", "further")]
    write_rows(folder / "scores.csv", tuple(scores[0]), scores)


def _score(test: str, track: str, value: float) -> dict[str, Any]:
    group, weight = GROUPS.get(track, ""), WEIGHTS.get(track, 1.0)
    return {
        "test_corpus": test,
        "track_id": track,
        "group": group,
        "metric": "accuracy",
        "value": value,
        "weight": weight,
    }


@pytest.fixture
def gathered(experiment: Experiment) -> Path:
    write_all(experiment, experiment.root)
    return experiment.root


def test_the_scores_of_all_folds_are_one_table(gathered: Path) -> None:
    results = pd.read_csv(gathered / "results.csv")
    assert list(results["corpus"].unique()) == ["mine"]
    accuracy = results[results["metric"] == "accuracy"]
    own = accuracy[accuracy["test_corpus"] == "mine"].set_index("strategy")
    mean = sum(VALUES[t] * WEIGHTS[t] for t in GROUPS) / sum(WEIGHTS.values())
    assert own["value"].to_dict() == pytest.approx({"dense": mean, "trim": mean / 2})
    assert set(own["clips"]) == {4}
    scores = pd.read_csv(gathered / "scores.csv")
    assert not scores.duplicated(["test_corpus", "strategy", "track_id", "metric"]).any()
    assert set(scores["metric"]) == {"accuracy", "constant_accuracy"}, (
        "a metric of a whole set does not add up over folds"
    )


def test_the_constant_answer_is_chosen_for_all_folds_together(gathered: Path) -> None:
    scores = pd.read_csv(gathered / "scores.csv")
    constant = scores[scores["metric"] == "constant_accuracy"]
    assert set(constant["strategy"]) == {"dense"}
    for test in ("mine", "further"):
        values = constant[constant["test_corpus"] == test].set_index("track_id")["value"].to_dict()
        assert values == {track: float(label == "belt") for track, label in LABELS.items()}
    results = pd.read_csv(gathered / "results.csv").set_index(["test_corpus", "metric"])
    assert results.loc[("mine", "constant_accuracy"), "value"] == pytest.approx(2 / 4)


def test_a_further_test_corpus_is_scored_by_every_fold(gathered: Path) -> None:
    results = pd.read_csv(gathered / "results.csv")
    further = results[(results["test_corpus"] == "further") & (results["metric"] == "accuracy")]
    assert further["value"].tolist() == pytest.approx([0.1, 0.1]) and set(further["clips"]) == {4}


def test_costs_are_means_over_the_folds(gathered: Path) -> None:
    costs = pd.read_csv(gathered / "costs.csv").set_index("strategy")
    assert len(costs) == 2
    assert costs["parameters"].tolist() == [110, 110] and costs["parameters"].dtype.kind == "i"
    assert costs["cpu_rtf"].tolist() == pytest.approx([0.1, 0.1])
    assert costs["removed"].to_dict() == pytest.approx({"dense": 0.0, "trim": 0.51})
    widths = pd.read_csv(gathered / "widths.csv")
    assert widths[["layer", "outputs"]].values.tolist() == [["first", 9], ["a", 9]] * 2


def test_corpora_say_how_they_were_cut(gathered: Path) -> None:
    corpora = pd.read_csv(gathered / "corpora.csv").set_index("test_corpus")
    assert corpora.loc["mine", ["train", "valid", "test", "folds", "groups", "unscored"]].tolist() == [
        1,
        1,
        4,
        3,
        3,
        "hum×3",
    ]
    assert corpora.loc["further", ["train", "valid", "test", "folds", "unscored"]].tolist() == [0, 0, 4, 1, "hum×3"]
    assert corpora.loc["mine", "hours"] == pytest.approx(1.0)


def test_time_is_counted_fold_by_fold(gathered: Path) -> None:
    times = pd.read_csv(gathered / "times.csv")
    assert times["core_seconds"].sum() == pytest.approx(3 * 2 * 2 * 2.0)


def test_intervals_are_drawn_over_the_clips_of_all_folds(gathered: Path) -> None:
    records = read_records(gathered)
    found = analyse(records).against("dense")
    own = found[found["test_corpus"] == "mine"].iloc[0]
    assert own["clips"] == 4 and own["low"] < own["difference"] < own["high"] <= 0
    assert tickets(records)["own"].sum() == 2
