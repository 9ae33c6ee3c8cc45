"""Pieces of one experiment become one results folder, or are refused by name."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from fake_results import Grid, edited, rewritten, write_results

from ultralight_mir.errors import InputError
from ultralight_mir.files import read_json
from ultralight_mir.join import join
from ultralight_mir.paths import RUN
from ultralight_mir.records import PIECES, TABLES, read_records
from ultralight_mir.report.analysis import Analysis

GRID = Grid(
    tasks=("onset", "singing"),
    strategies=("trim", "random"),
    removed=(0.5, 0.9),
    seeds=2,
    real=("recordings",),
    systems=("flux",),
    exports=("onnx",),
)


@pytest.fixture
def whole(tmp_path: Path) -> Path:
    write_results(tmp_path / "whole", GRID)
    return tmp_path / "whole"


def part(whole: Path, name: str, column: str, values: set[str]) -> Path:
    """A piece of a results folder, as if it alone had been run."""
    folder = whole.parent / name
    shutil.copytree(whole, folder)
    for table, schema in TABLES.items():
        if column in schema.names:
            with edited(folder, table) as rows:
                rows[:] = [row for row in rows if row[column] in values]
    return folder


def same(one: Path, other: Path) -> None:
    for name in TABLES:
        first, second = (pd.read_csv(folder / f"{name}.csv", keep_default_na=False) for folder in (one, other))
        columns = list(first.columns)
        first, second = (
            t.sort_values(columns, key=lambda c: c.astype(str)).reset_index(drop=True) for t in (first, second)
        )
        pd.testing.assert_frame_equal(first, second, check_dtype=False, obj=name)


@pytest.mark.parametrize(
    ("column", "parts"),
    [
        ("task", [{"onset"}, {"singing"}]),
        ("seed", [{"1", ""}, {"2", ""}]),
        ("strategy", [{"dense", "trim"}, {"dense", "random"}]),
    ],
)
def test_pieces_make_the_whole_again(whole: Path, column: str, parts: list[set[str]]) -> None:
    pieces = [part(whole, f"piece_{number}", column, values) for number, values in enumerate(parts)]
    join(pieces, whole.parent / "joined")
    same(whole, whole.parent / "joined")
    join([*pieces, pieces[0]], whole.parent / "again")
    same(whole, whole.parent / "again")


def test_the_run_keeps_what_each_piece_said(whole: Path) -> None:
    one, two = (part(whole, task, "task", {task}) for task in ("onset", "singing"))
    devices = {"cpu": 1, "A GPU": 2}
    rewritten(two, lambda run: run | {"commit": "feed", "date": "2026-12-01T00:00:00+00:00", "devices": devices})
    join([one, two], whole.parent / "joined")
    run = read_records(whole.parent / "joined").run
    assert run["devices"] == devices
    assert [piece["commit"] for piece in run[PIECES]] == ["0123456789abcdef", "feed"]
    assert all({"date", "machine", "commit", "config", "versions"} <= set(piece) for piece in run[PIECES])
    assert "commit" not in run and run["machine"]["cpu"] == "Some CPU" and run["date"].startswith("2026-12-01")
    third = part(whole, "third", "task", {"onset"})
    join([whole.parent / "joined", third], whole.parent / "more")
    assert len(read_records(whole.parent / "more").run[PIECES]) == 3


def test_a_compact_folder_gives_the_same_verdicts_in_the_same_bytes(whole: Path) -> None:
    folder = whole.parent / "compact"
    join([whole], folder, compact=True)
    assert not (folder / "scores.csv").exists()
    one, other = Analysis.read(whole), Analysis.read(folder)
    pd.testing.assert_frame_equal(one.statistics.differences, other.statistics.differences)
    pd.testing.assert_frame_equal(one.statistics.constants, other.statistics.constants)
    assert set(other.records.scores["metric"]) == {"f", "accuracy", "constant_accuracy"}
    before = (folder / "scores.csv.gz").read_bytes()
    join([whole], folder, compact=True)
    assert (folder / "scores.csv.gz").read_bytes() == before
    assert b"scores" not in before[:64], "no name and no date inside"
    join([folder], whole.parent / "plain")
    assert (whole.parent / "plain" / "scores.csv").exists()


def refusal(*pieces: Path) -> str:
    with pytest.raises(InputError) as caught:
        join(pieces, pieces[0].parent / "joined")
    assert not (pieces[0].parent / "joined").exists() and "\n" not in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize("table", ["results", "scores", "widths", "corpora", "metrics"])
def test_one_ticket_with_two_faces_is_refused(whole: Path, table: str) -> None:
    other = part(whole, "other", "task", {"onset"})
    column = {"results": "value", "scores": "value", "widths": "outputs", "corpora": "test", "metrics": "label"}[table]
    with edited(other, table) as rows:
        rows[-1][column] = "1"
    refused = refusal(whole, other)
    assert refused.startswith(f"{other}: ") and "onset" in refused and f"differs from that of {whole}" in refused


def test_what_is_timed_twice_is_taken_once(whole: Path) -> None:
    other = part(whole, "other", "task", {"onset"})
    with edited(other, "costs") as rows:
        for row in rows:
            row["cpu_rtf"], row["machine"] = "0.5", "another"
    join([whole, other], whole.parent / "joined")
    assert set(read_records(whole.parent / "joined").costs["machine"]) == {"Some CPU, 2 cores"}
    with edited(other, "costs") as rows:
        rows[0]["parameters"] = "7"
    shutil.rmtree(whole.parent / "joined")
    assert "onset" in refusal(whole, other)


CONFIG: dict[str, Any] = {
    "corpora": {"synthetic": {"kind": "synthetic", "seed": 0, "clips": {"onset": 400, "singing": 900}}},
    "tasks": {
        "onset": {"corpus": "synthetic", "steps": 100, "networks": {"a": {"width": 8}}},
        "singing": {"corpus": "synthetic", "steps": 300, "networks": {"b": {}}},
    },
    "strategies": {"trim": {"criterion": "batchnorm"}, "random": {"criterion": "random"}, "unused": {"floor": 1}},
}


def _set(*path: str, to: object) -> Callable[[dict[str, Any]], dict[str, Any]]:
    def change(config: dict[str, Any], keys: tuple[str, ...] = path) -> dict[str, Any]:
        key, *rest = keys
        return {**config, key: change(config[key], tuple(rest)) if rest else to}

    return change


@pytest.mark.parametrize(
    ("change", "named"),
    [
        (_set("tasks", "onset", "steps", to=200), "tasks.onset"),
        (_set("tasks", "onset", "networks", "a", "width", to=9), "tasks.onset.networks.a"),
        (_set("corpora", "synthetic", "clips", "onset", to=500), "corpora.synthetic for onset"),
        (_set("corpora", "synthetic", "seed", to=1), "corpora.synthetic for onset"),
        (_set("strategies", "trim", "criterion", to="taylor"), "strategies.trim"),
        (_set("tasks", "singing", "steps", to=200), ""),
        (_set("corpora", "synthetic", "clips", "singing", to=5), ""),
        (_set("strategies", "unused", "floor", to=2), ""),
        (_set("tasks", "onset", "networks", to={"a": {"width": 8}, "c": {}}), ""),
    ],
)
def test_settings_that_matter_must_be_the_same(
    whole: Path, change: Callable[[dict[str, Any]], dict[str, Any]], named: str
) -> None:
    """Two seeds of onset; the second piece has no singing, so that task's settings are nothing to it."""
    one = part(whole, "one", "seed", {"1", ""})
    other = part(part(whole, "between", "task", {"onset"}), "other", "seed", {"2", ""})
    rewritten(one, lambda run: run | {"config": CONFIG})
    rewritten(other, lambda run: run | {"config": change(CONFIG)})
    if named:
        refused = refusal(one, other)
        assert refused.startswith(f"{other / RUN}: config, {named} differs from that of {one / RUN}")
    else:
        join([one, other], whole.parent / "joined")


def test_what_a_piece_of_a_joined_folder_did_not_run_is_not_compared(whole: Path) -> None:
    """Its config says of other pieces' tasks what it likes."""
    pieces = []
    for task in ("onset", "singing"):
        pieces.append(part(whole, task, "task", {task}))
        own = _set("tasks", "onset", "steps", to=100 if task == "onset" else 7)(CONFIG) | {"grid": {"tasks": [task]}}
        rewritten(pieces[-1], lambda run, own=own: run | {"config": own})
    join(pieces, whole.parent / "joined")
    again = part(whole, "again", "task", {"singing"})
    rewritten(again, lambda run: run | {"config": CONFIG | {"grid": {"tasks": ["singing"]}}})
    join([whole.parent / "joined", again], whole.parent / "more")
    same(whole, whole.parent / "more")


def test_a_smoke_run_is_joined_with_no_other(whole: Path) -> None:
    smoke = part(whole, "smoke", "task", {"onset"})
    rewritten(smoke, lambda run: run | {"smoke": True})
    assert "smoke differs" in refusal(whole, smoke)


def test_damaged_and_older_pieces_are_refused(whole: Path) -> None:
    other = part(whole, "other", "task", {"onset"})
    lines = (other / "widths.csv").read_text().splitlines(keepends=True)
    (other / "widths.csv").write_text("".join(lines[:-1]))
    assert str(other / "widths.csv") in refusal(whole, other)
    older = part(whole, "older", "task", {"singing"})
    rewritten(older, lambda run: {key: value for key, value in run.items() if key != "format"})
    assert f"{older / RUN}: format None, expected" in refusal(whole, older)
    assert "no such file" in refusal(whole, whole.parent / "nowhere")


def test_a_piece_is_not_overwritten(whole: Path) -> None:
    before = read_json(whole / RUN)
    with pytest.raises(InputError, match="one of the folders to be joined"):
        join([whole], whole.parent / "x" / ".." / "whole")
    assert read_json(whole / RUN) == before


def test_joined_seeds_carry_verdicts_that_pieces_do_not(tmp_path: Path) -> None:
    grid = replace(GRID, tasks=("onset",), seeds=4, real=())
    write_results(tmp_path / "whole", grid)
    pieces = [
        part(tmp_path / "whole", f"p{n}", "seed", {*map(str, seeds), ""}) for n, seeds in enumerate([(1, 2), (3, 4)])
    ]
    join(pieces, tmp_path / "joined")
    assert set(Analysis.read(pieces[0]).statistics.differences["verdict"]) == {"too few seeds"}
    joined, alone = (Analysis.read(tmp_path / name).statistics.differences for name in ("joined", "whole"))
    pd.testing.assert_frame_equal(joined, alone, rtol=1e-9)
    assert "too few seeds" not in set(joined["verdict"])
