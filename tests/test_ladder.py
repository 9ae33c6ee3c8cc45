"""Dense training and rungs, end to end on the toy task: what the tickets say and what they hold."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import torch
from toy import ToyTask, toy_store

import ultralight_mir
from ultralight_mir import cost, ladder
from ultralight_mir import widths as widths_table
from ultralight_mir.errors import InputError
from ultralight_mir.features.store import Store
from ultralight_mir.files import read_rows
from ultralight_mir.jobs.timing import Clock
from ultralight_mir.paths import rewind_file
from ultralight_mir.ticket import Ticket, read_state
from ultralight_mir.trimming import CRITERIA, maskable

DENSE = {
    "network": "toy:ToyNet",
    "options": {"width": 16},
    "training": {"steps": 30, "batch": 4, "frames": 50, "learning_rate": 0.01, "precision": "float32"},
    "rewind": ["0it", "5it"],
}
TRIM = {"name": "trim", "method": "trim", "criterion": "magnitude", "scope": "global", "scale": "none"}


@pytest.fixture(autouse=True)
def _toy_task(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ladder, "get_task", lambda name: ToyTask())


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return toy_store(tmp_path)


@pytest.fixture
def dense(store: Store, tmp_path: Path) -> Path:
    ladder.train_dense(store, tmp_path / "dense", 0, DENSE, Clock())
    return tmp_path / "dense"


def _rung(store: Store, dense: Path, previous: Path, folder_name: str, removed: float, **changes: Any) -> Path:
    folder = dense.parent / folder_name
    settings = {**TRIM, "reset": "rewind", "rewind": "5it", **changes}
    ladder.train_rung(store, dense, previous, folder, removed, settings, Clock())
    return folder


def _size(folder: Path) -> int:
    return sum(p.numel() for p in ultralight_mir.load_ticket(folder).parameters())


def test_a_ladder_of_trimmed_rungs(store: Store, dense: Path) -> None:
    first = _rung(store, dense, dense, "r1", 0.5)
    second = _rung(store, dense, first, "r2", 0.8)
    whole, tickets = _size(dense), [Ticket.read(f) for f in (first, second)]
    for folder, ticket, target in zip((first, second), tickets, (0.5, 0.8), strict=True):
        assert 1 - _size(folder) / whole == pytest.approx(ticket.removed)
        assert target <= ticket.removed < target + 0.15
        assert ticket.overshoot == pytest.approx(ticket.removed - target)
    assert [t.rung for t in tickets] == [1, 2]
    for name, layer in tickets[1].kept.layers.items():  # type: ignore[union-attr]
        assert set(layer.outputs) <= set(tickets[0].kept.layers[name].outputs)  # type: ignore[union-attr]


def test_a_loaded_ticket_runs_and_is_in_eval_mode(store: Store, dense: Path) -> None:
    network = ultralight_mir.load_ticket(_rung(store, dense, dense, "r1", 0.5) / "ticket.json")
    assert not network.training
    assert network(torch.zeros(1, 20, 3)).shape == (1, 20, 1)


def test_masked_weights_stay_zero_through_training_and_grow_along_the_ladder(store: Store, dense: Path) -> None:
    first = _rung(store, dense, dense, "m1", 0.5, name="mask", method="mask")
    second = _rung(store, dense, first, "m2", 0.8, name="mask", method="mask")
    whole = _size(dense)
    zeros = [{n: w == 0 for n, w in maskable(ultralight_mir.load_ticket(f)).items()} for f in (first, second)]
    for target, masked in zip((0.5, 0.8), zeros, strict=True):
        assert sum(int(z.sum()) for z in masked.values()) == round(target * whole)
    assert all(bool((zeros[1][n] | ~zeros[0][n]).all()) for n in zeros[0])


def test_hybrid_trims_and_masks(store: Store, dense: Path) -> None:
    folder = _rung(store, dense, dense, "h", 0.75, name="hybrid", method="hybrid")
    network, whole = ultralight_mir.load_ticket(folder), _size(dense)
    assert 0.3 * whole < _size(folder) < 0.6 * whole
    alive = sum(int(p.count_nonzero()) for p in network.parameters())
    assert alive <= 0.25 * whole + 1


def test_rewinding_starts_from_the_early_weights_statistics_included(store: Store, dense: Path) -> None:
    """With no step left to train, a rewound ticket is the early dense network, cut."""
    short = {**DENSE, "training": {**DENSE["training"], "steps": 6}}
    folder = dense.parent / "short"
    ladder.train_dense(store, folder, 0, short, Clock())
    early = read_state(folder / rewind_file("5it"))
    rung = _rung(store, folder, folder, "near", 0.5)
    ticket = Ticket.read(rung)
    kept = ticket.kept.layers["norm"].outputs  # type: ignore[union-attr]
    moved = (ticket.weights["norm.running_mean"] - early["norm.running_mean"][list(kept)]).abs().max()
    assert moved < 0.2 * early["norm.running_mean"].abs().max()
    assert int(ticket.weights["norm.num_batches_tracked"]) == int(early["norm.num_batches_tracked"]) + 1


@pytest.mark.parametrize("measure", ["macs", "bytes"])
def test_a_rung_can_be_asked_for_in_macs_or_bytes(store: Store, dense: Path, measure: str) -> None:
    ticket = Ticket.read(_rung(store, dense, dense, measure, 0.6, measure=measure))
    inputs = torch.zeros(1, 50, 3)
    nets = [ultralight_mir.load_ticket(dense), ticket.network()]
    if measure == "macs":
        sizes = [cost.macs(net, inputs) for net in nets]
    else:
        sizes = [sum(t.numel() * t.element_size() for t in net.state_dict().values()) for net in nets]
    assert 0 <= ticket.overshoot < 0.1
    assert 1 - sizes[1] / sizes[0] == pytest.approx(0.6 + ticket.overshoot, abs=1e-6)
    assert ticket.removed == pytest.approx(1 - _size(dense.parent / measure) / _size(dense))


def test_widths_are_rounded_floored_and_written_down(store: Store, dense: Path) -> None:
    rounded = _rung(store, dense, dense, "round", 0.5, round_to=4)
    widths = read_rows(rounded / "widths.csv", widths_table.COLUMNS)
    trimmed = [row for row in widths if row["outputs"] != row["dense_outputs"]]
    assert trimmed and all(int(row["outputs"]) % 4 == 0 for row in trimmed)
    floored = _rung(store, dense, dense, "floor", 0.9, floor=5)
    ticket, rows = Ticket.read(floored), read_rows(floored / "widths.csv", widths_table.COLUMNS)
    marked = {row["layer"] for row in rows if row["floored"] == "1"}
    assert marked == set(ticket.floored) - {"norm"} != set()
    assert all(int(row["outputs"]) >= 5 for row in rows if int(row["dense_outputs"]) >= 5)
    network = ticket.network()
    for row in rows:
        weight = next(p for n, p in network.get_submodule(row["layer"]).named_parameters() if p.dim() > 1)
        assert (int(row["outputs"]), int(row["weights"])) == (weight.shape[0], int(weight.count_nonzero()))
    masked = read_rows(_rung(store, dense, dense, "m", 0.5, method="mask") / "widths.csv", widths_table.COLUMNS)
    assert all(row["outputs"] == row["dense_outputs"] for row in masked)
    assert sum(int(row["weights"]) for row in masked) < 0.5 * sum(int(row["dense_weights"]) for row in masked)


@pytest.mark.parametrize("criterion", CRITERIA)
@pytest.mark.parametrize("method", ["trim", "hybrid"])
def test_every_criterion_serves_a_ladder(store: Store, dense: Path, criterion: str, method: str) -> None:
    first = _rung(store, dense, dense, "c1", 0.5, criterion=criterion, method=method)
    ticket = Ticket.read(_rung(store, dense, first, "c2", 0.75, criterion=criterion, method=method))
    assert 0.75 <= ticket.removed < 0.9 and ticket.strategy.criterion == criterion


@pytest.mark.parametrize("reset", ["rewind", "reinit", "finetune", "lr-rewind"])
def test_every_reset_trains(store: Store, dense: Path, reset: str) -> None:
    ticket = Ticket.read(_rung(store, dense, dense, reset, 0.5, reset=reset))
    assert ticket.loss < 0.7 and ticket.strategy.reset == reset


def test_reinit_keeps_the_same_units_but_other_weights(store: Store, dense: Path) -> None:
    rewound, fresh = (Ticket.read(_rung(store, dense, dense, r, 0.5, reset=r)) for r in ("rewind", "reinit"))
    assert rewound.kept == fresh.kept
    assert not torch.equal(rewound.weights["first.weight"], fresh.weights["first.weight"])


def test_a_rung_is_the_same_every_time(store: Store, dense: Path) -> None:
    one, two = (_rung(store, dense, dense, n, 0.6, criterion="random") for n in "ab")
    assert (one / "weights.safetensors").read_bytes() == (two / "weights.safetensors").read_bytes()
    assert (one / "ticket.json").read_text() == (two / "ticket.json").read_text()


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"method": "cut"}, "method: 'cut', expected trim, mask or hybrid"),
        ({"criterion": "beauty"}, "criterion: 'beauty', expected one of"),
        ({"method": "mask", "measure": "macs"}, "measure: 'macs' with method mask, expected method trim"),
        ({"method": "mask", "criterion": "batchnorm"}, "'batchnorm' ranks units, not weights"),
        ({"reset": "forget"}, "reset: 'forget', expected one of"),
        ({"rewind": "9it"}, r"rewind-9it\.safetensors: no such file"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_a_wrong_strategy_is_refused_and_writes_nothing(store: Store, dense: Path, changes: Any, message: str) -> None:
    with pytest.raises(InputError, match=message):
        _rung(store, dense, dense, "bad", 0.5, **changes)
    assert not (dense.parent / "bad").exists()


def test_a_ladder_only_goes_down(store: Store, dense: Path) -> None:
    first = _rung(store, dense, dense, "r1", 0.5)
    with pytest.raises(InputError, match=r"removed 0\.4: expected more than the 0\.5"):
        _rung(store, dense, first, "r2", 0.4)


def test_a_truncated_checkpoint_is_refused(dense: Path) -> None:
    weights = dense / "weights.safetensors"
    weights.write_bytes(weights.read_bytes()[:200])
    with pytest.raises(InputError, match=r"weights\.safetensors: truncated or not a safetensors file"):
        ultralight_mir.load_ticket(dense)


def test_a_checkpoint_of_another_network_is_refused(store: Store, dense: Path, tmp_path: Path) -> None:
    ladder.train_dense(store, tmp_path / "other", 0, {**DENSE, "options": {"width": 4}}, Clock())
    (tmp_path / "other" / "weights.safetensors").replace(dense / "weights.safetensors")
    with pytest.raises(InputError, match="the weights are of another network"):
        ultralight_mir.load_ticket(dense)


@pytest.mark.parametrize("change", [{"format": 99}, {"recipe": {"network": "x"}}, {"kept": {"first": 3}}])
def test_a_malformed_ticket_is_refused(dense: Path, change: dict[str, Any]) -> None:
    about = json.loads((dense / "ticket.json").read_text())
    (dense / "ticket.json").write_text(json.dumps({**about, **change}))
    with pytest.raises(InputError):
        ultralight_mir.load_ticket(dense)


def test_a_loss_that_turns_nan_leaves_no_ticket(store: Store, tmp_path: Path) -> None:
    wild = {**DENSE["training"], "learning_rate": 1e30}  # type: ignore[dict-item]
    with pytest.raises(InputError, match=r"onset dense, step \d+: the loss is (nan|inf), expected a finite number"):
        ladder.train_dense(store, tmp_path / "wild", 0, {**DENSE, "training": wild}, Clock())
    assert not (tmp_path / "wild").exists()


def test_unknown_settings_are_refused(store: Store, tmp_path: Path) -> None:
    for changes, message in (
        ({"options": {"wdith": 4}}, "wdith"),
        ({"network": "nowhere:Net"}, "cannot be imported"),
        ({"network": "resnet"}, "unknown, expected one of"),
        ({"training": {"steps": 5, "speed": 1}}, "speed"),
    ):
        with pytest.raises(InputError, match=message):
            ladder.train_dense(store, tmp_path / "bad", 0, {**DENSE, "rewind": ["0it"], **changes}, Clock())
    assert not (tmp_path / "bad").exists()
