"""Reading a results folder: proven by its run.json, typed by its schemas, refused in one line."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import fields
from pathlib import Path

import pytest
from fake_results import Grid, edited, seal, write_results

from ultralight_mir.errors import InputError
from ultralight_mir.files import read_json, write_json
from ultralight_mir.paths import RUN
from ultralight_mir.records import SCORES, TABLES, TICKET, WIDTHS, Cost, read_records
from ultralight_mir.report.analysis import Analysis
from ultralight_mir.report.means import strategies, tickets
from ultralight_mir.strategy import SETTINGS, Strategy


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write_results(tmp_path, Grid(tasks=("onset", "pitch"), removed=(0.5, 0.9), seeds=2, real=("recordings",)))
    return tmp_path


def refusal(folder: Path) -> str:
    """The line that reading ends in."""
    with pytest.raises(InputError) as caught:
        read_records(folder)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_names_that_look_like_missing_values_stay_names(folder: Path) -> None:
    with edited(folder, "results") as rows:
        for row in rows:
            row["strategy"] = row["strategy"].replace("mask", "NA")
    assert "NA" in strategies(tickets(read_records(folder)))


@pytest.mark.parametrize("name", ["NA", "None", "null", "nan", "*", ""])
def test_groups_and_tracks_of_any_name_count(tmp_path: Path, name: str) -> None:
    grid = Grid(tasks=("onset",), strategies=("trim",), removed=(0.5,))
    write_results(tmp_path, grid)
    before = Analysis.read(tmp_path)
    with edited(tmp_path, "scores") as rows:
        for row in rows:
            row["group"] = row["group"].replace("group_0", name)
            row["track_id"] = row["track_id"].replace("clip_007", name or "another")
    after = Analysis.read(tmp_path)
    assert set(after.records.scores["group"]) >= {name, "group_1"}
    columns = ["clips", "drawn", "units", "low", "high"]
    one, other = (whole.statistics.differences[columns].to_dict("list") for whole in (before, after))
    assert one == other and one["drawn"] == ["groups"] and one["clips"] == [60]


def test_rows_of_whole_sets_are_told_by_their_level(tmp_path: Path) -> None:
    write_results(tmp_path, Grid(tasks=("singing",), strategies=("trim",), removed=(0.5,)))
    scores = read_records(tmp_path).scores
    assert set(scores.loc[scores["level"] == "set", "metric"]) == {"macro_f1", "balanced_accuracy"}
    assert set(scores.loc[scores["level"] == "clip", "metric"]) == {"accuracy", "constant_accuracy"}
    with edited(tmp_path, "scores") as rows:
        rows[0]["level"] = "*"
    assert "line 2, column 'level': found '*', expected one of clip, set" in refusal(tmp_path)


def test_every_setting_of_a_strategy_is_a_column_of_its_type() -> None:
    for name in ("results", "costs"):
        columns = {column.name: column for column in TABLES[name].columns}
        assert set(columns) >= {*SETTINGS, "control", *TICKET}
        assert {"measure", "rewind", "objective", "round_to", "floor_fraction"} <= set(columns)
        for setting in SETTINGS:
            kind = Strategy.model_fields[setting].annotation
            assert columns[setting].kind is (kind if kind in (int, float) else str), setting
            assert columns[setting].empty is (setting != "method")
    assert [field.name for field in fields(Cost)] == TABLES["costs"].names[-len(fields(Cost)) :]


def test_a_ticket_s_own_tables_are_part_of_the_gathered_ones() -> None:
    for own, gathered in ((SCORES, "scores"), (WIDTHS, "widths")):
        assert TABLES[gathered].names[-len(own.names) :] == own.names
        assert TABLES[gathered].names[: len(TICKET)] == TICKET


def test_a_dense_network_has_no_settings(folder: Path) -> None:
    results = read_records(folder).results
    dense = results[results["strategy"] == "dense"]
    assert set(dense["method"]) == {"dense"} and not dense["control"].any()
    for name in SETTINGS:
        if name != "method":
            assert (dense[name].isna() | (dense[name] == "")).all(), name


@pytest.mark.parametrize(
    ("name", "change", "message"),
    [
        ("results", lambda text: text.replace("removed_target", "removed_goal"), "column 'removed_target' is missing"),
        ("results", lambda text: text.splitlines()[0] + "\n", "no rows"),
        ("costs", lambda text: text.replace("182000", "many", 1), "line 2, column 'parameters': found 'many'"),
        ("scores", lambda text: "", "not a readable CSV file"),
        ("scores", lambda text: text[:-9], "cells, expected 13 as in the header"),
        ("scores", lambda text: text[:-1], "cut off, expected a line feed at its end"),
        ("metrics", lambda text: text.replace("onset", "beats"), "task 'onset' has no metric, expected a headline"),
        ("times", lambda text: text.replace("optimizer,14.0", "optimizer,nan", 1), "line 3, column 'core_seconds'"),
        ("corpora", lambda text: text.replace(",True,", ",yes,", 1), "column 'embedded': found 'yes', expected True"),
        ("widths", lambda text: text.replace(",16,16,", ",16,-16,", 1), "column 'dense_outputs': found '-16'"),
    ],
)
def test_bad_files_are_named(folder: Path, name: str, change: Callable[[str], str], message: str) -> None:
    path = folder / f"{name}.csv"
    text = change(path.read_text())
    assert text != path.read_text()
    path.write_text(text)
    seal(folder)
    refused = refusal(folder)
    assert f"{name}.csv" in refused and message in refused


IMPOSSIBLE = [
    ("value", "nan", "expected a number"),
    ("value", "inf", "expected a number"),
    ("value", "9.9", "found 9.9, expected onset F ±50 ms from 0 to 1"),
    ("value", "-0.1", "found -0.1, expected onset F ±50 ms from 0 to 1"),
    ("value", "", "expected a number"),
    ("weight", "-1", "found '-1', expected a number from 0"),
    ("weight", "nan", "found 'nan', expected a number from 0"),
    ("removed_target", "1.5", "found '1.5', expected a number from 0 to 1"),
    ("seed", "-1", "found '-1', expected a whole number from 0"),
    ("seed", "1.0", "found '1.0', expected a whole number from 0"),
    ("metric", "", "found '', expected text"),
]


@pytest.mark.parametrize(
    ("table", "column", "cell", "wanted"),
    [(table, *case) for table in ("results", "scores") for case in IMPOSSIBLE if case[0] in TABLES[table].names],
)
def test_numbers_that_cannot_be_are_refused(folder: Path, table: str, column: str, cell: str, wanted: str) -> None:
    with edited(folder, table) as rows:
        place = next(n for n, row in enumerate(rows) if (row["task"], row["metric"]) == ("onset", "f") and n > 3)
        rows[place][column] = cell
    refused = refusal(folder)
    assert f"{folder / table}.csv, line {place + 2}, column '{column}': " in refused and wanted in refused


def test_a_metric_may_have_any_range(folder: Path) -> None:
    with edited(folder, "metrics") as rows:
        for row in rows:
            row["high"] = ""
    with edited(folder, "results") as rows:
        rows[0]["value"] = "9.9"
    assert read_records(folder).results["value"].max() == 9.9


@pytest.mark.parametrize("name", list(TABLES))
def test_a_table_that_was_changed_since_is_refused(folder: Path, name: str) -> None:
    path = folder / f"{name}.csv"
    lines = path.read_text().splitlines(keepends=True)
    path.write_text("".join(lines[:-1]))
    assert f"{path}: " in (lost := refusal(folder)) and "expected" in lost and "snakemake" in lost
    last = lines[-1][:-2] + ("1" if lines[-1][-2] != "1" else "2") + "\n"
    path.write_text("".join([*lines[:-1], last]))
    assert f"{path}: edited or damaged" in refusal(folder)


def test_a_run_that_was_edited_is_refused(folder: Path) -> None:
    run = read_json(folder / RUN)
    assert set(run["files"]) == {f"{name}.csv" for name in TABLES}
    write_json(folder / RUN, run | {"smoke": True})
    assert "run.json: edited or damaged" in refusal(folder)
    (folder / RUN).unlink()
    assert "run.json" in refusal(folder)


def test_a_missing_file_is_named(folder: Path) -> None:
    (folder / "times.csv").unlink()
    assert "times.csv: no such file" in refusal(folder)


def test_corpora_without_times_are_read(tmp_path: Path) -> None:
    write_results(tmp_path, Grid(tasks=("onset",), strategies=(), times=False))
    records = read_records(tmp_path)
    assert records.times.empty and records.is_embedded("synthetic")
    assert math.isnan(records.results["round_to"].iloc[0])
