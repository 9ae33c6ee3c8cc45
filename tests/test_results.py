"""Gathering a grid whose corpus is cut into folds: three made-up folds become one ticket."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from fake_tickets import GROUPS, LABELS, PARTS, STRATEGY, VALUES, WEIGHTS, changed, write_tickets

from ultralight_mir.digests import FILES, SEAL, digest
from ultralight_mir.experiment import Experiment
from ultralight_mir.networks import NETWORKS
from ultralight_mir.paths import RUN
from ultralight_mir.records import TABLES, read_records
from ultralight_mir.report.analysis import Analysis
from ultralight_mir.results import OWN, _over_folds, write_all
from ultralight_mir.scoring import mean_scores
from ultralight_mir.strategy import SETTINGS, Strategy
from ultralight_mir.tasks import get_task


@pytest.fixture
def experiment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Experiment:
    monkeypatch.chdir(tmp_path)
    return write_tickets(tmp_path)


@pytest.fixture
def gathered(experiment: Experiment) -> Path:
    write_all(experiment)
    return experiment.root


def read(folder: Path, table: str) -> pd.DataFrame:
    """A table, read by nothing of ours."""
    return pd.read_csv(folder / f"{table}.csv", keep_default_na=False)


def test_the_scores_of_all_folds_are_one_table(gathered: Path) -> None:
    results = read(gathered, "results")
    assert list(results["corpus"].unique()) == ["mine"]
    accuracy = results.query("metric == 'accuracy' and split == 'test'")
    own = accuracy[accuracy["test_corpus"] == "mine"].set_index("strategy")
    mean = sum(VALUES[t] * WEIGHTS[t] for t in GROUPS) / sum(WEIGHTS.values())
    assert own["value"].to_dict() == pytest.approx({"dense": mean, "trim": mean / 2})
    assert set(own["clips"]) == {"4"}
    scores = read(gathered, "scores")
    assert not scores.duplicated(["test_corpus", "strategy", "track_id", "metric"]).any()
    assert set(scores["track_id"]) == set(GROUPS) and set(scores["group"]) == set(PARTS)
    assert set(scores["metric"]) == {"accuracy", "constant_accuracy"}, (
        "a metric of a whole set does not add up over folds"
    )
    assert set(scores["level"]) == {"clip"}


def test_validation_scores_are_rows_of_their_own_means_over_the_folds(gathered: Path) -> None:
    results = read(gathered, "results")
    valid = results[results["split"] == "valid"]
    assert valid[["strategy", "test_corpus", "metric"]].values.tolist() == [
        ["dense", "mine", "accuracy"],
        ["trim", "mine", "accuracy"],
    ], "a metric that some folds lack has no mean"
    assert valid["value"].tolist() == pytest.approx([0.6, 0.6]) and set(valid["clips"]) == {""}
    records = read_records(gathered)
    assert len(records.validation) == 2 and set(records.results["split"]) == {"test"}


def test_the_constant_answer_is_chosen_for_all_folds_together(gathered: Path) -> None:
    scores = read(gathered, "scores")
    constant = scores[scores["metric"] == "constant_accuracy"]
    assert set(constant["strategy"]) == {"dense"}
    for test in ("mine", "further"):
        values = constant[constant["test_corpus"] == test].set_index("track_id")["value"].to_dict()
        assert values == {track: float(label == "belt") for track, label in LABELS.items()}
    results = read(gathered, "results").set_index(["test_corpus", "metric"])
    assert results.loc[("mine", "constant_accuracy"), "value"] == pytest.approx(2 / 4)


def test_a_further_test_corpus_is_scored_by_every_fold(gathered: Path) -> None:
    results = read(gathered, "results")
    further = results[(results["test_corpus"] == "further") & (results["metric"] == "accuracy")]
    assert further["value"].tolist() == pytest.approx([0.1, 0.1]) and set(further["clips"]) == {"4"}


def test_costs_are_means_over_the_folds(gathered: Path) -> None:
    costs = read(gathered, "costs").set_index("strategy")
    assert len(costs) == 2
    assert costs["parameters"].tolist() == [110, 110] and costs["parameters"].dtype.kind == "i"
    assert costs["cpu_rtf"].tolist() == pytest.approx([0.1, 0.1])
    assert costs["removed"].to_dict() == pytest.approx({"dense": 0.0, "trim": 0.51})
    widths = read(gathered, "widths")
    assert widths[["layer", "outputs"]].values.tolist() == [["first", 9], ["a", 9]] * 2


def test_every_setting_of_the_strategy_and_whether_it_is_a_control_are_columns(gathered: Path) -> None:
    for table in ("results", "costs"):
        rows = read(gathered, table).drop_duplicates("strategy").set_index("strategy")
        for name in SETTINGS:
            assert str(rows.loc["trim", name]) == str(getattr(STRATEGY, name)), name
            assert rows.loc["dense", name] == ("dense" if name == "method" else ""), name
        assert rows["control"].to_dict() == {"dense": False, "trim": True}, "it ranks at random, whatever it is called"


@pytest.mark.parametrize(
    ("settings", "control"),
    [
        ({}, False),
        ({"criterion": "random"}, True),
        ({"reset": "reinit"}, True),
        ({"reset": "finetune", "criterion": "taylor"}, False),
    ],
)
def test_what_ranks_at_random_or_starts_afresh_is_a_control(
    experiment: Experiment, settings: dict[str, str], control: bool
) -> None:
    strategy = Strategy(name="trim", method="trim", **settings)
    for folder in list(experiment.tickets())[1::2]:
        changed(folder.ticket, lambda ticket: ticket | {"strategy": strategy.model_dump()})
        scored = {"ticket": digest(folder.ticket)}
        changed(folder.evaluation, lambda content, scored=scored: content | scored)
    write_all(experiment)
    records = read_records(experiment.root)
    for frame in (records.results, records.costs):
        assert set(frame.loc[frame["strategy"] == "trim", "control"]) == {control}


def test_the_run_tells_where_tickets_were_trained(experiment: Experiment) -> None:
    first, *others = experiment.tickets()
    changed(first.ticket, lambda ticket: ticket | {"device": "A GPU"})
    changed(first.evaluation, lambda content: content | {"ticket": digest(first.ticket)})
    write_all(experiment)
    run = read_records(experiment.root).run
    assert run["devices"] == {"A GPU": 1, "cpu": len(others)}


def test_corpora_say_how_they_were_cut(gathered: Path) -> None:
    corpora = read(gathered, "corpora").set_index("test_corpus")
    counts = ["train", "valid", "test", "folds"]
    assert corpora.loc["mine", [*counts, "groups", "unscored"]].tolist() == [1, 1, 4, 3, 3, "hum×3"]
    assert corpora.loc["further", [*counts, "unscored"]].tolist() == [0, 0, 4, 1, "hum×3"]
    assert corpora.loc["mine", "hours"] == pytest.approx(1.0)


def test_time_is_counted_fold_by_fold(gathered: Path, experiment: Experiment) -> None:
    times = read(gathered, "times")
    spent = times.groupby("rule")["core_seconds"].sum().to_dict()
    early = len(experiment.rewind_folders())
    assert early > 0
    assert spent == pytest.approx({"dense": 3 * 2 * 2 * 2.0, "corpus": 1.0, "features": 0.5, "rewind": 0.125 * early})
    assert set(times.loc[times["rule"] == "corpus", "corpus"]) == {"mine", "further"}


def test_intervals_are_drawn_over_the_clips_of_all_folds(gathered: Path) -> None:
    whole = Analysis.read(gathered)
    rows = whole.statistics.against("dense")
    own = rows[rows["test_corpus"] == "mine"].iloc[0]
    assert own["clips"] == 4 and own["low"] < own["difference"] < own["high"]
    assert whole.tickets["own"].sum() == 2


def test_metrics_stand_beside_the_results_headline_first(gathered: Path) -> None:
    rows = read(gathered, "metrics")
    assert rows["metric"].tolist() == [metric.name for metric in get_task("singing").metrics]
    assert rows.iloc[0][["task", "metric", "unit", "constant"]].tolist() == [
        "singing", "accuracy", "%", "constant_accuracy",
    ]  # fmt: skip
    metrics = read_records(gathered).metrics
    assert metrics.tasks == ["singing"]
    assert [metrics.get("singing", name) for name in rows["metric"]] == list(get_task("singing").metrics)


def test_the_run_has_the_networks_notes_and_proves_every_table(gathered: Path) -> None:
    run = json.loads((gathered / RUN).read_text())
    assert run["networks"] == {name: NETWORKS[name].note for name in run["networks"]}
    assert set(run["networks"]) == set(NETWORKS) and OWN not in run["networks"].values()
    assert next(iter(run["networks"])) == "timbre_cnn", "those of the run first"
    assert set(run[FILES]) == {f"{table}.csv" for table in TABLES} and run[SEAL]
    for table in TABLES:
        assert run[FILES][f"{table}.csv"]["bytes"] == (gathered / f"{table}.csv").stat().st_size
    assert read_records(gathered).run["networks"] == run["networks"]


def test_a_mean_is_that_of_what_weighs_anything() -> None:
    weights, values = np.array([12.25, 0.5, 0.0, 3.75]), np.array([0.123456, 0.9, 1.0, 0.333333])
    rows = pd.DataFrame({"value": values, "weight": weights, "track_id": list("abcd")})
    rows = rows.assign(test_corpus="mine", level="clip", metric="majmin")
    nothing = rows.assign(metric="thirds", weight=0.0)
    (row,) = mean_scores(pd.concat([rows, nothing]))
    assert row["value"] == round(float(np.average(values, weights=weights)), 6)
    assert (row["metric"], row["clips"]) == ("majmin", 4)


def test_what_folds_say_of_a_clip_is_weighed_as_clips_are() -> None:
    """Two folds, F = 2 · 2 / 4 and F = 2 · 1 / 8: together 2 · 3 / 12, not the mean of both."""
    rows = {"level": "clip", "track_id": "a", "group": "g", "metric": "f"}
    table = pd.DataFrame(
        [
            {"test_corpus": "real", **rows, "value": 1.0, "weight": 4.0},
            {"test_corpus": "real", **rows, "value": 0.25, "weight": 8.0},
        ]
        + [{"test_corpus": "real", **rows, "metric": "g", "value": 0.25, "weight": 0.0}] * 2
    )
    together = _over_folds(table).set_index("metric")
    assert (together.loc["f", "value"], together.loc["f", "weight"]) == (pytest.approx(6 / 12), 6.0)
    assert (together.loc["g", "value"], together.loc["g", "weight"]) == (0.25, 0.0)
