"""Dense training and rungs, end to end on the toy task: what the tickets say and what they hold."""

from __future__ import annotations

import json
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn
from toy import settings, toy_store

from ultralight_mir import cost, footprint, ladder, networks
from ultralight_mir.batches import Batches
from ultralight_mir.errors import InputError
from ultralight_mir.features.store import Store
from ultralight_mir.footprint import Estimate
from ultralight_mir.jobs.timing import Clock
from ultralight_mir.records import WIDTHS
from ultralight_mir.removal import STATISTICS_BATCHES
from ultralight_mir.strategy import Strategy
from ultralight_mir.tasks import get_task
from ultralight_mir.ticket import Ticket
from ultralight_mir.trimming import CRITERIA, find_weight_criterion, maskable
from ultralight_mir.weights import read_state

TRIM = {"name": "trim", "method": "trim", "criterion": "magnitude", "scope": "global", "scale": "none"}
REWIND = "5it"


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return toy_store(tmp_path)


@pytest.fixture
def dense(store: Store, tmp_path: Path) -> Path:
    ladder.train_dense(store, tmp_path / "dense", 0, settings(), Clock())
    return tmp_path / "dense"


def _read(folder: Path) -> Ticket:
    return Ticket.read_folder(folder, trust=True)


def _network(folder: Path) -> nn.Module:
    return _read(folder).network()


def _rung(store: Store, dense: Path, previous: Path, folder_name: str, removed: float, **changes: Any) -> Path:
    folder = dense.parent / folder_name
    strategy = Strategy.read({**TRIM, "reset": "rewind", "rewind": REWIND, **changes}, "strategy")
    early = dense.parent / f"{dense.name}-{REWIND}"
    if not early.exists():
        ladder.train_early(store, dense, early, REWIND, Clock(), trust=True)
    ladder.train_rung(store, dense, previous, folder, removed, strategy, Clock(), early=early, trust=True)
    return folder


def _size(folder: Path) -> int:
    return sum(p.numel() for p in _network(folder).parameters())


def test_a_ladder_of_trimmed_rungs(store: Store, dense: Path) -> None:
    first = _rung(store, dense, dense, "r1", 0.5)
    second = _rung(store, dense, first, "r2", 0.8)
    whole, tickets = _size(dense), [_read(f) for f in (first, second)]
    for folder, ticket, target in zip((first, second), tickets, (0.5, 0.8), strict=True):
        assert 1 - _size(folder) / whole == pytest.approx(ticket.removed)
        assert target <= ticket.removed < target + 0.15
        assert ticket.overshoot == pytest.approx(ticket.removed - target)
    assert [t.rung for t in tickets] == [1, 2]
    for name, layer in tickets[1].kept.layers.items():  # type: ignore[union-attr]
        assert set(layer.outputs) <= set(tickets[0].kept.layers[name].outputs)  # type: ignore[union-attr]


def test_a_loaded_ticket_runs_and_is_in_eval_mode(store: Store, dense: Path) -> None:
    network = _network(_rung(store, dense, dense, "r1", 0.5))
    assert not network.training
    assert network(torch.zeros(1, 20, 3)).shape == (1, 20, 1)


def test_masked_weights_stay_zero_through_training_and_grow_along_the_ladder(store: Store, dense: Path) -> None:
    first = _rung(store, dense, dense, "m1", 0.5, name="mask", method="mask")
    second = _rung(store, dense, first, "m2", 0.8, name="mask", method="mask")
    whole = _size(dense)
    zeros = [{n: w == 0 for n, w in maskable(_network(f)).items()} for f in (first, second)]
    for target, masked in zip((0.5, 0.8), zeros, strict=True):
        assert sum(int(z.sum()) for z in masked.values()) == round(target * whole)
    assert all(bool((zeros[1][n] | ~zeros[0][n]).all()) for n in zeros[0])


@pytest.mark.parametrize(("criterion", "scope"), [("gradient", "local"), ("inverse_gradient", "global")])
def test_weights_are_masked_by_what_the_loss_says_of_them(
    store: Store, dense: Path, criterion: str, scope: str
) -> None:
    changes = {"name": "m", "method": "mask", "criterion": criterion, "scope": scope}
    first = _rung(store, dense, dense, "m1", 0.5, **changes)
    second = _rung(store, dense, first, "m2", 0.8, **changes)
    task, pairs = get_task(store.task), list(islice(Batches(store, 4, 50, 0), STATISTICS_BATCHES))
    scores = find_weight_criterion(criterion)(_network(dense), pairs, loss=task.loss)
    zeros = [{name: weight == 0 for name, weight in maskable(_network(folder)).items()} for folder in (first, second)]
    assert all(bool((zeros[1][name] | ~gone).all()) for name, gone in zeros[0].items()), "masks only grow"
    counts = {name: int(gone.sum()) for name, gone in zeros[0].items()}
    assert sum(counts.values()) == round(0.5 * _size(dense))
    if scope == "local":
        share = sum(counts.values()) / sum(gone.numel() for gone in zeros[0].values())
        assert all(abs(counts[name] - share * gone.numel()) <= 1 for name, gone in zeros[0].items())
        parts = [(scores[name][gone], scores[name][~gone]) for name, gone in zeros[0].items()]
    else:
        lost, left = (torch.cat([scores[n][g == gone] for n, g in zeros[0].items()]) for gone in (True, False))
        parts = [(lost, left)]
    assert all(lost.max() <= left.min() for lost, left in parts), "what ranked lowest is what went"


def test_hybrid_trims_and_masks(store: Store, dense: Path) -> None:
    folder = _rung(store, dense, dense, "h", 0.75, name="hybrid", method="hybrid")
    network, whole = _network(folder), _size(dense)
    assert 0.3 * whole < _size(folder) < 0.6 * whole
    alive = sum(int(p.count_nonzero()) for p in network.parameters())
    assert alive <= 0.25 * whole + 1


def test_rewinding_starts_from_the_early_weights_statistics_included(store: Store, dense: Path) -> None:
    """With one step left to train, a rewound ticket is the early dense network, cut."""
    folder = dense.parent / "short"
    ladder.train_dense(store, folder, 0, settings(steps=6), Clock())
    rung = _rung(store, folder, folder, "near", 0.5)
    early = read_state(folder.parent / f"short-{REWIND}" / "weights.safetensors")
    ticket = _read(rung)
    kept = ticket.kept.layers["norm"].outputs  # type: ignore[union-attr]
    moved = (ticket.weights["norm.running_mean"] - early["norm.running_mean"][list(kept)]).abs().max()
    assert moved < 0.2 * early["norm.running_mean"].abs().max()
    assert int(ticket.weights["norm.num_batches_tracked"]) == int(early["norm.num_batches_tracked"]) + 1


def test_early_weights_are_on_the_way_to_the_dense_network(store: Store, dense: Path) -> None:
    """A training that is stopped at the last step but none is the dense network's own, whenever it is asked for."""
    for moment, step in (("0it", 0), ("29it", 29), ("2ep", 3)):
        early = dense.parent / moment
        ladder.train_early(store, dense, early, moment, Clock(), trust=True)
        assert json.loads((early / "rewind.json").read_text())["step"] == step
        state = read_state(early / "weights.safetensors")
        assert int(state["norm.num_batches_tracked"]) == step
    start = read_state(dense.parent / "0it" / "weights.safetensors")
    near = read_state(dense.parent / "29it" / "weights.safetensors")
    final = _read(dense).weights
    for name in ("first.weight", "last.weight"):
        assert (near[name] - final[name]).abs().max() < 0.1 * (start[name] - final[name]).abs().max()


def test_dropout_is_drawn_from_the_seed_and_early_weights_are_the_dense_networks_own(
    store: Store, tmp_path: Path
) -> None:
    """Torch's generator stands elsewhere in another process; stopped a step before its end, training is the same."""
    drops = settings(network="toy:DropNet", steps=6)
    for number in range(2):
        torch.manual_seed(number)
        ladder.train_dense(store, tmp_path / f"dense-{number}", 0, drops, Clock())
    assert (tmp_path / "dense-0/ticket.json").read_bytes() == (tmp_path / "dense-1/ticket.json").read_bytes()
    torch.manual_seed(7)
    ladder.train_early(store, tmp_path / "dense-0", tmp_path / "early", "5it", Clock(), trust=True)
    early = read_state(tmp_path / "early" / "weights.safetensors")
    network = networks.build(_read(tmp_path / "dense-0").recipe, 0)
    network.load_state_dict(early)
    final = _read(tmp_path / "dense-0").weights["norm.running_mean"]
    batches = Batches(store, 4, 50, 0)
    for _ in range(5):
        next(batches)
    network.train()(next(batches)[0])  # the sixth step's forward pass moves the statistics to where dense has them
    torch.testing.assert_close(network.state_dict()["norm.running_mean"], final)


def test_early_weights_of_another_training_are_refused(store: Store, dense: Path) -> None:
    other = dense.parent / "other"
    ladder.train_dense(store, other, 1, settings(), Clock())
    ladder.train_early(store, other, other.parent / f"dense-{REWIND}", REWIND, Clock(), trust=True)
    with pytest.raises(InputError, match=r"rewind\.json: of toy:ToyTask toy 1 5it, expected toy:ToyTask toy 0 5it"):
        _rung(store, dense, dense, "bad", 0.5)
    with pytest.raises(InputError, match="rewinds to 5it, expected --early, its folder"):
        ladder.train_rung(
            store, dense, dense, dense.parent / "bad", 0.5, Strategy(**TRIM, rewind="5it"), Clock(), trust=True
        )
    assert not (dense.parent / "bad").exists()


@pytest.mark.parametrize("measure", ["macs", "bytes", "units"])
def test_a_rung_can_be_asked_for_in_macs_bytes_or_units(store: Store, dense: Path, measure: str) -> None:
    ticket = _read(_rung(store, dense, dense, measure, 0.6, measure=measure))
    inputs = torch.zeros(1, 50, 3)
    nets = [_network(dense), ticket.network()]
    if measure == "macs":
        sizes = [cost.macs(net, inputs) for net in nets]
    elif measure == "units":
        sizes = [net.first.out_channels + net.second.out_channels for net in nets]
    else:
        sizes = [sum(t.numel() * t.element_size() for t in net.state_dict().values()) for net in nets]
    assert 0 <= ticket.overshoot < 0.1
    assert 1 - sizes[1] / sizes[0] == pytest.approx(0.6 + ticket.overshoot, abs=1e-6)
    assert ticket.removed == pytest.approx(1 - _size(dense.parent / measure) / _size(dense))


def _takes(ticket: Ticket) -> Estimate:
    """Four bytes a weight beside what stays; RAM wobbles with the width, as tensors find their places."""
    first, second = (ticket.weights[f"{name}.weight"].shape[0] for name in ("first", "second"))
    weights = sum(weight.numel() for weight in ticket.weights.values())
    return Estimate(
        flash=4 * weights + 100, ram=40 * (first + second) + 30 * (second % 2) + 100, macs=0, instructions=0
    )


@pytest.mark.parametrize("measure", ["flash", "ram"])
def test_a_ladder_is_asked_for_in_what_devices_have(
    store: Store, dense: Path, measure: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(footprint, "estimate", _takes)
    whole, previous, before = getattr(_takes(_read(dense)), measure), dense, 0.0
    for removed in (0.3, 0.6):
        previous = _rung(store, dense, previous, f"{measure}-{removed}", removed, measure=measure)
        ticket = _read(previous)
        gone = 1 - getattr(_takes(ticket), measure) / whole
        assert removed <= gone < removed + 0.12, "what was asked for, and a unit at most"
        assert ticket.overshoot == pytest.approx(gone - removed) and ticket.removed_target == removed
        assert ticket.removed == pytest.approx(1 - _size(previous) / _size(dense)) and ticket.removed > before
        before = ticket.removed
    most = r"trim, rung 3: removed 0\.99 of \w+, expected at most 0\.\d+, which is gone when all is that can go$"
    with pytest.raises(InputError, match=most) as caught:
        _rung(store, dense, previous, "all", 0.99, measure=measure)
    assert not (dense.parent / "all").exists()
    possible = float(str(caught.value).partition("at most ")[2].partition(",")[0])
    assert _read(_rung(store, dense, previous, "most", possible, measure=measure)).overshoot < 0.002


def test_widths_are_rounded_floored_and_written_down(store: Store, dense: Path) -> None:
    rounded = _rung(store, dense, dense, "round", 0.5, round_to=4)
    widths = WIDTHS.read(rounded / "widths.csv").to_dict("records")
    trimmed = [row for row in widths if row["outputs"] != row["dense_outputs"]]
    assert trimmed and all(int(row["outputs"]) % 4 == 0 for row in trimmed)
    floored = _rung(store, dense, dense, "floor", 0.9, floor=5)
    ticket, rows = _read(floored), WIDTHS.read(floored / "widths.csv").to_dict("records")
    marked = {row["layer"] for row in rows if row["floored"] == 1}
    assert marked == set(ticket.floored) - {"norm"} != set()
    assert all(int(row["outputs"]) >= 5 for row in rows if int(row["dense_outputs"]) >= 5)
    network = ticket.network()
    for row in rows:
        weight = next(p for n, p in network.get_submodule(row["layer"]).named_parameters() if p.dim() > 1)
        assert (int(row["outputs"]), int(row["weights"])) == (weight.shape[0], int(weight.count_nonzero()))
    masked = WIDTHS.read(_rung(store, dense, dense, "m", 0.5, method="mask") / "widths.csv").to_dict("records")
    assert all(row["outputs"] == row["dense_outputs"] for row in masked)
    assert sum(int(row["weights"]) for row in masked) < 0.5 * sum(int(row["dense_weights"]) for row in masked)


@pytest.mark.parametrize("criterion", CRITERIA)
@pytest.mark.parametrize("method", ["trim", "hybrid"])
def test_every_criterion_serves_a_ladder(store: Store, dense: Path, criterion: str, method: str) -> None:
    first = _rung(store, dense, dense, "c1", 0.5, criterion=criterion, method=method)
    ticket = _read(_rung(store, dense, first, "c2", 0.75, criterion=criterion, method=method))
    assert 0.75 <= ticket.removed < 0.9 and ticket.strategy is not None and ticket.strategy.criterion == criterion


@pytest.mark.parametrize("reset", ["rewind", "reinit", "finetune", "lr-rewind"])
def test_every_reset_trains(store: Store, dense: Path, reset: str) -> None:
    ticket = _read(_rung(store, dense, dense, reset, 0.5, reset=reset))
    assert ticket.strategy is not None and ticket.loss < 0.7 and ticket.strategy.reset == reset


def test_reinit_keeps_the_same_units_but_other_weights(store: Store, dense: Path) -> None:
    rewound, fresh = (_read(_rung(store, dense, dense, r, 0.5, reset=r)) for r in ("rewind", "reinit"))
    assert rewound.kept == fresh.kept
    assert not torch.equal(rewound.weights["first.weight"], fresh.weights["first.weight"])


def test_a_rung_is_the_same_every_time(store: Store, dense: Path) -> None:
    one, two = (_rung(store, dense, dense, n, 0.6, criterion="random") for n in "ab")
    assert (one / "weights.safetensors").read_bytes() == (two / "weights.safetensors").read_bytes()
    assert (one / "ticket.json").read_text() == (two / "ticket.json").read_text()


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"method": "cut"}, "method: found 'cut', expected 'trim', 'mask', 'hybrid' or 'small'"),
        ({"criterion": "beauty"}, "criterion: 'beauty', expected one of"),
        ({"method": "mask", "measure": "macs"}, "measure: 'macs' with method mask, expected method trim"),
        ({"method": "mask", "criterion": "batchnorm"}, "'batchnorm' ranks units, not weights"),
        ({"reset": "forget"}, "reset: found 'forget', expected 'rewind', 'reinit'"),
        ({"rewind": "9it"}, r"rewind\.json: of toy:ToyTask toy 0 5it, expected toy:ToyTask toy 0 9it"),
        ({"objective": "nobody:Loss"}, "objective 'nobody:Loss': cannot be imported"),
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


def test_a_loss_that_turns_nan_leaves_no_ticket(store: Store, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"toy dense, step \d+: the loss is (nan|inf), expected a finite number"):
        ladder.train_dense(store, tmp_path / "wild", 0, settings(network="toy:WildNet"), Clock())
    assert not (tmp_path / "wild").exists()


def test_unknown_settings_are_refused(store: Store, tmp_path: Path) -> None:
    for changes, message in (
        ({"options": {"wdith": 4}}, "wdith"),
        ({"network": "nowhere:Net"}, "cannot be imported"),
        ({"network": "resnet"}, "unknown, expected one of"),
        ({"speed": 1}, "settings, schedule.speed: unknown key"),
    ):
        with pytest.raises(InputError, match=message):
            ladder.train_dense(store, tmp_path / "bad", 0, settings(**changes), Clock())
    assert not (tmp_path / "bad").exists()


@pytest.mark.parametrize(
    ("network", "message"),
    [
        ("Raises", r"network 'bad_networks:Raises': options \{\}: RuntimeError: no such thing$"),
        ("Empty", "has no parameters, expected something to train"),
        ("Tuple", r"gives a tuple, expected logits \[1, 50, 1\]"),
        ("Wide", r"gives \[1, 50, 7\] of inputs \[1, 50, 3\], expected logits \[1, 50, 1\]"),
        ("Short", r"gives \[1, 25, 1\] of inputs"),
        ("Pooled", r"gives \[1, 1\] of inputs"),
        ("Stumbles", r"of inputs \[1, 50, 3\] it raises ZeroDivisionError"),
    ],
)
def test_a_network_that_cannot_serve_is_said_before_any_training(
    store: Store, tmp_path: Path, network: str, message: str
) -> None:
    with pytest.raises(InputError, match=message) as caught:
        ladder.train_dense(store, tmp_path / "bad", 0, settings(network=f"bad_networks:{network}", options={}), Clock())
    assert "\n" not in str(caught.value) and not (tmp_path / "bad").exists()


class Halved:
    """An objective of one's own, which looks at the dense network that its ladder starts from."""

    def __init__(self, task: Any, strategy: Any, teachers: Any) -> None:
        self._task, (self._dense,) = task, teachers

    def __call__(self, network: Any, inputs: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
        said = self._dense(inputs)
        assert not said.requires_grad
        return self._task.loss(network(inputs), (targets + said.sigmoid()) / 2)


def test_an_objective_of_ones_own_trains_beside_the_dense_network(store: Store, dense: Path) -> None:
    plain = _read(_rung(store, dense, dense, "plain", 0.5))
    taught = _read(_rung(store, dense, dense, "taught", 0.5, objective=f"{__name__}:Halved"))
    assert taught.kept == plain.kept and taught.strategy is not None
    assert taught.strategy.objective.endswith(":Halved")
    assert not torch.equal(taught.weights["first.weight"], plain.weights["first.weight"])


def test_a_ticket_says_its_gpu_and_no_cpu(dense: Path) -> None:
    ticket = _read(dense)
    assert ticket.device == "cpu" and "device" not in json.loads((dense / "ticket.json").read_text())
    ticket.model_copy(update={"device": "A GPU"}).write(dense)
    assert _read(dense).device == "A GPU"


def test_a_ticket_carries_what_its_decisions_need(store: Store, dense: Path) -> None:
    ticket = _read(_rung(store, dense, dense, "r", 0.5))
    assert set(ticket.thresholds) == {"on"} and ticket.thresholds != _read(dense).thresholds
    assert ticket.feature == store.description and ticket.feature["sample_rate"] == 8_000
