"""The oracle (trimmed equals silenced) on one network for each way in which layers hang together."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from trimming.network_families import FAMILIES

from ultralight_mir.trimming import TrimError, Unit, probe_units, silence, trim
from ultralight_mir.trimming.calling import call, convert, tensors_of

torch.set_num_threads(1)


def outputs(network: nn.Module, example: Any) -> list[Tensor]:
    with torch.no_grad():
        return list(tensors_of(call(network.eval(), example)))


def some_units(network: nn.Module, units: list[Unit], share: float, seed: int) -> list[Unit]:
    """A random set of units that leaves something of every layer."""
    random, choice = np.random.default_rng(seed), []
    for index in random.permutation(len(units)):
        if random.random() < share:
            try:
                trim(network, [*choice, units[index]])
            except TrimError as error:
                assert "at least one must stay" in str(error)
                continue
            choice.append(units[index])
    return choice


def assert_oracle(network: nn.Module, units: list[Unit], example: Any) -> nn.Module:
    before = {name: tensor.clone() for name, tensor in network.state_dict().items()}
    trimmed, silenced = trim(network, units), silence(network, units)
    for one, two in zip(outputs(trimmed, example), outputs(silenced, example), strict=True):
        assert one.shape == two.shape
        assert float((one - two).abs().max()) <= 1e-10 * max(1.0, float(two.abs().max()))
    for name, tensor in network.state_dict().items():
        assert torch.equal(tensor, before[name]), f"{name} of the given network was touched"
    return trimmed


def train(network: nn.Module, example: Any) -> None:
    """A few steps in training mode, so that weights, norms and their statistics are no longer what they began as."""
    torch.manual_seed(1)
    optimizer = torch.optim.SGD(network.parameters(), lr=0.02, momentum=0.5)
    for _ in range(3):
        network.train()
        results = [out for out in tensors_of(call(network, example)) if out.is_floating_point()]
        loss = sum(((out - torch.randn_like(out)) ** 2).mean() for out in results)
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimizer.step()


@pytest.mark.parametrize("trained", [False, True], ids=["fresh", "trained"])
@pytest.mark.parametrize("name", FAMILIES)
def test_trimmed_equals_silenced(name: str, trained: bool) -> None:
    torch.manual_seed(0)
    family = FAMILIES[name]()
    network = family.network.double()
    example = convert(family.example, lambda t: t.double() if t.is_floating_point() else t)
    if trained:
        train(network, example)
    findings = probe_units(network, example)
    trimmable = {layer for unit in findings.units for layer in unit.group}
    assert family.trimmed <= trimmable, findings.whole
    assert family.whole <= set(findings.whole)
    assert not trimmable & set(findings.whole)
    for seed, share in enumerate([0.3, 0.6, 1.0]):
        assert_oracle(network, some_units(network, findings.units, share, seed), example)
