"""What is said of a ticket, a row a seed and over seeds; and that it is one number wherever it is said."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from fake_results import Grid, edited, write_results

from ultralight_mir.errors import InputError
from ultralight_mir.records import read_records
from ultralight_mir.report import analysis as analyses
from ultralight_mir.report import means, page, tables
from ultralight_mir.report.analysis import Analysis
from ultralight_mir.report.figures import style
from ultralight_mir.report.means import over_seeds, strategies, tickets
from ultralight_mir.scoring import DIGITS, mean_scores


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write_results(tmp_path, Grid(tasks=("onset", "pitch"), removed=(0.5, 0.9), seeds=2, real=("recordings",)))
    return tmp_path


def test_tickets_carry_score_costs_and_roles(folder: Path) -> None:
    frame = tickets(read_records(folder))
    assert len(frame) == 2 * 2 * 2 * (1 + 4 * 2)  # tasks × seeds × test corpora × tickets
    assert frame["score"].between(0, 100).all()
    assert frame["score"].max() > 50
    assert frame["parameters"].notna().all()
    assert list(frame["task"].unique()) == ["onset", "pitch"], "the experiment's order, as metrics.csv has it"
    assert set(frame.loc[frame["control"], "strategy"]) == {"reinit", "random"}
    assert set(frame.loc[frame["own"], "test_corpus"]) == {"synthetic"}
    assert strategies(frame) == ["trim", "mask", "reinit", "random"]


@pytest.mark.parametrize("tasks", [("pitch", "onset", "drums"), ("drums", "pitch", "onset")])
def test_tasks_are_in_the_experiment_s_order_however_the_rows_are(tmp_path: Path, tasks: tuple[str, ...]) -> None:
    write_results(tmp_path, Grid(tasks=tasks, strategies=()))
    with edited(tmp_path, "results") as rows:
        rows.sort(key=lambda row: row["task"])
    assert tuple(tickets(read_records(tmp_path))["task"].unique()) == tasks


def test_a_control_is_what_the_column_says(folder: Path) -> None:
    with edited(folder, "results") as rows:
        for row in rows:
            row["control"] = str(row["strategy"] == "trim")
    frame = tickets(read_records(folder))
    assert strategies(frame) == ["mask", "reinit", "random", "trim"], "controls last, whatever they are made of"
    assert set(frame.query("control")["strategy"]) == {"trim"}


def test_without_an_own_test_split_the_first_corpus_stands_in(folder: Path) -> None:
    with edited(folder, "results") as rows:
        rows[:] = [row for row in rows if row["test_corpus"] != "synthetic"]
    assert set(tickets(read_records(folder)).query("own")["test_corpus"]) == {"recordings"}


def test_means_over_seeds(folder: Path) -> None:
    frame = tickets(read_records(folder))
    rows = over_seeds(frame)
    assert len(rows) == len(frame) / 2
    assert (rows["seeds"] == 2).all()
    assert (rows["score_min"] <= rows["score"]).all()
    assert (rows["score"] <= rows["score_max"]).all()


def test_a_task_without_its_headline_in_the_results_is_named(folder: Path) -> None:
    with edited(folder, "results") as rows:
        rows[:] = [row for row in rows if (row["task"], row["metric"]) != ("onset", "f")]
    with pytest.raises(InputError, match=r"results\.csv: task 'onset' has no row with metric 'f'"):
        tickets(read_records(folder))


@pytest.fixture
def weighted(tmp_path: Path) -> Path:
    """A clip of chords counts its seconds; some tickets lack one of three seeds; means as `results` takes them."""
    write_results(
        tmp_path, Grid(tasks=("chord", "singing"), strategies=("trim", "reinit"), removed=(0.5, 0.9), seeds=3)
    )
    random = np.random.default_rng(11)
    seconds = {f"clip_{number:03d}": random.uniform(0.5, 30) for number in range(60)}
    lost = {("trim", "0.9", "2"), ("reinit", "0.5", "3"), ("dense", "0.0", "1")}

    def present(row: Mapping[str, str]) -> bool:
        return (row["strategy"], row["removed_target"], row["seed"]) not in lost

    with edited(tmp_path, "scores") as scores:
        scores[:] = [row for row in scores if present(row)]
        for row in scores:
            row["value"] = f"{float(row['value']):.6f}"
            row["weight"] = f"{seconds.get(row['track_id'], 1.0) if row['task'] == 'chord' else 1.0:.6f}"
    frame = read_records(tmp_path).scores
    values = {}
    by = ["task", "strategy", "removed_target", "seed"]
    for (task, strategy, removed, seed), rows in frame.groupby(by):
        for row in mean_scores(rows):
            values[task, strategy, removed, seed, row["metric"]] = row["value"]
    with edited(tmp_path, "results") as results:
        results[:] = [row for row in results if present(row)]
        for row in results:
            key = (row["task"], row["strategy"], float(row["removed_target"]), int(row["seed"]), row["metric"])
            row["value"] = str(values[key])
    return tmp_path


def _written(folder: Path, metric: str) -> dict[tuple[str, float], dict[int, float]]:
    """Rung → seed → percent, read from results.csv by nothing of ours."""
    points: dict[tuple[str, float], dict[int, float]] = {}
    with (folder / "results.csv").open(newline="") as stream:
        for row in csv.DictReader(stream):
            if row["metric"] == metric:
                rung = row["strategy"], float(row["removed_target"])
                points.setdefault(rung, {})[int(row["seed"])] = 100 * float(row["value"])
    return points


def test_scores_and_differences_are_those_of_the_results_to_the_last_bit(weighted: Path) -> None:
    points = _written(weighted, "majmin")
    assert {len(seeds) for seeds in points.values()} == {2, 3}
    whole = Analysis.read(weighted)
    chord = whole.means[whole.means["task"] == "chord"]
    assert len(chord) == len(points) == 5
    for row in chord.to_dict("records"):
        assert row["score"] == np.mean(list(points[row["strategy"], row["removed_target"]].values()))
    differences = whole.statistics.differences[whole.statistics.differences["task"] == "chord"]
    assert len(differences) == 4 + 2
    for row in differences.to_dict("records"):
        one = points[row["strategy"], row["removed_target"]]
        other = points[row["reference"], row["removed_target"] if row["reference"] != "dense" else 0.0]
        common = sorted(set(one) & set(other))
        assert row["difference"] == np.mean([one[seed] - other[seed] for seed in common])
        assert row["seeds"] == len(common) < 3
        assert row["low"] <= row["difference"] <= row["high"]
    dense = differences[differences["reference"] == "dense"].set_index(["strategy", "removed_target"])["difference"]
    gains = chord.set_index(["strategy", "removed_target"])["gain"].dropna()
    assert gains.to_dict() == dense.to_dict()


def test_the_constant_answer_s_score_is_that_of_the_results(weighted: Path) -> None:
    points, constant = (_written(weighted, metric)["dense", 0.0] for metric in ("accuracy", "constant_accuracy"))
    (row,) = Analysis.read(weighted).statistics.constants.to_dict("records")
    assert row["score"] == np.mean(list(constant.values()))
    assert row["difference"] == np.mean([points[seed] - constant[seed] for seed in points])


def test_every_table_says_the_same_number(weighted: Path) -> None:
    whole = Analysis.read(weighted)
    built = {table.name: table.data for table in tables.build(whole)}
    scores = whole.means[whole.means["task"] == "chord"].set_index(["strategy", "removed_target"])
    rungs = built["scores_chord"].set_index(["strategy", "removed_target"])
    assert rungs["score"].to_dict() == scores["score"].to_dict()
    assert rungs["difference"].dropna().to_dict() == scores["gain"].dropna().to_dict()
    wide = built["scores"].set_index(["task", "strategy"]).loc["chord"]
    for strategy, row in wide.iterrows():
        for step in (0.5, 0.9):
            assert row[f"{step:g}"] == scores.loc[(strategy, step), "score"]
        assert row["dense"] == scores.loc[("dense", 0.0), "score"]
    metrics = built["metrics_chord"].set_index(["strategy", "removed_target"])["majmin"]
    assert (100 * metrics).to_dict() == pytest.approx(scores["score"].to_dict(), abs=1e-9)


def test_weights_matter_to_the_mean_of_the_results(weighted: Path) -> None:
    frame = read_records(weighted).scores.query("task == 'chord' and metric == 'majmin' and seed == 3")
    rows = frame[frame["strategy"] == "dense"]
    (mean,) = [row["value"] for row in mean_scores(rows)]
    assert mean == round(float(np.average(rows["value"], weights=rows["weight"])), DIGITS)
    assert mean != round(float(rows["value"].mean()), DIGITS)


def test_means_and_statistics_are_computed_once_a_report(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    grid = Grid(
        tasks=("drums", "singing"), real=("recordings",), strategies=("trim", "random"), removed=(0.5,), seeds=2
    )
    write_results(tmp_path / "results", grid)
    calls: list[str] = []

    def counted(name: str) -> None:
        inner = getattr(analyses, name)

        def outer(*arguments: object) -> pd.DataFrame:
            calls.append(name)
            result: pd.DataFrame = inner(*arguments)
            return result

        monkeypatch.setattr(analyses, name, outer)
        if hasattr(means, name):
            monkeypatch.setattr(means, name, outer)

    for name in ("tickets", "over_seeds", "analyse", "read_records"):
        counted(name)
    monkeypatch.setattr(style, "FORMATS", {"svg": style.FORMATS["svg"]})
    page.render(tmp_path / "results", tmp_path / "reports")
    assert sorted(calls) == ["analyse", "over_seeds", "read_records", "tickets"]
