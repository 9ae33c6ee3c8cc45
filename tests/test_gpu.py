"""What only a GPU can show: training there is repeatable, recorded steps are the steps, and results say which it was.

All of it is skipped without one: what stands in for a GPU would prove nothing.
"""

from __future__ import annotations

import copy
import itertools
import logging
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import torch
from torch import Tensor, nn
from toy import settings, toy_store

from ultralight_mir import cost, ladder, networks
from ultralight_mir.batches import Batches
from ultralight_mir.errors import InputError
from ultralight_mir.features import get_feature
from ultralight_mir.jobs.timing import Clock
from ultralight_mir.jobs.torch_setup import CPU, prepare
from ultralight_mir.networks import NETWORKS
from ultralight_mir.networks.chord_cnn import ChordCnn
from ultralight_mir.networks.crnn import Crnn
from ultralight_mir.objective import get_objective
from ultralight_mir.removal import Removal
from ultralight_mir.schedule import Schedule
from ultralight_mir.segments import FromFiles, Resident
from ultralight_mir.strategy import Strategy
from ultralight_mir.tasks import TASKS, get_task
from ultralight_mir.ticket import Ticket
from ultralight_mir.training import fit, teacher
from ultralight_mir.trimming import CRITERIA, weight_masks

pytestmark = pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no GPU that torch can use")
SHAPE = {"bins": 16, "outputs": 3, "framewise": True, "hop": 1}
STEPS = 12


@pytest.fixture(scope="module", autouse=True)
def gpu() -> Iterator[torch.device]:
    yield prepare(1, "cuda")
    torch.use_deterministic_algorithms(False)


class Least:
    """The mean square; before it, `also` is done."""

    def __init__(self, also: Callable[[Tensor], object] = lambda logits: None) -> None:
        self._also = also

    def __call__(self, network: Callable[[Tensor], Tensor], inputs: Tensor, targets: Tensor) -> Tensor:
        logits = network(inputs)
        self._also(logits)
        return (logits - targets).square().mean()


def _network(kind: type[nn.Module], **options: object) -> nn.Module:
    torch.manual_seed(0)
    return kind(**SHAPE, **options).cuda()


def _pairs() -> Iterator[tuple[Tensor, Tensor]]:
    source = torch.Generator().manual_seed(0)
    while True:
        yield torch.randn(4, 20, 16, generator=source).cuda(), torch.randn(4, 20, 3, generator=source).cuda()


def _trained(start: nn.Module, objective: Least, replayed: bool, precision: str = "float32") -> dict[str, Tensor]:
    network = copy.deepcopy(start)
    masks = weight_masks(network, 0.3)
    removal = Removal(network, network, None, masks, 0.3, 0.0, 0.0, ())
    hold = removal.hold(removal.network(None))
    schedule = Schedule(steps=STEPS, learning_rate=1e-2, precision=precision)  # type: ignore[arg-type]
    history = fit(network, _pairs(), objective, schedule, after_step=hold, replayed=replayed)
    assert history.rows[-1].loss < history.rows[0].loss
    assert not any(network.get_parameter(name)[~mask].any() for name, mask in masks.items())
    return {name: tensor.cpu() for name, tensor in network.state_dict().items()}


def _same(one: dict[str, Tensor], other: dict[str, Tensor]) -> bool:
    return all(torch.equal(one[name], other[name]) for name in one)


@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
@pytest.mark.parametrize("kind", [ChordCnn, Crnn])  # dropout; a recurrent layer
def test_the_same_training_gives_the_same_bits(
    kind: type[nn.Module], precision: str, caplog: pytest.LogCaptureFixture
) -> None:
    start = _network(kind)
    with caplog.at_level(logging.INFO, "ultralight_mir"):
        first, second = (_trained(start, Least(), True, precision) for _ in range(2))
    assert _same(first, second)
    assert "cannot be recorded" not in caplog.text


@pytest.mark.parametrize("kind", [ChordCnn, Crnn])
def test_recorded_steps_are_the_steps(kind: type[nn.Module]) -> None:
    start = _network(kind, **({"dropout": 0.0} if kind is ChordCnn else {}))
    recorded, launched = (_trained(start, Least(), replayed) for replayed in (True, False))
    assert recorded["norm.num_batches_tracked"].item() == STEPS
    for name, tensor in launched.items():
        torch.testing.assert_close(recorded[name], tensor, rtol=1e-3, atol=1e-4, msg=name)


@pytest.mark.parametrize("objective", ["supervised", "distil"])
@pytest.mark.parametrize("network", NETWORKS)
@pytest.mark.parametrize("name", TASKS)
def test_every_task_and_network_of_the_package_is_recorded(
    name: str, network: str, objective: str, gpu: torch.device, caplog: pytest.LogCaptureFixture
) -> None:
    task, kind = get_task(name), NETWORKS[network].kind
    if kind not in task.features:
        pytest.skip(f"{name} has no {kind} input")
    feature = get_feature(task.features[kind])
    shape = {"bins": feature.bins, "outputs": task.outputs, "framewise": task.framewise, "hop": feature.hop}
    try:
        made, other = (
            networks.build(networks.Recipe(network=network, options={}, **shape), i).cuda() for i in range(2)
        )
    except InputError as error:
        pytest.skip(str(error))
    frames, schedule = 60, Schedule(steps=STEPS)
    inputs = torch.randn(2, frames * feature.hop if kind == "waveform" else frames, device=gpu)
    inputs = inputs if kind == "waveform" else inputs[..., None].repeat(1, 1, feature.bins)
    width = len(task.classes) if name == "drums" else 1
    targets = torch.zeros(*((2, frames, width) if task.framewise else (2, 1)), device=gpu)
    told = {"name": "s", "method": "trim", "criterion": "magnitude", "objective": objective}
    teachers = [teacher(other.eval(), schedule, Clock())]
    minimised = get_objective(objective)(task, Strategy.read(told, "strategy"), teachers)
    with caplog.at_level(logging.INFO, "ultralight_mir"):
        fit(made, itertools.repeat((inputs, targets)), minimised, schedule, replayed=True)
    assert "cannot be recorded" not in caplog.text


def _wait(logits: Tensor) -> object:
    return logits.sum().item()


def _wait_while_recorded(logits: Tensor) -> object:
    return torch.cuda.is_current_stream_capturing() and logits.sum().item()


@pytest.mark.parametrize("also", [_wait, _wait_while_recorded])
def test_what_cannot_be_recorded_is_launched_anew(
    also: Callable[[Tensor], object], caplog: pytest.LogCaptureFixture
) -> None:
    start = _network(ChordCnn)
    with caplog.at_level(logging.INFO, "ultralight_mir"):
        found = _trained(start, Least(also), True)
    assert caplog.text.count("cannot be recorded on the GPU") == 1
    assert _same(found, _trained(start, Least(), False))


def test_batches_are_those_of_the_cpu(tmp_path: Path, gpu: torch.device) -> None:
    store = toy_store(tmp_path)
    there, here = Batches(store, 4, 50, 0, gpu), Batches(store, 4, 50, 0)
    for _ in range(5):
        assert all(torch.equal(one.cpu(), other) for one, other in zip(next(there), next(here), strict=True))
    places = [(index, 3) for index in store.split("train")]
    wanted = FromFiles(store, CPU)(places, 50)
    for cut in (FromFiles(store, gpu)(places, 50), Resident(store, gpu)(places, 50)):
        assert all(torch.equal(one.cpu(), other) for one, other in zip(cut, wanted, strict=True))


def test_multiply_accumulates_are_those_of_the_cpu() -> None:
    network, inputs = _network(Crnn).eval(), torch.randn(1, 20, 16)
    assert cost.macs(network, inputs.cuda()) == cost.macs(copy.deepcopy(network).cpu(), inputs) > 0


def test_a_ladder_on_a_gpu_says_so_twice_alike(tmp_path: Path, gpu: torch.device) -> None:
    store, ways = toy_store(tmp_path), [("trim", name) for name in CRITERIA] + [("mask", "magnitude")]
    for name in "ab":
        dense, early = tmp_path / name / "dense", tmp_path / name / "early"
        ladder.train_dense(store, dense, 0, settings(), Clock(), gpu)
        ladder.train_early(store, dense, early, "5it", Clock(), gpu, trust=True)
        for method, criterion in ways:
            told = {"name": criterion, "method": method, "criterion": criterion, "rewind": "5it"}
            strategy, rung = Strategy.read(told, "strategy"), tmp_path / name / f"{method}-{criterion}"
            ladder.train_rung(store, dense, dense, rung, 0.5, strategy, Clock(), early=early, device=gpu, trust=True)
    for part in ("dense", *(f"{method}-{criterion}" for method, criterion in ways)):
        one, other = (tmp_path / name / part for name in "ab")
        ticket = Ticket.read_folder(one, trust=True)
        assert ticket.device == torch.cuda.get_device_name()
        assert ticket.network()(torch.zeros(1, 50, 3)).isfinite().all()
        assert (one / "ticket.json").read_bytes() == (other / "ticket.json").read_bytes(), part
