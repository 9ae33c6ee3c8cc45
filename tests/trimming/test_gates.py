"""The learnt gates: a closed gate silences its unit, what is useless is closed first, the network is left alone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional
from trimming.network_families import FAMILIES, Lambda
from trimming.test_families import some_units, train

from ultralight_mir.trimming import TrimError, Unit, find_criterion, find_units, silence
from ultralight_mir.trimming.calling import call, convert, tensors_of
from ultralight_mir.trimming.criteria.gating import Gated
from ultralight_mir.trimming.criteria.observation import plain_copy

torch.set_num_threads(1)
GATES = find_criterion("gates")
Pairs = list[tuple[Tensor, Tensor]]


@pytest.mark.parametrize("name", FAMILIES)
def test_an_open_gate_does_nothing_and_a_closed_one_silences(name: str) -> None:
    torch.manual_seed(0)
    family = FAMILIES[name]()
    network = family.network.double()
    example = convert(family.example, lambda t: t.double() if t.is_floating_point() else t)
    train(network, example)
    network.eval()
    units = find_units(network, example)
    gone = set(some_units(network, units, 0.5, 1))
    gates = torch.tensor([unit not in gone for unit in units], dtype=torch.float64, requires_grad=True)
    gated = Gated(plain_copy(network), units)
    for values, expected in ((torch.ones_like(gates), network), (gates, silence(network, gone))):
        outputs = list(tensors_of(gated(example, values)))
        for one, two in zip(outputs, tensors_of(call(expected, example)), strict=True):
            assert torch.allclose(one, two, atol=1e-10)
    if units:
        sum((out**2).sum() for out in outputs if out.is_floating_point()).backward()
        assert gates.grad is not None and bool(gates.grad.isfinite().all()) and bool(gates.grad.any())


def block(ins: int, outs: int) -> nn.Module:
    return nn.Sequential(nn.Conv1d(ins, outs, 3, padding=1, bias=False), nn.BatchNorm1d(outs), nn.ReLU())


def convolutions() -> nn.Module:
    return nn.Sequential(block(3, 12), block(12, 12), nn.Conv1d(12, 2, 1))


def perceptron() -> nn.Module:
    return nn.Sequential(nn.Linear(20, 12), nn.ReLU(), nn.Linear(12, 12), nn.Tanh(), nn.Linear(12, 2))


def residual() -> nn.Module:
    def run(net: Any, x: Tensor) -> Tensor:
        x = net.first(x)
        return net.last((x + net.norm(net.second(x.relu()))).relu())

    second, norm = nn.Conv1d(12, 12, 3, padding=1), nn.BatchNorm1d(12)
    return Lambda(run, first=nn.Conv1d(3, 12, 1), second=second, norm=norm, last=nn.Conv1d(12, 2, 1))


def recurrent() -> nn.Module:
    rnn = nn.GRU(3, 12, num_layers=2, dropout=0.5, batch_first=True)
    return Lambda(lambda net, x: net.last(net.rnn(x.transpose(1, 2))[0]), rnn=rnn, last=nn.Linear(12, 2))


def data(network: nn.Module, kind: Callable[[], nn.Module], count: int = 8) -> Pairs:
    """Inputs, and what the network makes of them with a little noise."""
    pairs = []
    for _ in range(count):
        inputs = torch.randn(16, 20) if kind is perceptron else torch.randn(16, 3, 20)
        with torch.no_grad():
            targets = network(inputs)
        pairs.append((inputs, targets + 0.1 * targets.std() * torch.randn_like(targets)))
    return pairs


KINDS = [convolutions, perceptron, residual, recurrent]


def of_each_group(units: list[Unit], share: int = 3) -> list[Unit]:
    """The first of every `share` units."""
    return units[::share]


def below(scores: Tensor, units: list[Unit], bad: list[Unit]) -> float:
    """How often one of the bad units stands below one of the others; by chance in half of the cases.

    Of the others, whose weights were drawn at random, some are hardly worth more.
    """
    marks = torch.tensor([unit in bad for unit in units])
    return float((scores[marks][:, None] < scores[~marks]).double().mean())


@pytest.mark.parametrize("kind", KINDS)
def test_what_nothing_reads_is_closed_first(kind: Callable[[], nn.Module]) -> None:
    torch.manual_seed(0)
    network = kind().eval()
    units = find_units(network, data(network, kind, 1)[0][0])
    useless = of_each_group(units)
    network = silence(network, useless)
    scores = GATES(network, units, data(network, kind), loss=functional.mse_loss)
    assert below(scores, units, useless) > 0.7


@pytest.mark.parametrize("kind", KINDS)
def test_what_adds_noise_is_closed_before_what_helps(kind: Callable[[], nn.Module]) -> None:
    torch.manual_seed(0)
    network = kind().eval()
    units = find_units(network, data(network, kind, 1)[0][0])
    harmful = of_each_group(units)
    pairs = data(silence(network, harmful), kind)
    scores = GATES(network, units, pairs, loss=functional.mse_loss)
    assert below(scores, units, harmful) > 0.7


def test_the_network_is_left_alone_and_the_seed_decides() -> None:
    torch.manual_seed(0)
    network = recurrent().train()
    before = {name: tensor.clone() for name, tensor in network.state_dict().items()}
    units = find_units(network, torch.randn(1, 3, 20))
    pairs = data(network, recurrent)
    one, two, other = (GATES(network, units, pairs, loss=functional.mse_loss, seed=seed) for seed in (0, 0, 1))
    assert one.equal(two) and not one.equal(other)
    assert float(one.min()) > 0 and float(one.max()) < 1 and one.dtype == torch.float64
    assert network.training and all(tensor.equal(before[name]) for name, tensor in network.state_dict().items())
    assert all(parameter.requires_grad and parameter.grad is None for parameter in network.parameters())


def test_the_size_of_the_loss_does_not_matter() -> None:
    torch.manual_seed(0)
    network = perceptron()
    units, pairs = find_units(network, torch.randn(1, 20)), data(network, perceptron)
    one, two = (
        GATES(network, units, pairs, loss=lambda outputs, targets: size * functional.mse_loss(outputs, targets))  # noqa: B023
        for size in (1.0, 2.0**-10)
    )
    assert torch.allclose(one, two, atol=1e-6)


@pytest.mark.parametrize("seed", range(3))
def test_a_unit_that_decides_alone_outlives_all_others(seed: int) -> None:
    network = nn.Sequential(nn.Linear(8, 8), nn.ReLU(), nn.Linear(8, 8), nn.ReLU(), nn.Linear(8, 1))
    with torch.no_grad():
        for layer in (network[0], network[2]):
            layer.weight.copy_(torch.eye(8))
            layer.bias.zero_()
        network[4].weight.copy_(torch.tensor([[0, 0, 0, 5.0, 0, 0.01, 0, 0]]))
        network[4].bias.fill_(-1.0)
    torch.manual_seed(seed)
    pairs = [(x, (x[:, 3:4] > 0.2).float()) for x in torch.randn(8, 16, 8)]
    units = find_units(network, torch.randn(1, 8))
    scores = GATES(network, units, pairs, loss=functional.binary_cross_entropy_with_logits)
    best = {units[number].outputs for number in scores.topk(2).indices.tolist()}
    assert best == {(("0", (3,)),), (("2", (3,)),)}


def test_a_network_without_units_has_no_scores() -> None:
    network = nn.Linear(3, 2)
    assert GATES(network, [], [(torch.randn(4, 3), torch.randn(4, 2))], loss=functional.mse_loss).shape == (0,)


def test_what_is_missing_is_said() -> None:
    network = perceptron()
    units = find_units(network, torch.randn(1, 20))
    with pytest.raises(TrimError, match="'gates': no loss"):
        GATES(network, units, data(network, perceptron))
    for none in (None, []):
        with pytest.raises(TrimError, match="'gates': no batches"):
            GATES(network, units, none, loss=functional.mse_loss)
