"""Masks: the count is exact, biases and norms are never masked, masks only grow, zeros hold through training."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn
from trimming.network_families import FAMILIES

from ultralight_mir.trimming import (
    WEIGHT_CRITERIA,
    TrimError,
    apply_masks,
    find_criterion,
    find_units,
    find_weight_criterion,
    hold_masks,
    mask_gradients,
    maskable,
    select,
    trim,
    weight_masks,
)
from ultralight_mir.trimming.copying import copy_network

torch.set_num_threads(1)


def parameters(network: nn.Module) -> int:
    return sum(p.numel() for p in network.parameters())


def masked(masks: dict[str, torch.Tensor]) -> int:
    return sum(int((~mask).sum()) for mask in masks.values())


NETWORK = FAMILIES["crnn_channel_major"]().network


@settings(max_examples=40, deadline=None)
@given(st.lists(st.floats(0, 0.9), min_size=1, max_size=4).map(sorted), st.sampled_from(["local", "global"]))
def test_a_ladder_is_exact_and_only_grows(ladder: list[float], scope: str) -> None:
    before = None
    for removed in ladder:
        masks = weight_masks(NETWORK, removed, scope=scope, before=before)
        assert masked(masks) == round(removed * parameters(NETWORK))
        for name, mask in (before or {}).items():
            assert not (masks[name] & ~mask).any(), "a masked weight came back"
        before = masks


def test_only_weights_are_masked() -> None:
    assert set(maskable(NETWORK)) == {
        "conv.weight",
        "gru.weight_ih_l0",
        "gru.weight_hh_l0",
        "gru.weight_ih_l0_reverse",
        "gru.weight_hh_l0_reverse",
        "last.weight",
    }
    assert set(maskable(FAMILIES["weight_normed"]().network)) == {
        f"{i}.parametrizations.weight.original1" for i in (0, 2, 4)
    }


def test_the_smallest_weights_go_and_local_takes_the_same_share() -> None:
    masks = weight_masks(NETWORK, 0.5)
    weights = maskable(NETWORK)
    kept = torch.cat([weights[name][mask].abs().flatten() for name, mask in masks.items()])
    losses = torch.cat([weights[name][~mask].abs().flatten() for name, mask in masks.items()])
    assert losses.max() <= kept.min()
    local = weight_masks(NETWORK, 0.5, scope="local")
    shares = [float(mask.float().mean()) for mask in local.values()]
    assert max(shares) - min(shares) < 0.05


def test_scores_decide() -> None:
    scores = {name: -weight.abs() for name, weight in maskable(NETWORK).items()}
    masks = weight_masks(NETWORK, 0.3, scores=scores)
    weights = maskable(NETWORK)
    kept = torch.cat([weights[name][mask].abs().flatten() for name, mask in masks.items()])
    losses = torch.cat([weights[name][~mask].abs().flatten() for name, mask in masks.items()])
    assert losses.min() >= kept.max()


def test_hybrid_counts_what_trimming_removed() -> None:
    family = FAMILIES["crnn_channel_major"]()
    units = find_units(family.network, family.example)
    choice = select(family.network, units, find_criterion("magnitude")(family.network, units), 0.5)
    trimmed, dense = trim(family.network, choice.units), parameters(family.network)
    masks = weight_masks(trimmed, 0.8, dense_parameters=dense)
    assert dense - parameters(trimmed) + masked(masks) == round(0.8 * dense)
    assert masked(weight_masks(trimmed, 0.2, dense_parameters=dense)) == 0


@pytest.mark.parametrize("name", ["crnn_channel_major", "weight_normed"])
def test_zeros_hold_through_training_with_momentum_and_decay(name: str) -> None:
    torch.manual_seed(0)
    family = FAMILIES[name]()
    network = family.network
    masks = weight_masks(network, 0.6)
    optimizer = torch.optim.AdamW(network.parameters(), lr=0.1, weight_decay=0.1)
    network(family.example).square().mean().backward()
    optimizer.step()  # moments are not zero when masking begins
    handle = hold_masks(optimizer, network, masks)
    for _ in range(3):
        optimizer.zero_grad()
        network(family.example).square().mean().backward()
        optimizer.step()
        for key, mask in masks.items():
            weight = dict(network.named_parameters())[key]
            assert not weight[~mask].any() and weight[mask].all()
    handle.remove()
    optimizer.step()
    assert any(dict(network.named_parameters())[key][~mask].any() for key, mask in masks.items())


def test_what_does_not_fit_is_said() -> None:
    before = weight_masks(NETWORK, 0.5)
    with pytest.raises(TrimError, match="expected between"):
        weight_masks(NETWORK, 0.3, before=before)
    with pytest.raises(TrimError, match="expected between"):
        weight_masks(NETWORK, 0.9999)
    with pytest.raises(TrimError, match=r"removed: 1\.2"):
        weight_masks(NETWORK, 1.2)
    with pytest.raises(TrimError, match="mask 'x'"):
        weight_masks(NETWORK, 0.5, before={"x": torch.ones(2, dtype=torch.bool)})
    with pytest.raises(TrimError, match=r"scores of 'conv\.weight': missing"):
        weight_masks(NETWORK, 0.5, scores={})
    with pytest.raises(TrimError, match=r"mask 'conv.weight': shape \(2,\)"):
        apply_masks(copy_network(NETWORK), {"conv.weight": torch.ones(2, dtype=torch.bool)})


@pytest.mark.parametrize("name", ["crnn_channel_major", "weight_normed"])
def test_masked_weights_get_no_gradient_and_the_others_theirs(name: str) -> None:
    torch.manual_seed(0)
    family = FAMILIES[name]()
    network = family.network
    masks = weight_masks(network, 0.6)

    def gradients() -> dict[str, torch.Tensor]:
        network.zero_grad()
        network(family.example).square().sum().backward()
        return {key: weight.grad.clone() for key, weight in network.named_parameters() if weight.grad is not None}

    before = gradients()
    mask_gradients(network, masks)
    after = gradients()
    for key, gradient in after.items():
        assert torch.equal(gradient, before[key] * masks[key] if key in masks else before[key]), key
    assert any((before[key] * ~mask).any() for key, mask in masks.items()), "they had a gradient"


def square(outputs: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
    return (outputs - targets).square().mean()


@pytest.mark.parametrize("criterion", WEIGHT_CRITERIA)
@pytest.mark.parametrize("name", ["crnn_channel_major", "weight_normed"])
def test_every_criterion_of_weights_ranks_all_that_can_be_masked(name: str, criterion: str) -> None:
    torch.manual_seed(0)
    family = FAMILIES[name]()
    network = family.network.eval()
    before = {key: value.clone() for key, value in network.state_dict().items()}
    with torch.no_grad():
        made = network(family.example)
    pairs = [(family.example, made + 1.0), (family.example, made - 0.5)]
    first, again = (find_weight_criterion(criterion)(network, iter(pairs), loss=square, seed=3) for _ in range(2))
    for key, weight in maskable(network).items():
        assert first[key].shape == weight.shape and torch.equal(first[key], again[key])
        assert not first[key].requires_grad and first[key].std() > 0
    assert masked(weight_masks(network, 0.6, scores=first)) == round(0.6 * parameters(network))
    assert all(torch.equal(value, before[key]) for key, value in network.state_dict().items()), "it was not changed"


def test_scores_of_weights_are_those_known_by_hand() -> None:
    """y = 2a − 3b + 0·c on two batches, loss Σ y: the gradients are the inputs."""
    network = nn.Linear(3, 1, bias=False)
    with torch.no_grad():
        network.weight.copy_(torch.tensor([[2.0, -3.0, 0.0]]))
    pairs = [(torch.tensor([[1.0, 4.0, -5.0]]), None), (torch.tensor([[-3.0, 0.0, 5.0]]), None)]
    expected = {
        "magnitude": [2.0, 3.0, 0.0],
        "gradient": [2.0, 2.0, 5.0],
        "inverse_gradient": [0.6, 0.6, 0.375],
        "taylor": [4.0, 6.0, 0.0],
    }
    for name, values in expected.items():
        scores = find_weight_criterion(name)(network, pairs, loss=lambda outputs, targets: outputs.sum())
        assert scores["weight"].flatten().tolist() == pytest.approx(values), name


def test_a_criterion_of_units_alone_ranks_no_weights() -> None:
    with pytest.raises(
        TrimError, match=r"criterion: 'batchnorm' ranks no weights, expected one of magnitude, gradient"
    ):
        find_weight_criterion("batchnorm")
    with pytest.raises(TrimError, match="criterion 'gradient': no batches"):
        find_weight_criterion("gradient")(NETWORK, (), loss=square)
