"""Strategies that repeat another one's tickets, small dense networks, teachers and the length of training."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from toy import ToyNet, ToyTask, build_toy, seeded, settings, toy_clips, toy_store

from ultralight_mir import cost, ladder
from ultralight_mir.batches import Batches
from ultralight_mir.errors import InputError
from ultralight_mir.features.store import Store
from ultralight_mir.jobs.timing import Clock
from ultralight_mir.objective import Distil, Supervised
from ultralight_mir.strategy import Strategy, StrategySettings, complete
from ultralight_mir.ticket import Ticket
from ultralight_mir.trimming import maskable

REWIND = "5it"
TRIM = {"method": "trim", "scope": "global", "rewind": REWIND}
Rung = Callable[..., Ticket]


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store and a dense network, with its early weights."""
    folder = tmp_path_factory.mktemp("house")
    store = toy_store(folder)
    ladder.train_dense(store, folder / "dense", 0, settings(), Clock())
    ladder.train_early(store, folder / "dense", folder / "early", REWIND, Clock(), trust=True)
    return folder


@pytest.fixture
def rung(house: Path, tmp_path: Path) -> Rung:
    """Train one rung: its name, what it starts from, removed, the strategy's settings."""

    def train(name: str, previous: str, removed: float, clock: Clock | None = None, **changes: Any) -> Ticket:
        strategy = Strategy.read({**TRIM, "name": name, **changes}, "strategy")
        teachers = changes.pop("teachers", ())
        start = house / "dense" if previous == "dense" else tmp_path / previous
        ladder.train_rung(
            Store(house / "features"),
            house / "dense",
            start,
            tmp_path / f"{name}-{removed}",
            removed,
            strategy,
            clock or Clock(),
            early=house / "early",
            teachers=teachers,
            trust=True,
        )
        return Ticket.read_folder(tmp_path / f"{name}-{removed}", trust=True)

    return train


def _shapes(ticket: Ticket) -> dict[str, torch.Size]:
    return {name: weight.shape for name, weight in ticket.weights.items()}


@pytest.mark.parametrize("removed", [0.5, 0.8])
def test_a_control_has_its_strategys_widths_on_every_rung(rung: Rung, removed: float) -> None:
    """Not those of a ladder of its own, which drift away from the second rung on."""
    ticket = rung("trim", "dense", 0.5)
    if removed == 0.8:
        ticket = rung("trim", "trim-0.5", 0.8)
    fresh = rung("reinit", f"trim-{removed}", removed, like="trim", reset="reinit")
    other = rung("shuffled", f"trim-{removed}", removed, like="trim", units="shuffled")
    assert fresh.kept == ticket.kept and _shapes(fresh) == _shapes(other) == _shapes(ticket)
    assert not torch.equal(fresh.weights["first.weight"], ticket.weights["first.weight"])
    assert ticket.kept is not None and other.kept is not None
    assert other.kept != ticket.kept and other.kept.widths() == ticket.kept.widths()
    for one in (fresh, other):
        assert (one.rung, one.removed, one.overshoot) == (ticket.rung, ticket.removed, ticket.overshoot)
        assert one.strategy is not None and one.strategy.control


def test_the_same_units_and_weights_trained_alike_are_the_same_ticket(rung: Rung) -> None:
    ticket = rung("trim", "dense", 0.5)
    twin = rung("twin", "trim-0.5", 0.5, like="trim")
    assert all(torch.equal(ticket.weights[name], weight) for name, weight in twin.weights.items())
    assert twin.strategy is not None and not twin.strategy.control


@pytest.mark.parametrize("method", ["mask", "hybrid"])
def test_masks_are_repeated_and_shuffled_within_each_tensor(rung: Rung, method: str) -> None:
    ticket = rung("mask", "dense", 0.6, method=method)
    same = rung("same", "mask-0.6", 0.6, method=method, like="mask", reset="reinit")
    other = rung("other", "mask-0.6", 0.6, method=method, like="mask", units="shuffled")
    zeros = [{n: w == 0 for n, w in maskable(t.network()).items()} for t in (ticket, same, other)]
    assert all(torch.equal(zeros[0][name], zeros[1][name]) for name in zeros[0])
    assert any(not torch.equal(zeros[0][name], zeros[2][name]) for name in zeros[0])
    assert all(int(zeros[0][name].sum()) == int(zeros[2][name].sum()) for name in zeros[0])
    assert ticket.removed == same.removed == other.removed


def test_what_is_repeated_must_have_removed_as_much(rung: Rung) -> None:
    rung("trim", "dense", 0.5)
    with pytest.raises(InputError, match=r"removed 0\.8: 'trim' has removed 0\.5, expected as much"):
        rung("reinit", "trim-0.5", 0.8, like="trim", reset="reinit")


def test_a_small_dense_network_is_the_widest_that_fits(rung: Rung, house: Path) -> None:
    ticket = rung("small", "dense", 0.7, method="small")
    whole = sum(p.numel() for p in Ticket.read_folder(house / "dense", trust=True).network().parameters())
    size = sum(p.numel() for p in ticket.network().parameters())
    assert (
        size
        <= 0.3 * whole
        < sum(p.numel() for p in seeded(ToyNet, width=ticket.recipe.options["width"] + 1).parameters())
    )
    assert ticket.kept is None and ticket.removed == pytest.approx(1 - size / whole)
    assert ticket.overshoot == pytest.approx(ticket.removed - 0.7)
    assert ticket.strategy is not None and ticket.strategy.control
    assert 0 < ticket.channels_removed < 1 and ticket.thresholds


def test_nothing_is_built_smaller_than_width_one(rung: Rung) -> None:
    with pytest.raises(InputError, match=r"network 'toy:ToyNet': more than 0 parameters even at width 1"):
        rung("small", "dense", 0.999, method="small")


def test_as_many_macs_are_more_steps_and_the_same_share_is_skipped(rung: Rung, house: Path) -> None:
    plain = rung("trim", "dense", 0.6)
    long = rung("long", "trim-0.6", 0.6, like="trim", length="macs")
    inputs = torch.zeros(1, 50, 3)
    ratio = cost.macs(Ticket.read_folder(house / "dense", trust=True).network(), inputs) / cost.macs(
        plain.network(), inputs
    )
    assert ratio > 1.5
    assert plain.schedule.steps == 30 and long.schedule.steps == round(ratio * 30)
    assert (
        int(long.weights["norm.num_batches_tracked"]) == long.schedule.steps - round(5 * long.schedule.steps / 30) + 5
    )


class TestTeachers:
    def test_a_student_of_itself_is_pulled_nowhere(self) -> None:
        network = seeded(ToyNet)
        settings = StrategySettings(objective="distil", teacher_weight=1.0, temperature=3.0)
        distil = Distil(ToyTask(), settings, [lambda inputs: network(inputs).detach()])
        distil(network, torch.randn(2, 20, 3), torch.rand(2, 20, 1).round()).backward()
        assert max(float(p.grad.abs().max()) for p in network.parameters() if p.grad is not None) < 1e-6

    def test_a_teacher_of_no_weight_is_not_heard(self) -> None:
        network, inputs, targets = seeded(ToyNet), torch.randn(2, 20, 3), torch.rand(2, 20, 1).round()
        settings = StrategySettings(objective="distil", teacher_weight=0.0)
        distil = Distil(ToyTask(), settings, [lambda inputs: torch.full((2, 20, 1), 9.0)])
        torch.testing.assert_close(distil(network, inputs, targets), Supervised(ToyTask())(network, inputs, targets))

    @pytest.mark.parametrize("exclusive", [True, False])
    def test_an_ensemble_teaches_the_mean_of_its_softened_outputs(
        self, exclusive: bool, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The gradient at the logits is what the ticket says less what the teachers mean, times T."""
        monkeypatch.setattr(ToyTask, "exclusive", exclusive)
        one, other, logits = (torch.randn(4, 5, 3, dtype=torch.float64) for _ in range(3))
        logits.requires_grad_()
        settings = StrategySettings(objective="distil", teacher_weight=1.0, temperature=2.0)
        Distil(ToyTask(), settings, [lambda _: one, lambda _: other])(
            lambda _: logits, one, torch.zeros(4, 1)
        ).backward()
        soften = (lambda x: (x / 2).softmax(-1)) if exclusive else (lambda x: (x / 2).sigmoid())
        count = 4 * 5 if exclusive else 4 * 5 * 3
        expected = 2.0 * (soften(logits) - (soften(one) + soften(other)) / 2) / count
        torch.testing.assert_close(logits.grad, expected.detach())

    def test_what_has_no_annotation_learns_from_the_teacher_alone(self) -> None:
        network, inputs = seeded(ToyNet).eval(), torch.randn(2, 20, 3)
        targets = torch.stack([torch.ones(20, 1), torch.full((20, 1), float("nan"))])
        settings = StrategySettings(objective="distil", teacher_weight=0.5, temperature=1.0, unlabelled=0.5)
        teacher = [lambda inputs: torch.zeros(len(inputs), 20, 1)]
        loss = Distil(ToyTask(), settings, teacher)(network, inputs, targets)
        soft = Distil(ToyTask(), settings.model_copy(update={"teacher_weight": 1.0}), teacher)(network, inputs, targets)
        hard = Supervised(ToyTask())(network, inputs[:1], targets[:1])
        torch.testing.assert_close(loss, 0.5 * soft + 0.5 * hard)

    def test_a_taught_ticket_says_so_and_its_teachers_time_is_a_phase(self, rung: Rung) -> None:
        rung("trim", "dense", 0.6)
        clock = Clock()
        taught = rung("taught", "trim-0.6", 0.6, clock, like="trim", objective="distil", temperature=1.5)
        assert taught.strategy is not None and taught.strategy.taught and taught.strategy.temperature == 1.5
        assert clock.phases["teacher"][0] > 0 and clock.phases["optimizer"][0] > 0

    def test_another_ticket_teaches_otherwise(self, rung: Rung, house: Path, tmp_path: Path) -> None:
        store = Store(house / "features")
        ladder.train_dense(store, tmp_path / "wise", 1, settings(options={"width": 24}), Clock())
        rung("trim", "dense", 0.6)
        settings_ = {"like": "trim", "objective": "distil", "teacher": "seeds", "teacher_weight": 1.0}
        strategy = {**TRIM, **settings_}
        tickets = []
        for name, teachers in (("one", [house / "dense"]), ("two", [house / "dense", tmp_path / "wise"])):
            ladder.train_rung(
                store,
                house / "dense",
                tmp_path / "trim-0.6",
                tmp_path / name,
                0.6,
                Strategy.read({**strategy, "name": name}, "strategy"),
                Clock(),
                early=house / "early",
                teachers=teachers,
                trust=True,
            )
            tickets.append(Ticket.read_folder(tmp_path / name, trust=True))
        assert not torch.equal(tickets[0].weights["first.weight"], tickets[1].weights["first.weight"])


class TestUnlabelled:
    @pytest.fixture
    def store(self, tmp_path: Path) -> Store:
        clips = toy_clips(tmp_path / "audio")
        further = [c if c.split != "test" else type(c)(**{**c.__dict__, "split": "unlabelled"}) for c in clips]
        build_toy(further, tmp_path / "features")
        return Store(tmp_path / "features")

    def test_their_share_of_a_batch_has_no_targets(self, store: Store) -> None:
        inputs, targets = next(Batches(store, 8, 50, 0, unlabelled=0.25))
        assert inputs.shape[0] == 8
        assert not targets[:6].isnan().any() and targets[6:].isnan().all()

    def test_without_any_it_is_said(self, house: Path) -> None:
        with pytest.raises(
            InputError, match=r"features: no unlabelled clips, of which 0\.5 of each batch is asked for"
        ):
            Batches(Store(house / "features"), 8, 50, 0, unlabelled=0.5)


@pytest.mark.parametrize(
    ("entries", "message"),
    [
        ({"b": {"like": "a"}}, "b.like: 'a' is unknown, expected one of b"),
        ({"a": {}, "b": {"like": "a"}, "c": {"like": "b"}}, "c.like: 'b' is like 'a' itself, expected 'a'"),
        (
            {"a": {"scope": "local"}, "b": {"like": "a", "scope": "global"}},
            "b.scope: is that of 'a', expected only reset",
        ),
    ],
)
def test_what_is_like_another_says_no_more_than_it_may(entries: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        complete(entries)


def test_what_is_like_another_has_its_settings() -> None:
    made = complete({"a": {"scope": "local", "rewind": "7it"}, "b": {"like": "a", "reset": "reinit"}})
    assert made["b"] == {"scope": "local", "rewind": "7it", "like": "a", "reset": "reinit"}
    assert complete(made) == made


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"units": "shuffled"}, "units: 'shuffled' without like"),
        ({"like": "trim", "reset": "finetune"}, "reset: 'finetune' of what is like 'trim', expected rewind or reinit"),
        ({"like": "trim", "method": "small"}, "like: 'trim', of which method small repeats nothing"),
        ({"teacher": "seeds"}, "objective: 'supervised' asks no teacher, expected distil"),
        ({"unlabelled": 0.5}, "objective: 'supervised' asks no teacher, expected distil"),
    ],
)
def test_settings_that_do_not_go_together(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        Strategy.read({**TRIM, "name": "x", **changes}, "strategy")
