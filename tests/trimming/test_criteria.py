"""Criteria: scores known by hand, a closed form for the mutual information, every criterion on every kind of layer."""

from __future__ import annotations

import math
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional
from trimming.network_families import FAMILIES

from ultralight_mir.trimming import CRITERIA, TrimError, Unit, find_criterion, find_units
from ultralight_mir.trimming.calling import convert
from ultralight_mir.trimming.criteria.mutual_information import mutual_information

torch.set_num_threads(1)


def three_units() -> tuple[nn.Module, list[Unit]]:
    """Linear 2 → 3 → 1 with units of known size: unit 1 is deaf, unit 2 is the largest."""
    network = nn.Sequential(nn.Linear(2, 3), nn.ReLU(), nn.Linear(3, 1))
    with torch.no_grad():
        network[0].weight.copy_(torch.tensor([[1.0, -1.0], [0.0, 0.0], [3.0, 4.0]]))
        network[0].bias.zero_()
        network[2].weight.copy_(torch.tensor([[1.0, 1.0, 0.5]]))
        network[2].bias.zero_()
    units = find_units(network, torch.randn(2, 2))
    assert [unit.outputs for unit in units] == [(("0", (j,)),) for j in range(3)]
    return network, units


def batches(count: int = 3) -> list[tuple[Tensor, Tensor]]:
    generator = torch.Generator().manual_seed(0)
    inputs = [torch.randn(64, 2, generator=generator) for _ in range(count)]
    return [(x, (3 * x[:, :1] + 4 * x[:, 1:]).relu()) for x in inputs]


def test_magnitude_is_the_norm_of_the_weights_that_make_a_unit() -> None:
    network, units = three_units()
    assert find_criterion("magnitude")(network, units).tolist() == [2.0, 0.0, 7.0]
    assert find_criterion("magnitude_l2")(network, units).tolist() == pytest.approx([math.sqrt(2), 0.0, 5.0])


def test_magnitude_of_a_recurrent_unit_is_over_gates_directions_and_both_matrices() -> None:
    network = FAMILIES["gru"]().network
    units = find_units(network, torch.randn(2, 6, 5))
    rows = [network.gru.weight_ih_l0[[j, 7 + j, 14 + j]].abs().sum() for j in range(7)]
    rows = [r + network.gru.weight_hh_l0[[j, 7 + j, 14 + j]].abs().sum() for j, r in enumerate(rows)]
    expected = torch.stack(rows).double()
    assert torch.allclose(find_criterion("magnitude")(network, units), expected, atol=1e-6)


def test_magnitude_of_a_grouped_transposed_convolution_is_the_mean_over_outputs_of_their_own_groups() -> None:
    network = nn.Sequential(nn.Conv1d(1, 4, 1), nn.ConvTranspose1d(4, 6, 1, groups=2), nn.Conv1d(6, 1, 1))
    with torch.no_grad():
        network[1].weight.zero_()
        network[1].weight[3, 1] = 5.0  # input 3 is in group 1, so this makes output 3 + 1
    units = [unit for unit in find_units(network, torch.randn(1, 1, 4)) if "1" in unit.group]
    scores = find_criterion("magnitude")(network, units)
    assert {unit.outputs[0][1]: score for unit, score in zip(units, scores.tolist(), strict=True)} == {
        (0, 3): 0.0,
        (1, 4): 2.5,
        (2, 5): 0.0,
    }


def test_batchnorm_is_the_gain_and_units_without_one_get_a_comparable_score() -> None:
    family = FAMILIES["crnn_channel_major"]()
    with torch.no_grad():
        family.network.norm.weight.copy_(torch.tensor([-6.0, 5, 4, 3, 2, 1]))
    units = find_units(family.network, family.example)
    scores = find_criterion("batchnorm")(family.network, units)
    normed = torch.tensor(["norm" in unit.group for unit in units])
    assert scores[normed].tolist() == [6, 5, 4, 3, 2, 1]
    assert float(scores[~normed].mean()) == pytest.approx(3.5)


def test_a_unit_that_does_nothing_is_worth_least() -> None:
    network, units = three_units()
    for name in ("gradient", "taylor", "activation", "information", "info_target"):
        loss = None if name in ("activation", "information", "info_target") else functional.mse_loss
        scores = find_criterion(name)(network, units, batches(), loss=loss)
        assert scores.argmin() == 1, name
        assert float(scores[1]) == pytest.approx(0.0, abs=1e-6), name
    assert find_criterion("info_target")(network, units, batches()).argmax() == 2


def test_inverse_gradient_reverses_gradient() -> None:
    network, units = three_units()
    one, two = (
        find_criterion(name)(network, units, batches(), loss=functional.mse_loss)
        for name in ("gradient", "inverse_gradient")
    )
    assert one.argsort().tolist() == two.argsort(descending=True).tolist()


def test_taylor_predicts_the_change_of_the_loss() -> None:
    network, units = three_units()
    with torch.no_grad():
        network[0].weight[0] *= 1e-3  # a first-order prediction holds for small weights
    scores = find_criterion("taylor")(network, units, batches(1), loss=functional.mse_loss)
    (inputs, targets) = batches(1)[0]
    before = functional.mse_loss(network(inputs), targets)
    with torch.no_grad():
        network[0].weight[0] = 0
    after = functional.mse_loss(network(inputs), targets)
    assert float(scores[0]) == pytest.approx((after - before).abs().item(), rel=0.02)


@pytest.mark.parametrize("correlation", [0.0, 0.3, 0.6, 0.9, 0.99])
def test_mutual_information_of_gaussian_pairs(correlation: float) -> None:
    generator = torch.Generator().manual_seed(1)
    x, noise = torch.randn(2, 20000, 1, generator=generator, dtype=torch.float64)
    y = correlation * x + math.sqrt(1 - correlation**2) * noise
    expected = -0.5 * math.log(1 - correlation**2)
    assert float(mutual_information(x, y)) == pytest.approx(expected, abs=0.02)
    assert float(mutual_information(x.exp(), y**3)) == pytest.approx(expected, abs=0.02)


def test_mutual_information_of_a_gaussian_with_many() -> None:
    generator = torch.Generator().manual_seed(2)
    x = torch.randn(8000, 6, generator=generator, dtype=torch.float64)
    y = x[:, :4].sum(1, keepdim=True) + 2 * torch.randn(8000, 1, generator=generator, dtype=torch.float64)
    assert float(mutual_information(y, x)) == pytest.approx(0.5 * math.log(2), abs=0.02)
    assert float(mutual_information(torch.ones(8000, 1), x)) == 0.0


def test_mutual_information_is_not_fooled_by_many_variables_and_few_samples() -> None:
    generator = torch.Generator().manual_seed(3)
    x, y = torch.randn(200, 300, generator=generator), torch.randn(200, 20, generator=generator)
    assert float(mutual_information(y, x).mean()) < 0.05


def test_mutual_information_of_maps_is_that_of_all_their_places_together() -> None:
    generator = torch.Generator().manual_seed(4)
    x = torch.randn(8000, 2, 3, generator=generator, dtype=torch.float64)
    x = torch.cat([x, x[..., :1]], dim=2)  # what is there twice tells nothing more
    noise = torch.randn(8000, 2, generator=generator, dtype=torch.float64)
    y = torch.stack([x[:, 0, 0] + noise[:, 0], x[:, 0, 1] + 2 * noise[:, 1]], dim=1)
    expected = 0.5 * math.log(2) + 0.5 * math.log(1.25)
    assert mutual_information(x, y).tolist() == pytest.approx([expected, 0.0], abs=0.02)


def test_mutual_information_of_maps_of_noise_is_none_on_the_mean() -> None:
    generator = torch.Generator().manual_seed(5)
    x, y = torch.randn(800, 200, 16, generator=generator), torch.randn(800, 32, generator=generator)
    # −½·Σ ln(1 − ρ²) alone is 0.33 here; what is left is that half of the values are cut at 0.
    assert float(mutual_information(x, y).mean()) < 0.02


def maps(located: bool, frames: int = 24) -> tuple[nn.Module, list[tuple[Tensor, Tensor]]]:
    """Four channels that pass on, or sum over all frequencies, a spectrum with one peak; f0 as targets, 0 unvoiced."""

    class Network(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.first, self.last = nn.Conv2d(1, 4, 1, bias=False), nn.Conv2d(4, 1, 1)

        def forward(self, x: Tensor) -> Tensor:
            return self.last(self.first(x)).mean(3)

    network = Network()
    generator = torch.Generator().manual_seed(0)
    pairs = []
    for _ in range(8):
        pitch = torch.randint(0, 24, (16, frames), generator=generator)
        voiced = torch.rand(16, frames, generator=generator) < 0.5
        spectrum = functional.one_hot(pitch, 24) * voiced[..., None] + 0.05 * torch.rand(
            16, frames, 24, generator=generator
        )
        if not located:
            spectrum = spectrum.mean(2, keepdim=True).expand(-1, -1, 24)
        pairs.append((spectrum[:, None].float(), torch.where(voiced, 60 * 2 ** (pitch / 12), 0.0)[..., None]))
    return network, pairs


def test_information_on_pitch_is_where_a_map_speaks_up_not_only_that_it_does() -> None:
    found = []
    for located in (True, False):
        torch.manual_seed(0)
        network, pairs = maps(located)
        scores = find_criterion("info_target")(network, find_units(network, pairs[0][0]), pairs)
        found.append(float(scores.mean()))
    assert found[1] == pytest.approx(math.log(2), abs=0.5), "voicing: one bit, as far as a copula tells"
    assert found[0] > found[1] + 0.6


@pytest.mark.parametrize("criterion", ["magnitude", "gradient", "taylor", "activation", "batchnorm"])
def test_a_unit_is_not_worth_more_for_being_of_more_layers(criterion: str) -> None:
    class Sums(nn.Module):
        def __init__(self, branches: int) -> None:
            super().__init__()
            self.branches = nn.ModuleList(
                nn.Sequential(nn.Linear(2, 3, bias=False), nn.BatchNorm1d(3)) for _ in range(branches)
            )
            self.last = nn.Linear(3, 1)

        def forward(self, x: Tensor) -> Tensor:
            return self.last(torch.stack([branch(x) for branch in self.branches]).mean(0))

    torch.manual_seed(0)
    one, many = Sums(1).eval(), Sums(4).eval()
    with torch.no_grad():
        one.branches[0][1].weight.copy_(torch.tensor([0.5, 1.0, 2.0]))
        for branch in many.branches:
            branch.load_state_dict(one.branches[0].state_dict())
        many.last.load_state_dict(one.last.state_dict())
    scores = [
        find_criterion(criterion)(net, find_units(net, torch.randn(2, 2)), batches(), loss=functional.mse_loss)
        for net in (one, many)
    ]
    # The loss hangs on a branch by as much less as there are more of them.
    share = 4 if criterion in ("gradient", "taylor") else 1
    assert (share * scores[1]).tolist() == pytest.approx(scores[0].tolist(), rel=1e-4)


@pytest.mark.parametrize("criterion", sorted(CRITERIA))
@pytest.mark.parametrize(
    "name",
    [
        "crnn_channel_major",
        "lstm_time_first",
        "weight_normed",
        "weight_normed_old",
        "residual",
        "embedding",
        "recurrent_cells",
    ],
)
def test_every_criterion_scores_every_kind_of_layer(criterion: str, name: str) -> None:
    torch.manual_seed(0)
    family = FAMILIES[name]()
    network = family.network.eval()
    before = {key: value.clone() for key, value in network.state_dict().items()}
    units = find_units(network, family.example)
    example = convert(family.example, lambda t: torch.cat([t, *(t[torch.randperm(len(t))] for _ in range(15))]))
    if isinstance(example, Tensor) and example.is_floating_point():
        example += torch.randn_like(example)
    output = network(example)

    def loss(outputs: Any, targets: Any) -> Tensor:
        return ((outputs - targets) ** 2).mean()

    targets = torch.randn(32, 9, 3)
    if criterion in ("gradient", "inverse_gradient", "taylor", "gates"):
        targets = torch.randn_like(output)
    scores = find_criterion(criterion)(network, units, [(example, targets)] * 2, loss=loss)
    again = find_criterion(criterion)(network, units, [(example, targets)] * 2, loss=loss)
    assert scores.shape == (len(units),) and scores.isfinite().all() and torch.equal(scores, again)
    assert criterion == "info_target" or len(set(scores.tolist())) > 1  # the targets here are noise
    assert all(torch.equal(before[key], value) for key, value in network.state_dict().items())


def test_taylor_does_not_vanish_under_weight_norm() -> None:
    torch.manual_seed(0)
    family = FAMILIES["weight_normed"]()
    units = find_units(family.network, family.example)
    targets = torch.randn_like(family.network(family.example))
    scores = find_criterion("taylor")(family.network, units, [(family.example, targets)], loss=functional.mse_loss)
    assert float(scores.min()) > 1e-6


def test_what_is_missing_is_said() -> None:
    network, units = three_units()
    with pytest.raises(TrimError, match="'taylor': no loss"):
        find_criterion("taylor")(network, units, batches())
    for name in ("activation", "information", "info_target"):
        with pytest.raises(TrimError, match=f"'{name}': no batches"):
            find_criterion(name)(network, units)
        with pytest.raises(TrimError, match=f"'{name}': no batches"):
            find_criterion(name)(network, units, [])
    with pytest.raises(TrimError, match="criterion: 'best', expected one of"):
        find_criterion("best")
