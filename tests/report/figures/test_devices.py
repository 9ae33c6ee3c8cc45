"""Score against device: what was measured on a device's own core is filled, the rest is hollow; nothing is made up."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from fake_results import Grid, analysis, board

from ultralight_mir.embedded.devices import read_devices
from ultralight_mir.report import devices as by_device
from ultralight_mir.report.figures import devices

GRID = Grid(tasks=("onset", "pitch"), strategies=("trim",), removed=(0.9,))
ROWS = [
    board("onset"),
    board("onset", ticket="smallest", score=88.0, instructions=10_000_000, macs=1_000_000),
    board("pitch", score=None),
]


def test_markers_and_words(tmp_path: Path) -> None:
    source = analysis(tmp_path, replace(GRID, boards=ROWS))
    assert source.boards == ROWS
    (trim,) = source.tickets.loc[
        (source.tickets["task"] == "onset") & (source.tickets["strategy"] == "trim"), "parameters"
    ]
    (score,) = source.means.loc[(source.means["task"] == "onset") & (source.means["strategy"] == "dense"), "score"]
    (drawing,) = devices.draw(replace(source, boards=[replace(ROWS[0], parameters=trim), *ROWS[1:]]))
    (panel,) = drawing.figure.axes  # what has no score is not drawn
    dense, *markers = panel.get_lines()
    assert dense.get_xdata() == [score, score], "they are tickets of these results"
    known = read_devices()
    assert [marker.get_ydata()[0] for marker in markers] == list(range(len(known)))
    filled = [marker.get_markerfacecolor() != "white" for marker in markers]
    assert filled == [device.has("cortex-m4") for device in known] and any(filled) and not all(filled)
    nano = next(place for place, device in enumerate(known) if device.name == "Arduino Nano 33 BLE")
    assert markers[nano].get_xdata()[0] == 90.0 and "90.0, ~ 47 %" in [text.get_text() for text in panel.texts]
    assert {marker.get_marker() for marker in markers} == {"o"}
    assert f"small 90.0 on {len(known)} of {len(known)} devices" in drawing.alt


def test_a_device_that_nothing_fits_says_why(tmp_path: Path) -> None:
    heavy = replace(ROWS[0], ram=400_000, instructions=60_000_000)
    source = analysis(tmp_path, replace(GRID, boards=[heavy]))
    (drawing,) = devices.draw(source)
    (panel,) = drawing.figure.axes
    assert "too little RAM, time" in [text.get_text() for text in panel.texts]
    table = by_device.table(source)
    assert table.shown.loc[table.shown["device"] == "Arduino Nano 33 BLE", "onset"].item() == "– (RAM, time)"
    assert table.shown.loc[table.shown["device"] == "Raspberry Pi 5", "onset"].item() == "small 90.0 (~ 2.5 %)"
    told = table.data.set_index("device")
    assert told["lacks"]["Arduino Nano 33 BLE"] == "RAM time" and told["estimated_load"]["Raspberry Pi 5"] == 0.025
    assert all(line.get_linestyle() == "None" for line in panel.get_lines()), "dense is another training's"


def test_without_anything_measured_there_is_no_figure(tmp_path: Path) -> None:
    source = analysis(tmp_path, GRID)
    assert source.boards == () and list(devices.draw(source)) == [] and by_device.table(source).data.empty
