"""Tickets on microcontrollers: what is built runs under QEMU and says what ONNX Runtime says; what lacks is told."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner
from untrained import write_ticket

from ultralight_mir import tickets
from ultralight_mir.cli import app
from ultralight_mir.embedded import firmware, tools
from ultralight_mir.embedded.cores import CORES
from ultralight_mir.embedded.measuring import Named, measure
from ultralight_mir.embedded.table import read, write
from ultralight_mir.errors import InputError
from ultralight_mir.export.c import AGREED
from ultralight_mir.export.calibration import synthesised
from ultralight_mir.footprint import estimate
from ultralight_mir.ticket import Ticket

MISSING = [name for name in tools.PACKAGES if shutil.which(name) is None]
needs_tools = pytest.mark.skipif(bool(MISSING), reason=f"not installed: {', '.join(MISSING)} (make embedded)")


@needs_tools
def test_a_ticket_runs_bare_metal(tmp_path: Path) -> None:
    pytest.importorskip("emx_onnx_cgen", reason="emx-onnx-cgen is not installed (pip install 'ultralight-mir[c]')")
    rows = list(measure([Named("onset", "smallest", tickets.path("onset", "smallest"))]))
    assert [row.core for row in rows] == [core.name for core in CORES]
    for row in rows:
        assert row.network_difference <= AGREED and row.difference <= AGREED
        # At least its weights, at most what README promises of every task.
        assert 4 * row.parameters < row.flash < 256 * 1024
        assert row.stack > 0 and row.ram + row.stack < 64 * 1024
        assert row.macs < row.network_instructions < row.instructions
        assert row.score is not None and row.metric
    made = estimate(Ticket.read_folder(tickets.path("onset", "smallest")))  # as near as docs/howto/devices.md promises
    assert made.flash == pytest.approx(rows[0].flash, rel=0.03) and made.macs == rows[0].macs
    assert made.ram == pytest.approx(rows[0].ram + rows[0].stack, rel=0.01)
    assert made.instructions == pytest.approx(rows[0].instructions, rel=0.15)
    write(tmp_path / "embedded.csv", rows)
    assert read(tmp_path / "embedded.csv") == rows


@needs_tools
def test_eight_bits_take_less() -> None:
    pytest.importorskip("emx_onnx_cgen", reason="emx-onnx-cgen is not installed (pip install 'ultralight-mir[c]')")
    named = [Named("onset", "smallest", tickets.path("onset", "smallest"))]
    (row,) = measure(named, CORES[:1], lambda ticket, folder: synthesised(ticket, 10))
    (whole,) = measure(named, CORES[:1])
    assert row.ticket == "smallest int8" and row.score is None
    assert row.flash < 0.7 * whole.flash and row.ram < 0.85 * whole.ram


@needs_tools
def test_c_that_does_not_build_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "ticket.c").write_text("int ticket(void) { return undeclared; }\n")
    with pytest.raises(InputError, match=r"cortex-m4: failed with 1 \(.*error") as caught:
        firmware.build(tmp_path, CORES[0], tmp_path / "out.elf")
    assert "\n" not in str(caught.value)
    with pytest.raises(InputError, match=r"empty: no ticket\.c, expected a folder that ultralight-mir export --to c"):
        firmware.build(tmp_path / "empty", CORES[0], tmp_path / "out.elf")


def test_missing_tools_are_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    done = CliRunner().invoke(app, ["embedded", "-o", str(tmp_path / "out.csv")])
    assert done.exit_code == 1 and isinstance(done.exception, InputError)
    assert str(done.exception).startswith("arm-none-eabi-gcc, arm-none-eabi-size, qemu-system-arm: not installed")
    assert "apt-get install gcc-arm-none-eabi qemu-system-arm libnewlib-arm-none-eabi" in str(done.exception)
    assert not (tmp_path / "out.csv").exists()


@needs_tools
def test_a_task_without_a_ticket_is_one_line(tmp_path: Path) -> None:
    done = CliRunner().invoke(app, ["embedded", "--task", "beats", "-o", str(tmp_path / "out.csv")])
    assert isinstance(done.exception, InputError)
    assert "task 'beats': no ticket comes with the package, expected one of chord" in str(done.exception)


@needs_tools
def test_a_ticket_that_has_no_c_is_one_line(tmp_path: Path) -> None:
    pytest.importorskip("emx_onnx_cgen", reason="emx-onnx-cgen is not installed (pip install 'ultralight-mir[c]')")
    folder = write_ticket(tmp_path / "mine", "instrument", "crnn", {"width": 2})
    done = CliRunner().invoke(app, ["embedded", str(folder), "-o", str(tmp_path / "out.csv")])
    assert isinstance(done.exception, InputError) and "crnn: no C for it" in str(done.exception)
    assert not (tmp_path / "out.csv").exists()
