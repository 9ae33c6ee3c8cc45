"""Gathering a grid whose corpus is cut into folds: three made-up folds become one ticket.

Groups and tracks have the names that readers of tables like to lose.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import yaml

from ultralight_mir import clips
from ultralight_mir.clips import Clip, write_clips
from ultralight_mir.config import resolve
from ultralight_mir.digests import FILES, SEAL, write_sealed
from ultralight_mir.errors import InputError
from ultralight_mir.experiment import Experiment
from ultralight_mir.files import read_json, write_json, write_rows
from ultralight_mir.networks import NETWORKS
from ultralight_mir.paths import TicketFolder
from ultralight_mir.records import RUN, SCORES, TABLES, WIDTHS, read_records
from ultralight_mir.report.analysis import Analysis
from ultralight_mir.results import OWN, mean_scores, write_all
from ultralight_mir.strategy import SETTINGS, Strategy
from ultralight_mir.tasks import get_task

ROOT = Path(__file__).parents[1]
GROUPS = {"NA": "None", "*": "None", "null": "NA", "nan": "c"}
LABELS = {"NA": "belt", "*": "trill", "null": "belt", "nan": "trillo"}
PARTS = {"None": 0, "NA": 1, "c": 2}
VALUES = {"NA": 1.0, "*": 0.0, "null": 0.5, "nan": 1.0}
WEIGHTS = {"NA": 1.0, "*": 3.0, "null": 2.0, "nan": 4.0}
STRATEGY = Strategy(
    name="trim", method="trim", criterion="random", scope="local", measure="macs", round_to=4, floor=2, rewind="2ep"
)


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
    whole = Experiment(resolve(config))
    for number, folder in enumerate(whole.tickets()):
        _ticket(folder, number // 2, trimmed=bool(number % 2))
    for name, split in (("mine", "fold-{}"), ("further", "test")):
        folder = whole.corpus_folders()[name, "singing"]
        rows = [Clip(t, t, "", LABELS[t], g, split.format(PARTS[g]), 900.0) for t, g in GROUPS.items()]
        write_clips(folder.path, rows)
        good = [{"track_id": c.track_id, "group": c.group, "split": c.split, "sha256": "0"} for c in rows]
        write_rows(folder.splits, clips.GOOD_COLUMNS, good, "\t")
        write_rows(folder.quality, clips.GOOD_COLUMNS, good)
        clips.seal(folder.path, "singing")
        _timing(folder.timing, "corpus", 0.5)
    for features in whole.feature_folders():
        _timing(features.timing, "features", 0.25)
    for early in whole.rewind_folders():
        _timing(early.timing, "rewind", 0.125)
    return whole


def _timing(path: Path, rule: str, seconds: float) -> None:
    write_json(path, {"rule": rule, "phases": {"optimizer": [seconds, 3.0]}})


def _ticket(folder: TicketFolder, fold: int, trimmed: bool) -> None:
    rung = {"rung": 1, "removed_target": 0.5, "removed": 0.5 + 0.01 * fold, "channels_removed": 0.3, "overshoot": 0.03}
    dense = {"rung": 0, "removed_target": 0.0, "removed": 0.0, "channels_removed": 0.0, "overshoot": 0.0}
    ticket = {"corpus": f"mine.fold-{fold}", "task": "singing", "seed": 0, "recipe": {"network": "timbre_cnn"}}
    strategy = STRATEGY.model_dump() if trimmed else None
    write_sealed(folder.ticket, {**ticket, "strategy": strategy, **(rung if trimmed else dense)})
    layer = {"layer": "first", "outputs": 8 + fold, "dense_outputs": 16, "weights": 9, "dense_weights": 9, "floored": 0}
    WIDTHS.write(folder.widths, [layer, {**layer, "layer": "a"}])
    for timing in (folder.timing, folder.evaluation_timing):
        _timing(timing, "dense", 2.0)
    scores = [_score("mine", t, VALUES[t] * (0.5 if trimmed else 1)) for t, g in GROUPS.items() if PARTS[g] == fold]
    scores += [_score("further", t, 0.1 * fold) for t in GROUPS]
    whole = {"level": "set", "track_id": "", "group": "", "metric": "macro_f1", "value": 0.9, "weight": 1.0}
    scores += [{"test_corpus": test, **whole} for test in ("mine", "further")]
    _evaluation(folder, fold, scores)


def _evaluation(folder: TicketFolder, fold: int, scores: list[dict[str, Any]]) -> None:
    costs = dict.fromkeys(("nonzero_parameters", "bytes"), 100)
    costs |= dict.fromkeys(("macs_per_second", "memory_traffic_bytes", "peak_activation_bytes"), 5.0)
    costs |= {"parameters": 100 + 10 * fold, "cpu_rtf": 0.1 * fold, "threads": 1, "machine": "m"}
    SCORES.write(folder.scores, scores)
    unscored = {"mine": {"hum": fold}, "further": {"hum": 3}}
    write_sealed(folder.evaluation, {"costs": costs, "unscored": unscored}, [folder.scores])


def _score(test: str, track: str, value: float) -> dict[str, Any]:
    row = {"test_corpus": test, "level": "clip", "track_id": track, "group": GROUPS[track], "metric": "accuracy"}
    return {**row, "value": value, "weight": WEIGHTS[track]}


@pytest.fixture
def gathered(experiment: Experiment) -> Path:
    write_all(experiment, experiment.root)
    return experiment.root


def read(folder: Path, table: str) -> pd.DataFrame:
    """A table, read by nothing of ours."""
    return pd.read_csv(folder / f"{table}.csv", keep_default_na=False)


def test_the_scores_of_all_folds_are_one_table(gathered: Path) -> None:
    results = read(gathered, "results")
    assert list(results["corpus"].unique()) == ["mine"]
    accuracy = results[results["metric"] == "accuracy"]
    own = accuracy[accuracy["test_corpus"] == "mine"].set_index("strategy")
    mean = sum(VALUES[t] * WEIGHTS[t] for t in GROUPS) / sum(WEIGHTS.values())
    assert own["value"].to_dict() == pytest.approx({"dense": mean, "trim": mean / 2})
    assert set(own["clips"]) == {4}
    scores = read(gathered, "scores")
    assert not scores.duplicated(["test_corpus", "strategy", "track_id", "metric"]).any()
    assert set(scores["track_id"]) == set(GROUPS) and set(scores["group"]) == set(PARTS)
    assert set(scores["metric"]) == {"accuracy", "constant_accuracy"}, (
        "a metric of a whole set does not add up over folds"
    )
    assert set(scores["level"]) == {"clip"}


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
    assert further["value"].tolist() == pytest.approx([0.1, 0.1]) and set(further["clips"]) == {4}


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
        ({"criterion": "shuffled_magnitude"}, True),
        ({"reset": "reinit"}, True),
        ({"reset": "finetune", "criterion": "taylor"}, False),
    ],
)
def test_what_ranks_at_random_or_starts_afresh_is_a_control(
    experiment: Experiment, settings: dict[str, str], control: bool
) -> None:
    strategy = Strategy(name="trim", method="trim", **settings)
    for folder in list(experiment.tickets())[1::2]:
        _changed(folder.ticket, lambda ticket: ticket | {"strategy": strategy.model_dump()})
    write_all(experiment, experiment.root)
    records = read_records(experiment.root)
    for frame in (records.results, records.costs):
        assert set(frame.loc[frame["strategy"] == "trim", "control"]) == {control}


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
    assert own["clips"] == 4 and own["low"] < own["difference"] < own["high"] <= 0
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


def _changed(path: Path, change: Callable[[dict[str, Any]], dict[str, Any]], files: tuple[Path, ...] = ()) -> None:
    """A sealed file with other content under a seal that fits."""
    content = {name: value for name, value in read_json(path).items() if name not in (SEAL, FILES)}
    write_sealed(path, change(content), files)


def _first(experiment: Experiment) -> TicketFolder:
    return next(iter(experiment.tickets()))


def refusal(experiment: Experiment) -> str:
    """The line that gathering ends in; it leaves no table."""
    with pytest.raises(InputError) as caught:
        write_all(experiment, experiment.root)
    assert "\n" not in str(caught.value)
    assert not (experiment.root / RUN).exists() and not (experiment.root / "results.csv").exists()
    return str(caught.value)


def _cut(text: str) -> str:
    return text[:-4]


def _fewer(text: str) -> str:
    return "".join(text.splitlines(keepends=True)[:-1])


@pytest.mark.parametrize(("name", "change"), [("scores", _cut), ("scores", _fewer), ("evaluation", _cut)])
def test_a_damaged_file_of_a_ticket_is_named_with_its_remedy(
    experiment: Experiment, name: str, change: Callable[[str], str]
) -> None:
    path: Path = getattr(_first(experiment), name)
    path.write_text(change(path.read_text()))
    assert str(path) in (refused := refusal(experiment)) and "snakemake" in refused


@pytest.mark.parametrize(
    ("column", "cell", "wanted"),
    [
        ("value", "nan", "expected a number"),
        ("value", "9.9", "found 9.9, expected accuracy from 0 to 1"),
        ("weight", "-1.000000", "expected a number from 0"),
        ("level", "*", "expected one of clip, set"),
    ],
)
def test_scores_that_cannot_be_are_refused_even_when_sealed(
    experiment: Experiment, column: str, cell: str, wanted: str
) -> None:
    folder = _first(experiment)
    lines = folder.scores.read_text().splitlines()
    cells = lines[1].split(",")
    cells[lines[0].split(",").index(column)] = cell
    folder.scores.write_text("\n".join([lines[0], ",".join(cells), *lines[2:], ""]))
    _changed(folder.evaluation, dict, (folder.scores,))
    refused = refusal(experiment)
    assert f"{folder.scores}, line 2, column '{column}'" in refused and wanted in refused


def test_scores_without_any_row_are_refused(experiment: Experiment) -> None:
    _evaluation(_first(experiment), 0, [])
    assert f"{_first(experiment).scores}: no rows" in refusal(experiment)


def test_a_ticket_in_another_s_folder_is_refused(experiment: Experiment) -> None:
    dense, trim, *_ = experiment.tickets()
    trim.ticket.write_bytes(dense.ticket.read_bytes())
    assert f"{trim.ticket}: the ticket of {dense.path}" in refusal(experiment)


@pytest.mark.parametrize("key", ["removed_target", "recipe", "seed", "strategy"])
def test_a_ticket_that_lacks_a_key_is_one_line(experiment: Experiment, key: str) -> None:
    path = _first(experiment).ticket
    _changed(path, lambda ticket: {name: value for name, value in ticket.items() if name != key})
    assert f"{path}: not whole" in refusal(experiment)


def test_a_timing_that_is_not_whole_is_one_line(experiment: Experiment) -> None:
    path = _first(experiment).timing
    path.write_text('{"rule": "dense"}')
    assert f"{path}: not a whole timing" in refusal(experiment)


def test_everything_that_is_read_is_declared(experiment: Experiment) -> None:
    declared = set(experiment.gathered())
    files = {path for path in experiment.root.rglob("*") if path.is_file()}
    assert files <= declared, "each of these files changes the tables"
    for path in sorted(files):
        content = path.read_bytes()
        path.unlink()
        with pytest.raises(InputError, match=path.name.replace(".", r"\.")):
            write_all(experiment, experiment.root)
        path.write_bytes(content)


def test_a_mean_is_that_of_what_weighs_anything() -> None:
    weights, values = np.array([12.25, 0.5, 0.0, 3.75]), np.array([0.123456, 0.9, 1.0, 0.333333])
    rows = pd.DataFrame({"value": values, "weight": weights, "track_id": list("abcd")})
    rows = rows.assign(test_corpus="mine", level="clip", metric="majmin")
    nothing = rows.assign(metric="thirds", weight=0.0)
    (row,) = mean_scores(pd.concat([rows, nothing]))
    assert row["value"] == round(float(np.average(values, weights=weights)), 6)
    assert (row["metric"], row["clips"]) == ("majmin", 4)
