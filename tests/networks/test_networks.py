"""What every network of the project must do: its shapes, its seeds, and trimmed = silenced, untrained and trained."""

from __future__ import annotations

import copy

import pytest
import torch
from recipes import recipe
from torch import Tensor, nn

from ultralight_mir import networks
from ultralight_mir.errors import InputError
from ultralight_mir.networks import Recipe
from ultralight_mir.trimming import find_units, silence, trim

CASES = {
    "waveform_cnn": recipe("waveform_cnn", 1, 5, False, 160, {"width": 4, "depth": 3}),
    "crepe": recipe("crepe", 1, 36, True, 160, {"width": 1}),
    "chord_cnn": recipe("chord_cnn", 144, 25, True, 2048, {}),
    "spectral_cnn": recipe("spectral_cnn", 80, 3, True, 220, {"width": 4}),
    "timbre_cnn": recipe("timbre_cnn", 64, 5, False, 320, {"width": 4}),
    "harmonic_cnn": recipe("harmonic_cnn", 264, 360, True, 160, {}),
    "crnn": recipe("crnn", 80, 3, True, 220, {"width": 4}),
    "crnn, two layers": recipe("crnn", 80, 3, True, 220, {"width": 4, "layers": 2}),
    "crnn for chords": recipe("crnn", 144, 25, True, 2048, {"width": 4}),
}


def _input(recipe: Recipe, frames: int, batch: int = 2) -> Tensor:
    generator = torch.Generator().manual_seed(frames)
    if networks.find_class(recipe.network).kind == "waveform":  # type: ignore[attr-defined]
        return torch.randn(batch, frames * recipe.hop, generator=generator, dtype=torch.float64)
    return torch.rand(batch, frames, recipe.bins, generator=generator, dtype=torch.float64)


def _trained(network: nn.Module, inputs: Tensor) -> nn.Module:
    """A few steps on nothing in particular: batch-norm statistics and biases away from their start."""
    optimizer = torch.optim.SGD(network.parameters(), lr=0.05)
    network.train()
    for _ in range(3):
        optimizer.zero_grad()
        network(inputs).square().mean().backward()
        optimizer.step()
    return network.eval()


def test_every_registered_network_is_tested_here() -> None:
    assert set(networks.NETWORKS) == {recipe.network for recipe in CASES.values()}


@pytest.mark.parametrize("name", networks.NETWORKS)
def test_the_registry_says_the_same_kind_as_the_class(name: str) -> None:
    assert networks.kind_of(name) == networks.find_class(name).kind


@pytest.mark.parametrize("name", CASES)
def test_one_row_of_logits_a_frame_or_a_clip_for_any_length(name: str) -> None:
    recipe = CASES[name]
    network = networks.build(recipe, 0).double().eval()
    for frames in (60, 77):
        made = network(_input(recipe, frames))
        assert made.shape == ((2, frames, recipe.outputs) if recipe.framewise else (2, recipe.outputs))
        assert made.isfinite().all()


@pytest.mark.parametrize("name", CASES)
def test_a_network_is_the_same_for_the_same_seed(name: str) -> None:
    states = [networks.build(CASES[name], seed).state_dict() for seed in (3, 3, 4)]
    assert all(torch.equal(states[0][k], states[1][k]) for k in states[0])
    assert not all(torch.equal(states[0][k], states[2][k]) for k in states[0])


@pytest.mark.parametrize("trained", [False, True], ids=["untrained", "trained"])
@pytest.mark.parametrize("name", CASES)
def test_trimmed_is_silenced(name: str, trained: bool) -> None:
    recipe = CASES[name]
    network, inputs = networks.build(recipe, 1).double().eval(), _input(recipe, 40)
    if trained:
        network = _trained(network, inputs)
    before = copy.deepcopy(network.state_dict())
    units = find_units(network, inputs[:1])
    assert len(units) >= 8
    order = torch.randperm(len(units), generator=torch.Generator().manual_seed(0)).tolist()
    for share in (0.2, 0.6):
        chosen, left = [], {}
        for unit in (units[i] for i in order[: int(share * len(units))]):
            left.setdefault(unit.group, sum(u.group == unit.group for u in units))
            if left[unit.group] > 1:  # a layer keeps one unit at least
                left[unit.group] -= 1
                chosen.append(unit)
        trimmed, silenced = trim(network, chosen), silence(network, chosen)
        assert sum(p.numel() for p in trimmed.parameters()) < sum(p.numel() for p in network.parameters())
        torch.testing.assert_close(trimmed(inputs), silenced(inputs), rtol=0, atol=1e-10)
        trimmed.load_state_dict(trimmed.state_dict())
    assert all(torch.equal(before[k], v) for k, v in network.state_dict().items())


def test_a_network_refuses_the_kind_of_task_it_cannot_serve() -> None:
    for name, framewise in (("timbre_cnn", True), ("crepe", False)):
        with pytest.raises(InputError, match=name):
            networks.build(recipe(name, 64, 3, framewise, 160, {}), 0)
