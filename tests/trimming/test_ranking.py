"""Selection: sizes are exact, the target is met within one unit, floors hold, options do what they say."""

from __future__ import annotations

import math
from collections import Counter
from typing import get_args

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode
from trimming.network_families import FAMILIES
from trimming.test_families import some_units

from ultralight_mir.networks.chord_cnn import ChordCnn
from ultralight_mir.networks.harmonic_cnn import HarmonicCnn
from ultralight_mir.networks.spectral_cnn import SpectralCnn
from ultralight_mir.networks.timbre_cnn import TimbreCnn
from ultralight_mir.trimming import (
    Ranking,
    Scale,
    Selection,
    Sizes,
    TrimError,
    find_criterion,
    find_units,
    select,
    trim,
)
from ultralight_mir.trimming.calling import call
from ultralight_mir.trimming.counting import tallies
from ultralight_mir.trimming.ranking import layer_adaptive
from ultralight_mir.trimming.unit import groups_of

torch.set_num_threads(1)


def parameters(network: nn.Module) -> int:
    return sum(p.numel() for p in network.parameters())


def stored_bytes(network: nn.Module) -> int:
    tensors = {id(t): t for t in network.state_dict(keep_vars=True).values()}
    return sum(t.numel() * t.element_size() for t in tensors.values())


@pytest.mark.parametrize("name", FAMILIES)
def test_sizes_by_arithmetic_are_those_of_the_trimmed_network(name: str) -> None:
    torch.manual_seed(0)
    family = FAMILIES[name]()
    every = find_units(family.network, family.example)
    units = some_units(family.network, every, 0.6, 1)
    trimmed = trim(family.network, units)
    assert Sizes(family.network).total() == parameters(family.network)
    assert Sizes(family.network).after(units)[-1] == parameters(trimmed)
    assert Sizes(family.network, "bytes").after(units)[-1] == stored_bytes(trimmed)
    macs = Sizes(family.network, "macs", family.example)
    assert macs.after(units)[-1] == pytest.approx(Sizes(trimmed, "macs", family.example).total())
    tally, left = tallies(family.network, every), len(every) - len(units)
    numbers = Sizes(family.network, "units", tallies=tally).after(units)
    assert numbers == pytest.approx(np.arange(len(every), left - 1, -1.0)), "a unit counts one, whatever it is made of"
    assert Sizes(trimmed, "units", tallies=tally).total() == pytest.approx(left)


@pytest.mark.parametrize(
    "name",
    ["crnn_channel_major", "u_net", "conv_transpose2d_groups", "depthwise_separable", "frames_folded_into_batch"],
)
def test_macs_are_those_of_torch(name: str) -> None:
    family = FAMILIES[name]()
    with FlopCounterMode(display=False) as counter:
        call(family.network, family.example)
    assert Sizes(family.network, "macs", family.example).total() == counter.get_total_flops() / 2


WIDE = nn.Sequential(
    nn.Conv1d(1, 24, 5),
    nn.BatchNorm1d(24),
    nn.ReLU(),
    nn.Conv1d(24, 40, 5),
    nn.ReLU(),
    nn.Conv1d(40, 30, 3),
    nn.Conv1d(30, 2, 1),
)
WAVE = torch.randn(1, 1, 40)
UNITS = find_units(WIDE, WAVE)


@settings(max_examples=60, deadline=None)
@given(
    st.floats(0, 0.97),
    st.sampled_from(["local", "global"]),
    st.sampled_from(get_args(Scale)),
    st.sampled_from(["parameters", "macs", "bytes"]),
    st.integers(0, 3),
)
def test_the_target_is_met_within_one_unit(removed: float, scope: str, scale: str, measure: str, seed: int) -> None:
    scores = find_criterion("random")(WIDE, UNITS, seed=seed)
    ranking = Ranking(scope=scope, scale=scale, measure=measure)  # type: ignore[arg-type]
    choice = select(WIDE, UNITS, scores, removed, ranking=ranking, example=WAVE)
    sizes = Sizes(WIDE, measure, WAVE)
    after = sizes.after(choice.units)
    assert choice.removed == pytest.approx(1 - after[-1] / sizes.total())
    assert choice.overshoot == pytest.approx(choice.removed - removed)
    assert choice.overshoot >= -1e-9
    if len(choice.units):
        assert 1 - after[-2] / sizes.total() < removed + 1e-9, "one unit less would have done"
    trimmed = trim(WIDE, choice.units)
    width = sum(layer.out_channels for layer in trimmed if isinstance(layer, nn.Conv1d))
    assert choice.channels_removed == pytest.approx(1 - width / 96)


@pytest.mark.parametrize("scope", ["local", "global"])
def test_a_ladder_that_takes_a_fifth_of_the_units_a_step(scope: str) -> None:
    """The last unit of a layer is none any more, as it cannot go; it was one of the dense network's, and counts."""
    network, units, share = WIDE, UNITS, 1.0
    ranking = Ranking(scope=scope, measure="units")  # type: ignore[arg-type]
    for _ in range(9):
        share *= 0.8
        scores = find_criterion("magnitude")(network, units)
        choice = select(network, units, scores, 1 - share, ranking=ranking, dense=WIDE, example=WAVE)
        network = trim(network, choice.units)
        units = find_units(network, WAVE)
        widths = [layer.out_channels for layer in network if isinstance(layer, nn.Conv1d)][:3]
        assert sum(widths) == math.floor(share * len(UNITS) + 1e-9) and min(widths) >= 1
        assert choice.removed == pytest.approx(1 - sum(widths) / len(UNITS))
        if scope == "local":
            assert all(abs(width - share * dense) < 4 for width, dense in zip(widths, (24, 40, 30), strict=True))
    with pytest.raises(TrimError, match="measure: units of a dense network without an example input"):
        select(network, units, torch.rand(len(units)).double(), 0.9, ranking=ranking, dense=WIDE)


def test_a_layer_of_no_more_units_than_the_floor_stays_whole() -> None:
    thin = nn.Sequential(nn.Conv1d(1, 2, 5), nn.ReLU(), nn.Conv1d(2, 12, 5), nn.ReLU(), nn.Conv1d(12, 2, 1))
    units = find_units(thin, WAVE)
    for scope in ("local", "global"):
        ranking = Ranking(scope=scope, floor=3)  # type: ignore[arg-type]
        choice = select(thin, units, torch.arange(len(units)).double(), 0.9, ranking=ranking)
        widths = [layer.out_channels for layer in trim(thin, choice.units) if isinstance(layer, nn.Conv1d)]
        assert widths == [2, 3, 2] and "0" in choice.floored_layers


def test_a_quarter_of_the_parameters_is_left_by_half_of_the_channels() -> None:
    net = nn.Sequential(nn.Conv1d(1, 100, 1, bias=False), nn.Conv1d(100, 100, 9, bias=False), nn.Conv1d(100, 1, 1))
    units = find_units(net, WAVE)
    choice = select(net, units, torch.rand(200).double(), 0.75, ranking=Ranking(scope="local"))
    assert choice.channels_removed == pytest.approx(0.5, abs=0.01)


def test_fractions_refer_to_the_dense_network_along_a_ladder() -> None:
    network, units = WIDE, UNITS
    for removed in (0.3, 0.6, 0.9):
        scores, ranking = find_criterion("magnitude")(network, units), Ranking(scale="dimension")
        choice = select(network, units, scores, removed, ranking=ranking, dense=WIDE)
        network = trim(network, choice.units)
        units = find_units(network, WAVE)
        assert choice.removed == pytest.approx(1 - parameters(network) / parameters(WIDE))
        assert 0 <= choice.overshoot < 0.05
    rest = select(network, units, find_criterion("magnitude")(network, units), 0.5, dense=WIDE)
    assert rest.units == () and rest.overshoot > 0.35


def test_local_takes_the_same_share_of_every_layer_and_global_the_lowest() -> None:
    scores = torch.arange(len(UNITS)).double()  # the first layer's are the lowest
    local = select(WIDE, UNITS, scores, 0.5, ranking=Ranking(scope="local"))
    shares = [
        sum(unit in local.units for unit in map(UNITS.__getitem__, members)) / len(members)
        for members in groups_of(UNITS).values()
    ]
    assert max(shares) - min(shares) < 0.06
    ranked = select(WIDE, UNITS, scores, 0.1)
    assert list(ranked.units) == UNITS[: len(ranked.units)]


def test_the_floor_holds_and_is_reported() -> None:
    scores = torch.arange(len(UNITS)).double()
    choice = select(WIDE, UNITS, scores, 0.5, ranking=Ranking(floor=5))
    assert trim(WIDE, choice.units)[0].out_channels == 5
    assert choice.floored_layers == ("0", "1")
    assert select(WIDE, UNITS, scores, 0.02, ranking=Ranking(floor=5)).floored_layers == ()
    everything = select(WIDE, UNITS, scores, 0.99, ranking=Ranking(floor_fraction=0.25))
    assert [layer.out_channels for layer in trim(WIDE, everything.units) if isinstance(layer, nn.Conv1d)] == [
        6,
        10,
        8,
        2,
    ]
    assert everything.overshoot < 0
    assert set(everything.floored_layers) == {"0", "1", "3", "5"}


@pytest.mark.parametrize("removed", [0.2, 0.5, 0.8])
def test_widths_are_rounded(removed: float) -> None:
    scores = find_criterion("random")(WIDE, UNITS, seed=1)
    choice = select(WIDE, UNITS, scores, removed, ranking=Ranking(round_to=8))
    widths = [layer.out_channels for layer in trim(WIDE, choice.units) if isinstance(layer, nn.Conv1d)][:3]
    assert all(width % 8 == 0 or width == dense for width, dense in zip(widths, (24, 40, 30), strict=True))
    assert choice.overshoot >= 0


def test_scales_make_layers_comparable() -> None:
    magnitude = find_criterion("magnitude")(WIDE, UNITS)
    plain = Counter(unit.group for unit in select(WIDE, UNITS, magnitude, 0.3).units)
    scaled = Counter(
        unit.group for unit in select(WIDE, UNITS, magnitude, 0.3, ranking=Ranking(scale="dimension")).units
    )
    assert plain["0", "1"] > scaled["0", "1"] + 5  # of few inputs, so of small sums


def kept_of_each(choice: Selection) -> list[int]:
    """How many units of each group of `WIDE` are left."""
    gone = set(choice.units)
    return [sum(UNITS[index] not in gone for index in members) for members in groups_of(UNITS).values()]


def uneven(seed: int) -> Tensor:
    """Scores that spread alike in every group, each ten times as high as the group before."""
    generator = torch.Generator().manual_seed(seed)
    scores = torch.rand(len(UNITS), generator=generator, dtype=torch.float64) + 0.5
    for number, members in enumerate(groups_of(UNITS).values()):
        scores[members] *= 10**number
    return scores


@pytest.mark.parametrize("removed", [0.5, 0.8, 0.95])
def test_layer_adaptive_scores_starve_no_layer_whatever_its_scores_are(removed: float) -> None:
    plain, adaptive = (
        kept_of_each(select(WIDE, UNITS, uneven(0), removed, ranking=Ranking(scale=scale)))  # type: ignore[arg-type]
        for scale in ("none", "lamp")
    )
    assert plain[0] <= 3, "of 24"
    assert max(adaptive) - min(adaptive) <= 0.6 * max(adaptive)


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 99), st.lists(st.floats(0.01, 100), min_size=3, max_size=3), st.floats(-5, 0))
def test_layer_adaptive_scores_are_those_of_the_paper(seed: int, factors: list[float], least: float) -> None:
    scores = uneven(seed).numpy()
    result = layer_adaptive(UNITS, scores)
    for factor, members in zip(factors, groups_of(UNITS).values(), strict=True):
        assert result[members] == pytest.approx(layer_adaptive(UNITS, scores * factor)[members])
        squares = scores[members] ** 2
        by_hand = [square / squares[squares >= square].sum() for square in squares]
        assert result[members] == pytest.approx(by_hand)
        below = layer_adaptive(UNITS, scores - scores.max() + least)
        assert (below[members].argsort(kind="stable") == scores[members].argsort(kind="stable")).all()
        assert np.isfinite(below).all()


WIDE_NETWORKS = {
    "timbre": (lambda: TimbreCnn(80, 11, False, 256, width=32), 80),
    "chord": (lambda: ChordCnn(144, 25, True, 512, width=20), 144),
    "spectral": (lambda: SpectralCnn(80, 3, True, 256, width=26), 80),
    "harmonic": (lambda: HarmonicCnn(264, 360, True, 256, width=24), 264),
}


@pytest.mark.parametrize("name", WIDE_NETWORKS)
def test_a_local_ladder_reaches_what_was_asked_of_it_in_wide_networks(name: str) -> None:
    make, bins = WIDE_NETWORKS[name]
    torch.manual_seed(0)
    dense, example = make().eval(), torch.randn(1, 8, bins)
    last, ranking = dense, Ranking(scope="local")
    for removed in (0.5, 0.75, 0.85, 0.9, 0.95, 0.98):
        units = find_units(last, example)
        scores = find_criterion("random")(last, units, seed=1)
        choice = select(last, units, scores, removed, ranking=ranking, dense=dense)
        last = trim(last, choice.units)
        assert choice.overshoot == pytest.approx(1 - parameters(last) / parameters(dense) - removed)
        assert 0 <= choice.overshoot < 0.006, "no more than one unit"
        assert choice.floored_layers == ()


def test_what_rounding_leaves_over_is_said() -> None:
    dense, example = HarmonicCnn(264, 360, True, 256, width=24).eval(), torch.randn(1, 8, 264)
    units = find_units(dense, example)
    scores = find_criterion("random")(dense, units, seed=1)
    choice = select(dense, units, scores, 0.98, ranking=Ranking(scope="local", round_to=8))
    left = parameters(trim(dense, choice.units)) / parameters(dense)
    assert choice.overshoot == pytest.approx(0.02 - left) and choice.overshoot < -0.02


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"removed": 1.2}, "removed: 1.2, expected 0 ≤ removed < 1"),
        ({"removed": math.nan}, "removed: nan, expected 0 ≤ removed < 1"),
        ({"ranking": Ranking(measure="macs")}, "measure: macs without an example"),
        ({"scores": torch.ones(3)}, "one finite number for each of 94 units"),
        ({"scores": torch.full((94,), torch.nan)}, "one finite number"),
    ],
)
def test_wrong_options_are_named(options: dict[str, object], message: str) -> None:
    with pytest.raises(TrimError, match=message):
        select(WIDE, UNITS, **({"scores": torch.rand(94), "removed": 0.5} | options))
