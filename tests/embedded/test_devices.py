"""Which ticket fits which device: sizes, time, the best of several, and budgets that nothing fits."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from fake_results import board
from typer.testing import CliRunner

from ultralight_mir.cli import app
from ultralight_mir.embedded.devices import SHARE, Device, best, choices, published_cycles, read_devices
from ultralight_mir.embedded.rendering import BEGIN, END, brief_table, device_table, measured_table
from ultralight_mir.embedded.table import write
from ultralight_mir.errors import InputError

SMALL = board("onset", metric="onset F, %", score=91.0, dense=91.2)
SMALLEST = replace(SMALL, ticket="smallest", score=90.0, parameters=1_000, macs=1_000_000, instructions=10_000_000)
DEVICE = Device("board", "core", 100_000, 21_000, 60e6, 5.0)


def test_load_is_the_larger_of_two_estimates() -> None:
    assert DEVICE.load(SMALL) == 0.5  # by instructions
    assert replace(DEVICE, cycles_per_mac=12.0).load(SMALL) == 0.8  # by MACs


@pytest.mark.parametrize(
    ("device", "lacks"),
    [
        (DEVICE, []),
        (replace(DEVICE, flash=99_999), ["flash"]),
        (replace(DEVICE, ram=20_999), ["RAM"]),  # the stack counts
        (replace(DEVICE, clock=30e6 / SHARE - 1), ["time"]),
        (replace(DEVICE, flash=1, ram=1, clock=1.0), ["flash", "RAM", "time"]),
    ],
)
def test_what_a_device_lacks(device: Device, lacks: list[str]) -> None:
    assert device.lacks(SMALL) == lacks


def test_the_best_that_fits_is_taken() -> None:
    assert best(DEVICE, [SMALLEST, SMALL]) == SMALL
    slow = replace(DEVICE, clock=20e6)
    assert best(slow, [SMALLEST, SMALL]) == SMALLEST
    assert best(replace(DEVICE, ram=1), [SMALLEST, SMALL]) is None
    equal = replace(SMALLEST, score=SMALL.score)
    assert best(DEVICE, [SMALL, equal]) == equal  # as good in less time


def test_a_device_is_given_what_was_measured_on_its_own_core() -> None:
    other = replace(SMALL, core="cortex-m7", instructions=1_000_000)
    large, none = replace(DEVICE, core="Cortex-M7"), replace(DEVICE, core="M0", ram=1)
    made = choices([SMALL, other, replace(SMALL, task="drums")], [large, none])
    assert [(choice.task, choice.ticket, choice.measured) for choice in made] == [
        ("onset", other, True),
        ("drums", replace(SMALL, task="drums"), False),
        ("onset", None, False),
        ("drums", None, False),
    ]
    assert made[2].lacks == ["RAM"]
    assert published_cycles("cortex-m7", [none, large]) == 5.0 and published_cycles("cortex-m4", [large]) == 0
    assert published_cycles("cortex-m4", read_devices()) == 6.5


def test_tables_tell_measured_from_estimated() -> None:
    table = measured_table([SMALL], [replace(DEVICE, core="Cortex-M4F", cycles_per_mac=6.5)])
    assert "| onset | small | 2,000 | 97.7 | 20.5 | 1e-07 | 1e-06 | 4.00 | 30.0 | 120 | ~ 217 | ~ 250 |" in table
    assert table.startswith("On a cortex-m4. Measured")
    both = measured_table([SMALL, replace(SMALL, core="cortex-m7")], [DEVICE])
    assert "| onset | small | cortex-m7 | 2,000 |" in both and both.startswith("Measured")
    shown = device_table([SMALL, SMALLEST], [DEVICE, replace(DEVICE, name="tiny", ram=1)])
    assert "| board | core | 60 | small 91.0 (~ 50 %) |" in shown
    assert "| tiny | core | 60 | – (RAM) |" in shown


def test_devices_of_the_package_say_where_their_figures_are_from() -> None:
    from importlib.resources import files

    from ultralight_mir.files import read_rows

    devices = read_devices()
    assert {"Arduino Nano 33 BLE", "STM32F746", "Raspberry Pi 5"} <= {device.name for device in devices}
    rows = read_rows(Path(str(files("ultralight_mir.embedded").joinpath("devices.csv"))))
    assert all(row["memory_and_clock_from"] for row in rows)
    assert all(bool(row["cycles_per_mac"]) == bool(row["cycles_per_mac_from"]) for row in rows)


def test_a_budget_that_nothing_fits_is_one_line(tmp_path: Path) -> None:
    write(tmp_path / "embedded.csv", [SMALL, SMALLEST])
    budgets = tmp_path / "budgets.csv"
    budgets.write_text("device,core,flash_kib,ram_kib,clock_mhz,cycles_per_mac\nwatch,M0,16,4,16,\n")
    done = CliRunner().invoke(app, ["devices", str(tmp_path / "embedded.csv"), "--budgets", str(budgets)])
    assert done.exit_code == 1 and isinstance(done.exception, InputError)
    assert str(done.exception) == "devices: no ticket fits any of watch in real time"


def test_tables_are_written_into_a_file_that_has_a_place_for_them(tmp_path: Path) -> None:
    write(tmp_path / "embedded.csv", [SMALL, SMALLEST, replace(SMALL, core="cortex-m7")])
    readme = tmp_path / "README.md"
    readme.write_text(f"before\n{BEGIN}\nold\n{END}\nafter\n")
    command = ["devices", str(tmp_path / "embedded.csv"), "--into", str(readme)]
    assert CliRunner().invoke(app, command).exit_code == 0
    text = readme.read_text()
    assert (
        text.startswith(f"before\n{BEGIN}\nOn a cortex-m4. Measured")
        and text.endswith(f"|\n{END}\nafter\n")
        and "old" not in text
    )
    assert text.count("| onset | small |") == 1  # the first core alone
    readme.write_text("no place")
    done = CliRunner().invoke(app, command)
    assert isinstance(done.exception, InputError) and "expected the lines" in str(done.exception)
    assert readme.read_text() == "no place"


@pytest.mark.parametrize(
    ("line", "message"),
    [("a,b,x,1,1,", "line 2: could not convert"), ("a,b,0,1,1,", "line 2: expected flash, RAM and clock above zero")],
)
def test_budgets_that_are_none(line: str, message: str, tmp_path: Path) -> None:
    path = tmp_path / "budgets.csv"
    path.write_text(f"device,core,flash_kib,ram_kib,clock_mhz,cycles_per_mac\n{line}\n")
    with pytest.raises(InputError, match=message):
        read_devices(path)


def test_a_table_that_is_none(tmp_path: Path) -> None:
    path = tmp_path / "embedded.csv"
    write(path, [SMALL])
    path.write_text(path.read_text().replace("100000", "many"))
    done = CliRunner().invoke(app, ["devices", str(path)])
    assert isinstance(done.exception, InputError) and "embedded.csv, line 2: invalid literal" in str(done.exception)
    assert isinstance(CliRunner().invoke(app, ["devices", str(tmp_path / "none.csv")]).exception, InputError)


def test_a_brief_table_has_a_line_a_task() -> None:
    large, slow = replace(DEVICE, name="large"), replace(DEVICE, name="slow", clock=30e6)
    tiny = replace(DEVICE, name="tiny", ram=1)
    drums = replace(SMALL, task="drums", score=None, dense=None)
    text = brief_table([SMALL, SMALLEST, drums, replace(SMALL, core="cortex-m7")], [large, slow, tiny])
    lines = text.splitlines()
    assert lines[0] == "| task | score | ticket | dense | flash KiB | RAM KiB | large | slow | tiny |"
    assert lines[2:] == [
        "| onset | onset F, % | 91.0 | 91.2 | 97.7 | 20.5 | ~ 50 % | smallest, 90.0: ~ 33 % | – (RAM) |",
        "| drums | onset F, % | – | – | 97.7 | 20.5 | ~ 50 % | – (time) | – (RAM) |",
    ]
