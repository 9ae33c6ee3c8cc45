"""Early stopping ends training and keeps the best weights; a plateau slows it down; both hear validation clips."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from toy import ToyNet, ToyTask, seeded, settings, toy_store

from ultralight_mir import ladder, validation
from ultralight_mir.batches import Batches
from ultralight_mir.errors import InputError
from ultralight_mir.features.store import Store
from ultralight_mir.files import read_rows
from ultralight_mir.jobs.timing import Clock
from ultralight_mir.objective import Supervised
from ultralight_mir.schedule import Schedule, Training
from ultralight_mir.stepping import Manner, Stepper
from ultralight_mir.ticket import Ticket
from ultralight_mir.training import History, fit
from ultralight_mir.watch import Forward, Watch
from ultralight_mir.weights import State, read_state, snapshot

BASE: dict[str, Any] = {"steps": 40, "batch": 4, "frames": 50, "learning_rate": 1e-2, "precision": "float32"}
LOSSES = (5.0, 4.0, 4.0, 3.0, 3.5, 3.0, 3.2, float("nan"), 2.0)
"""What the validation clips are said to have lost at each check: the fourth is the lowest but for the last."""

UNTRAINED = 0.1
"""And before the first step: lower than all, and no reason to keep what was not trained."""


class Told:
    """A watch that is told its losses; remembers the weights at each, the untrained first, and the rates."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, store: Store, losses: Sequence[float], **changes: Any) -> None:
        self.network, self.states, self.rates = seeded(ToyNet), [], []  # type: ignore[var-annotated]
        self._losses = iter((UNTRAINED, *losses))
        self.schedule = Schedule(**{**BASE, "check": "3it", **changes})
        taken = Stepper.step

        def step(stepper: Stepper, inputs: Tensor, targets: Tensor, rate: float) -> Tensor:
            self.rates.append(rate)
            return taken(stepper, inputs, targets, rate)

        monkeypatch.setattr(Stepper, "step", step)
        self._store = store

    def heard(self, forward: Forward) -> float:
        assert not self.network.training
        self.states.append(snapshot(self.network))
        return next(self._losses)

    def fit(self, last_step: int | None = None) -> History:
        batches = Batches(self._store, 4, 50, 0)
        watch = Watch(self.schedule, self.heard, batches.steps_per_epoch)
        objective = Supervised(ToyTask())
        return fit(self.network, batches, objective, self.schedule, watch=watch, last_step=last_step)


def same(one: State, other: State) -> bool:
    return all(torch.equal(one[name], other[name]) for name in one)


def test_training_stops_and_leaves_the_best_weights(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    told = Told(monkeypatch, toy_store(tmp_path), LOSSES, patience=4)
    history = told.fit()
    assert [row.step for row in history.rows] == [3 * n for n in range(9)], "the eighth check is the fourth worse one"
    assert [row.validation for row in history.rows][:8] == [UNTRAINED, *LOSSES[:7]]
    assert len(told.rates) == 24 and not told.network.training
    kept = told.network.state_dict()
    assert same(kept, told.states[4]) and not any(same(kept, told.states[n]) for n in (0, 3, 5, 8))


def test_the_best_weights_are_kept_where_nothing_stops(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    told = Told(monkeypatch, toy_store(tmp_path), [3.0, 1.0, 2.0, 4.0], steps=11, patience=9)
    assert told.fit().rows[-1].step == 11, "the last step is a check, too"
    assert same(told.network.state_dict(), told.states[2])


def test_a_plateau_lowers_the_rate_again_and_again_and_keeps_the_last_weights(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = Told(monkeypatch, toy_store(tmp_path), LOSSES, steps=27, plateau=2, plateau_factor=0.1)
    told.fit()
    # Lower at checks 1, 2, 4 and 9; so the second without is the sixth, and two later the eighth.
    assert told.rates == pytest.approx([1e-2] * 18 + [1e-3] * 6 + [1e-4] * 3)
    assert same(told.network.state_dict(), told.states[-1])


def test_fine_tuning_holds_its_rate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    told = Told(monkeypatch, toy_store(tmp_path), [1.0] * 9, steps=12, plateau=1, decay=False)
    told.fit()
    assert set(told.rates) == {1e-2}


def test_a_training_on_its_way_is_not_stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    told = Told(monkeypatch, toy_store(tmp_path), [1.0] * 9, patience=1, plateau=1)
    assert told.fit(last_step=12).rows[-1].step == 12
    assert same(told.network.state_dict(), told.states[-1])
    assert told.rates == pytest.approx([1e-2] * 6 + [5e-3] * 3 + [2.5e-3] * 3)


class Pointwise(nn.Module):
    """Frame by frame: segments say what the whole clip says."""

    def forward(self, x: Tensor) -> Tensor:
        return 40 * x[..., :1] - 3


@pytest.mark.parametrize(
    ("frames", "most", "parts"),
    [
        (30, 99, [(0, 90)]),
        (50, 99, [(0, 100)]),
        (1000, 99, [(0, 100)]),
        (20, 5, [(0, 20), (40, 60), (80, 100)]),  # of ten segments of two clips, every other
    ],
)
def test_the_validation_loss_is_the_mean_over_all_segments_or_some_that_lie_evenly(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, frames: int, most: int, parts: list[tuple[int, int]]
) -> None:
    monkeypatch.setattr(validation, "SEGMENTS", most)
    store, task, network = toy_store(tmp_path), ToyTask(), Pointwise()
    found = validation.Loss(task, store, frames, size=4)(network)
    one, two = store.split("valid")
    places = [(one, part) for part in parts] + [(two, part) for part in (parts if most > 5 else [(20, 40), (60, 80)])]
    inputs, targets = (
        torch.cat([torch.from_numpy(part(i, begin, end - begin).copy()).float() for i, (begin, end) in places])
        for part in (store.input, store.target)
    )
    assert found == pytest.approx(float(task.loss(network(inputs), targets)), rel=1e-6)


def test_without_validation_clips_nothing_is_trained(tmp_path: Path) -> None:
    store = toy_store(tmp_path, count=3)
    with pytest.raises(InputError, match=r"features: no validation clips, expected some where training stops by"):
        validation.Loss(ToyTask(), store, 50, 4)


def test_tickets_are_trained_as_the_dense_network_is(tmp_path: Path) -> None:
    """Epochs become steps, what was seen stands beside the ticket, and what ended training is not on its way."""
    store = toy_store(tmp_path)
    plain = {"check": "2it", "plateau": 1, "plateau_factor": 0.1, "optimizer": "adam"}
    ladder.train_dense(store, tmp_path / "short", 0, settings(steps=8, **plain), Clock())
    ladder.train_dense(store, tmp_path / "long", 0, settings(epochs=20, **plain, patience=30), Clock())
    ladder.train_early(store, tmp_path / "long", tmp_path / "early", "8it", Clock(), trust=True)
    short, long = (Ticket.read_folder(tmp_path / name, trust=True) for name in ("short", "long"))
    assert same(short.weights, read_state(tmp_path / "early" / "weights.safetensors"))
    assert type(long.schedule) is Schedule and long.schedule.steps == 30, "6 clips, 4 a batch: 1.5 steps an epoch"
    rows = list(read_rows(tmp_path / "long" / "training.csv", ("step", "loss", "validation")))
    assert (
        [row["step"] for row in rows[:2]] == ["0", "2"] and rows[0]["loss"] == "" and float(rows[0]["validation"]) > 0
    )
    best = min(float(row["validation"]) for row in rows[1:])
    heard = validation.Loss(ToyTask(), store, 50, 4)(long.network())
    assert heard == pytest.approx(best, abs=1e-5), "what the ticket holds is what was best"


def test_adam_decays_by_its_gradient_and_adamw_does_not() -> None:
    moved = {}
    for optimizer in ("adam", "adamw"):
        network = seeded(ToyNet)
        before = network.last.weight.detach().clone()
        schedule = Schedule(**BASE, optimizer=optimizer, weight_decay=0.1)  # type: ignore[arg-type]
        stepper = Stepper(network, lambda forward, x, y: 0.0 * forward(x).sum(), schedule, Manner(fused=False))  # type: ignore[arg-type]
        stepper.step(torch.zeros(1, 50, 3), torch.zeros(1), 1e-3)
        moved[optimizer] = ((before - network.last.weight.detach()) / before).abs()
    torch.testing.assert_close(moved["adamw"], torch.full_like(moved["adamw"], 1e-4), rtol=1e-2, atol=0)
    assert moved["adam"].min() > 2e-4, "a step of the whole rate, however small the decay"


def test_options_at_their_default_are_not_written() -> None:
    """A ticket and a job that do not use them are the bytes that they were."""
    assert set(Training(steps=5).model_dump()) == {
        *("steps", "batch", "frames", "learning_rate", "weight_decay", "precision", "decay"),
    }
    asked = Training.read({"epochs": 3, "steps": 7, "patience": 2, "check": "9it"}, "training")
    assert Training.read_json(asked.model_dump_json(), "training") == asked
    assert asked.counted(2.4) == Schedule(steps=7, patience=2, check="9it")
