"""Tables hold the numbers of the results, in three forms."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
from fake_results import Grid, analysis, edited, write_results

from ultralight_mir.records import read_records
from ultralight_mir.report import tables
from ultralight_mir.report.analysis import Analysis
from ultralight_mir.report.formats import Table


def build(folder: Path, grid: Grid) -> dict[str, Table]:
    return {table.name: table for table in tables.build(analysis(folder, grid))}


def test_files_of_a_grid_are_known_beforehand(tmp_path: Path) -> None:
    write_results(tmp_path / "results", Grid(tasks=("onset", "drums"), removed=(0.5,), seeds=3))
    paths = tables.write_all(tmp_path / "results", tmp_path / "tables")
    names = {"verdicts", "counts", "matters", "absolute", "claims", "summary", "scores", "tickets", "corpora", "times"}
    names |= {f"{kind}_{task}" for kind in ("summary", "scores", "controls", "metrics") for task in ("onset", "drums")}
    assert {path.name for path in paths} == {f"{name}.{form}" for name in names for form in ("csv", "md", "tex")}
    assert all(path.stat().st_size for path in paths)


def test_summary_ratios_are_to_the_dense_network(tmp_path: Path) -> None:
    built = build(tmp_path, Grid(tasks=("drums",), strategies=("trim",), removed=(0.5,)))
    row = built["summary"].data.iloc[0]
    costs = pd.read_csv(tmp_path / "costs.csv").set_index("strategy")
    assert row["removed_target"] == 0.5
    for cost in ("parameters", "bytes", "macs_per_second"):
        assert row[f"{cost}_ratio"] == pytest.approx(costs.loc["trim", cost] / costs.loc["dense", cost])
    assert list(built["summary"].shown.columns[:2]) == ["task", "strategy"]
    ratio, low, high = (100 * row[f"cpu_ratio{end}"] for end in ("", "_low", "_high"))
    shown = f"{ratio:.0f}\u202f% ({low:.0f}\u00a0…\u00a0{high:.0f})"
    assert built["summary"].shown["CPU time of dense's"].iloc[0] == shown
    assert ratio == pytest.approx(100 * costs.loc["trim", "cpu_ratio"]) and low < ratio < high


def test_a_strategy_without_such_a_ticket_says_none(tmp_path: Path) -> None:
    built = build(tmp_path, Grid(tasks=("drums",), strategies=("random",), removed=(0.95,)))
    row = built["summary_drums"].shown.iloc[0]
    assert row["removed"] == "none"
    assert set(row[["difference", "95 % interval", "verdict", "parameters"]]) == {"–"}


def test_scores_have_a_column_for_each_step_even_of_different_ladders(tmp_path: Path) -> None:
    write_results(tmp_path, Grid(tasks=("drums",), strategies=("trim", "mask"), removed=(0.5, 0.995)))
    with edited(tmp_path, "results") as rows:
        rows[:] = [row for row in rows if (row["strategy"], row["removed_target"]) != ("mask", "0.995")]
    built = {table.name: table for table in tables.build(Analysis.of(read_records(tmp_path)))}
    shown = built["scores"].shown.set_index("strategy")
    assert list(shown.columns[-3:]) == ["dense", "50\u202f%", "99.5\u202f%"]
    assert shown.loc["mask", "99.5\u202f%"] == "–"
    assert shown.loc["trim", "50\u202f%"] != "–"


def test_networks_and_test_corpora_are_named_where_they_differ(tmp_path: Path) -> None:
    grid = Grid(tasks=("drums",), networks=("spectral_cnn", "crnn"), real=("recordings",), removed=(0.5,))
    built = build(tmp_path, grid)
    assert list(built["scores_drums"].shown.columns[:3]) == ["tested on", "network", "strategy"]
    shown = built["test_corpora"].shown
    assert list(shown.columns) == ["task", "network", "strategy", "removed", "synthetic (%)", "recordings (%)"]
    assert len(shown) == 2 * (1 + 2)  # networks × (dense, trim, mask): no controls
    assert not shown.isin(["–"]).any(axis=None)


def test_unscored_classes_are_in_the_corpora_table(tmp_path: Path) -> None:
    shown = build(tmp_path, Grid(tasks=("singing",), real=("recordings",), removed=(0.5,)))["corpora"].shown
    assert list(shown["not scored"]) == ["–", "lip_trill×3; spoken×2"]
    assert list(shown["kind"]) == ["embedded (synthesised)", "recordings"]


def test_every_metric_of_a_task_is_a_column_under_its_label(tmp_path: Path) -> None:
    shown = build(tmp_path, Grid(tasks=("singing",), strategies=("trim",), removed=(0.5,)))["metrics_singing"].shown
    assert {"accuracy", "macro F1", "balanced accuracy"} <= set(shown.columns)


def test_folds_are_a_column_only_where_there_are_any(tmp_path: Path) -> None:
    whole = build(tmp_path / "whole", Grid(tasks=("drums",), strategies=("trim",), removed=(0.5,)))["corpora"]
    folds = build(tmp_path / "folds", Grid(tasks=("drums",), strategies=("trim",), removed=(0.5,), folds=7))["corpora"]
    assert "folds" not in whole.shown.columns and "In folds" not in whole.caption
    assert list(folds.shown["folds"]) == ["7"] and "every clip is a test clip once" in folds.caption
