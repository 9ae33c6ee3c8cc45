from pathlib import Path

import pytest
import torch
from torch import Tensor
from toy import ToyNet, ToyTask, seeded, toy_store

from ultralight_mir.batches import Batches
from ultralight_mir.errors import InputError
from ultralight_mir.objective import Supervised
from ultralight_mir.schedule import Schedule
from ultralight_mir.training import fit

SCHEDULE = Schedule(steps=60, batch=4, frames=50, learning_rate=1e-2, precision="float32")


def test_training_learns_and_is_repeatable(tmp_path: Path) -> None:
    store, ends = toy_store(tmp_path), []
    for _ in range(2):
        network = seeded(ToyNet)
        history = fit(network, Batches(store, 4, 50, 0), Supervised(ToyTask()), SCHEDULE)
        assert history.rows[-1][1] < 0.5 * history.rows[0][1]
        assert not network.training
        ends.append(network.state_dict())
    assert all(torch.equal(ends[0][k], ends[1][k]) for k in ends[0])


def test_training_in_two_halves_sees_the_same_rates() -> None:
    rates = [SCHEDULE.rate(step) for step in range(SCHEDULE.steps)]
    assert max(rates) == pytest.approx(SCHEDULE.learning_rate)
    assert rates[0] < rates[3] and rates[-1] < 0.01 * SCHEDULE.learning_rate


def test_a_loss_that_turns_nan_stops_and_names_the_step(tmp_path: Path) -> None:
    class Broken(ToyTask):
        def loss(self, logits: Tensor, targets: Tensor) -> Tensor:
            return (logits - targets).square().mean() * float("nan")

    with pytest.raises(InputError, match="drums dense, step 0: the loss is nan, expected a finite number"):
        fit(seeded(ToyNet), Batches(toy_store(tmp_path), 4, 50, 0), Supervised(Broken()), SCHEDULE, name="drums dense")


def test_batches_draw_every_training_clip_once_an_epoch_and_no_other(tmp_path: Path) -> None:
    store = toy_store(tmp_path)
    batches = Batches(store, 3, 100, 0)
    train = {store.input(i).tobytes() for i in store.split("train")}
    drawn = [x.half().numpy().tobytes() for _ in range(2) for x in next(batches)[0]]
    assert batches.steps_per_epoch == 2
    assert sorted(drawn) == sorted(train)


def test_segments_are_no_longer_than_the_shortest_clip(tmp_path: Path) -> None:
    inputs, targets = next(Batches(toy_store(tmp_path), 2, 10_000, 0))
    assert inputs.shape == (2, 100, 3) and targets.shape == (2, 100, 1)


@pytest.mark.parametrize(("text", "expected"), [("0it", 0), ("50it", 50), ("3ep", 38)])
def test_moments_are_read_as_written(text: str, expected: int) -> None:
    assert SCHEDULE.step_of(text, 12.5) == expected


@pytest.mark.parametrize("text", ["5", "it", "-1it", "1.5ep", "60it", "80ep", "1ep\n"])
def test_malformed_or_late_moments_are_refused(text: str) -> None:
    with pytest.raises(InputError, match="step '"):
        SCHEDULE.step_of(text, 12.5)
