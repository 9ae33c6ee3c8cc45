"""What a cluster is asked for."""

from __future__ import annotations

from pathlib import Path

import pytest

from ultralight_mir.files import write_json, write_rows
from ultralight_mir.jobs.resources import LONGER, START, UNKNOWN, rung_minutes
from ultralight_mir.paths import TicketFolder

STEPS, MINUTES = 8000, 20
PHASES = {"start-up": [0, 120], "optimizer": [0, 60 * MINUTES - 120]}


def _dense(folder: Path, last: int) -> TicketFolder:
    """What a dense network leaves of its time: twenty minutes, until step `last` of its schedule."""
    dense = TicketFolder(folder)
    write_json(dense.timing, {"rule": "dense", "phases": PHASES})
    write_json(dense.ticket, {"schedule": {"steps": STEPS}})
    write_rows(dense.training, ["step", "loss"], [{"step": step, "loss": 0.1} for step in (0, last // 2, last)])
    return dense


@pytest.mark.parametrize("last", [STEPS, STEPS // 2, STEPS // 10])
def test_a_rung_has_time_for_all_steps_of_the_schedule(tmp_path: Path, last: int) -> None:
    whole = MINUTES * STEPS / last
    dense = _dense(tmp_path, last)
    assert rung_minutes(dense, 1) == START + LONGER * whole
    assert rung_minutes(dense, 3) == 4 * rung_minutes(dense, 1)


def test_an_unknown_or_damaged_dense_network_gives_what_is_asked_for_unknown_ones(tmp_path: Path) -> None:
    assert rung_minutes(TicketFolder(tmp_path), 1) == UNKNOWN
    for damaged in ("", "step,loss\n", "step,loss\n0,nan\n", "loss\n1\n"):
        dense = _dense(tmp_path, STEPS)
        dense.training.write_text(damaged)
        assert rung_minutes(dense, 2) == 2 * UNKNOWN
    _dense(tmp_path, STEPS).ticket.write_text('{"schedule": []}')
    assert rung_minutes(dense, 1) == UNKNOWN
