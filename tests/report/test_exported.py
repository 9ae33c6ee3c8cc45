"""Tickets in other forms are set against themselves in torch, and against dense in the same form."""

from __future__ import annotations

from pathlib import Path

import pytest
from fake_results import Grid, analysis

from ultralight_mir.report import exported


def test_differences_and_ratios(tmp_path: Path) -> None:
    grid = Grid(
        tasks=("onset", "singing"), real=("recordings",), strategies=("trim", "mask", "random"), removed=(0.5, 0.9),
        seeds=2, exports=("onnx", "onnx-int8"),
    )  # fmt: skip
    source = analysis(tmp_path, grid)
    frame = exported.exported(source)
    assert len(frame) == 2 * 2 * 3 * 2 and not frame.duplicated(["task", "test_corpus", "removed_target", "form"]).any()
    assert frame["difference"].to_numpy() == pytest.approx(-1.0), "one point, whatever the task"
    keys = ["task", "test_corpus", "strategy", "removed_target"]
    tickets = source.tickets[source.tickets["seed"] == 1].set_index(keys)
    for _, row in frame.iterrows():
        own = tickets.loc[tuple(row[keys])]
        assert row["score"] == pytest.approx(own["score"] - 1) and row["torch_bytes"] == own["bytes"]
    dense = frame[frame["strategy"] == "dense"]
    assert (dense["dense_cpu_rtf"] == dense["cpu_rtf"]).all()
    table = exported.table(source)
    assert set(table.shown["of dense's bytes"]) == {"100.0\u202f%"}
    assert table.shown["ticket"].tolist().count("dense") == len(dense)


def test_nothing_exported_is_no_table(tmp_path: Path) -> None:
    assert exported.table(analysis(tmp_path, Grid(tasks=("onset",), removed=(0.5,)))).data.empty
