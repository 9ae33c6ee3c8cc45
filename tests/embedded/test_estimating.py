"""The network that is found for a device just fits it. (How near estimates are to what is measured: test_measuring.)"""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from typer.testing import CliRunner

from ultralight_mir import cost, footprint, networks, tickets
from ultralight_mir.cli import app
from ultralight_mir.embedded import estimating
from ultralight_mir.embedded.devices import read_devices
from ultralight_mir.errors import InputError
from ultralight_mir.export.c import Memory
from ultralight_mir.footprint import Estimate, Parts, estimate, macs_of
from ultralight_mir.ticket import Ticket
from ultralight_mir.trimming import Ranking, shrink
from ultralight_mir.weights import snapshot

TICKET = Ticket.read_folder(tickets.path("onset", "smallest"))


EXAMPLE = torch.zeros(1, 128, 80)


def _parameters(network: torch.nn.Module) -> int:
    return sum(parameter.numel() for parameter in network.parameters())


def _cut(ticket: Ticket, removed: float) -> Estimate:
    """What a ticket takes with so much of its dense network gone, of all layers alike."""
    dense = networks.build(ticket.recipe, ticket.seed)
    shrunk = shrink(ticket.network(), EXAMPLE, removed, ranking=Ranking(scope="local"), dense=dense)
    return estimate(Parts(ticket).part(shrunk.kept))


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Sizes by the number of weights alone: no graph is made."""
    monkeypatch.setattr(
        footprint, "memory", lambda ticket: Memory(4 * sum(w.numel() for w in ticket.weights.values()), 5_000, 4_000)
    )


def test_the_largest_network_that_fits_is_found(tmp_path: Path, quick: None) -> None:
    folder, budgets, whole = str(tickets.path("onset", "smallest")), tmp_path / "budgets.csv", estimate(TICKET)
    budgets.write_text(
        "device,core,flash_kib,ram_kib,clock_mhz,cycles_per_mac\nwatch,M4,64,4,64,6.5\nboard,M4,64,64,30,6\n"
    )
    watch, board = read_devices(budgets)
    assert board.lacks(whole) == ["time"]
    first, second = CliRunner().invoke(app, ["fits", folder, "board", "--budgets", str(budgets)]).output.splitlines()
    assert first.startswith("removed 0.981:") and first.endswith("too little time") and second.endswith("fits")
    removed = float(second.split()[1].removesuffix(":"))
    assert TICKET.removed < removed < 0.999
    assert board.lacks(_cut(TICKET, 1 - 1.1 * (1 - removed))) == ["time"], "one that is a tenth larger does not fit"
    with pytest.raises(InputError, match=r"watch: too little RAM for spectral_cnn, even with 0\.999\d of it removed"):
        estimating.fit(TICKET, watch)


def test_what_is_planned_from_fresh_weights_is_what_a_ladder_makes(quick: None) -> None:
    assert TICKET.strategy is not None and TICKET.strategy.scope == "local"
    fresh = snapshot(networks.build(TICKET.recipe, seed=1))
    dense = TICKET.model_copy(update={"kept": None, "removed": 0.0, "weights": fresh})
    planned = _cut(dense, TICKET.removed)
    assert planned.macs == pytest.approx(macs_of(TICKET), rel=0.1)  # a layer may differ by a unit of its few


def test_a_device_that_is_roomy_or_unknown(quick: None) -> None:
    folder = str(tickets.path("onset", "smallest"))
    said = CliRunner().invoke(app, ["fits", folder, "Arduino Nano 33 BLE"]).output
    assert said.startswith("removed 0.981: ~ ") and said.endswith("(at most 67): fits\n") and said.count("\n") == 1
    done = CliRunner().invoke(app, ["fits", folder, "clock"])
    assert isinstance(done.exception, InputError)
    assert str(done.exception).startswith("device 'clock': unknown, expected one of Arduino Nano 33 BLE, ")


def test_a_feature_that_nothing_was_measured_with_is_one_line() -> None:
    strange = TICKET.model_copy(update={"feature": {"name": "waveform"}})
    with pytest.raises(
        InputError, match="feature 'waveform': no ticket with it was measured, expected one of cqt_chord"
    ):
        estimate(strange)


def test_parts_are_estimated_as_the_tickets_that_they_make(quick: None) -> None:
    parts, network = Parts(TICKET), TICKET.network()
    kept = shrink(network, EXAMPLE, 0.5, ranking=Ranking(scope="local")).kept
    part, whole = parts.part(kept), estimate(TICKET)
    small, takes = part.network(), estimate(part)
    assert 1 - _parameters(small) / _parameters(network) == pytest.approx(0.5, abs=0.1)
    for measure, one, other in (
        ("flash", takes.flash, whole.flash),
        ("ram", takes.ram, whole.ram),
        ("cycles", takes.instructions, whole.instructions),
    ):
        assert parts.left(kept, measure) == pytest.approx(one / other)  # type: ignore[arg-type]
    macs = cost.macs(small, torch.zeros(1, 1000, 80)) / 10  # a second is a few frames more than a hundred
    assert takes.instructions - 12_462_235 == pytest.approx(6.64 * macs, rel=0.01)
