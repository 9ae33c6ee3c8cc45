"""Networks that are refused, each with the layer's name and the reason; and units and kept indices that do not fit."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import nn
from torch.nn.utils import parametrizations, prune, spectral_norm
from trimming.network_families import FAMILIES, Lambda

from ultralight_mir.trimming import (
    TrimError,
    Unit,
    apply_kept,
    compose,
    find_units,
    kept_after,
    silence,
    slice_state,
    trim,
)

WAVE = torch.randn(1, 1, 20)


def stack(layer: nn.Module) -> nn.Module:
    return nn.Sequential(nn.Conv1d(1, 6, 3), layer, nn.Conv1d(6, 2, 3))


def pruned() -> nn.Module:
    layer = nn.Conv1d(6, 6, 3)
    prune.random_unstructured(layer, "weight", 0.5)
    return layer


REFUSED: dict[str, tuple[nn.Module, Any, str]] = {
    "projection": (nn.LSTM(4, 6, proj_size=3), torch.randn(5, 1, 4), "proj_size=3"),
    "spectral_norm": (stack(parametrizations.spectral_norm(nn.Conv1d(6, 6, 3))), WAVE, "'1': weight is computed"),
    "spectral_norm_old": (stack(spectral_norm(nn.Conv1d(6, 6, 3))), WAVE, "'1': weight is computed"),
    "pruning_hook": (stack(pruned()), WAVE, "'1': weight is computed"),
    "orthogonal": (nn.Sequential(parametrizations.orthogonal(nn.Linear(4, 4))), torch.randn(1, 4), "'0': weight is"),
    "weight_normed_recurrent": (
        nn.Sequential(parametrizations.weight_norm(nn.GRU(4, 4), "weight_hh_l0")),
        torch.randn(1, 3, 4),
        "'0': weight_hh_l0 is computed",
    ),
    "lazy": (nn.Sequential(nn.Linear(4, 5), nn.LazyLinear(3)), torch.randn(1, 4), "'1': weight is not initialised"),
    "script": (stack(torch.jit.script(nn.Conv1d(6, 6, 3))), WAVE, "'1': a ScriptModule"),
    "fails_on_the_example": (stack(nn.Conv1d(6, 6, 3)), torch.randn(1, 2, 20), "forward pass on the example fails: .*"),
    "classes_only": (Lambda(lambda net, x: net.fc(x).argmax(1), fc=nn.Linear(4, 3)), torch.randn(1, 4), "floating"),
    "odd_output": (Lambda(lambda net, x: {1, 2}, fc=nn.Linear(4, 3)), torch.randn(1, 4), "output: a set"),
}


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", REFUSED)
def test_refused_with_the_layer_and_the_reason(name: str) -> None:
    network, example, reason = REFUSED[name]
    with pytest.raises(TrimError, match=reason) as caught:
        find_units(network, example)
    assert "\n" not in str(caught.value)
    assert isinstance(caught.value, ValueError)


def chain() -> tuple[nn.Module, list[Unit]]:
    network = nn.Sequential(nn.Conv1d(1, 4, 3), nn.BatchNorm1d(4), nn.ReLU(), nn.Conv1d(4, 2, 3))
    return network, find_units(network, WAVE)


def test_a_layer_is_never_left_with_nothing() -> None:
    network, units = chain()
    for cut in (trim, silence, kept_after):
        with pytest.raises(TrimError, match="layer '0': all of its 4 outputs would be removed"):
            cut(network, units)


def test_units_of_another_network() -> None:
    network, units = chain()
    other = FAMILIES["gru"]().network
    with pytest.raises(TrimError, match="layer '0': named by a unit"):
        trim(other, units[:1])
    with pytest.raises(TrimError, match="layer '0': output 9 named by a unit, expected less than 4"):
        trim(network, [Unit((("0", (9,)),), ())])


def test_kept_of_another_network() -> None:
    network, units = chain()
    kept = kept_after(network, units[:1])
    other = nn.Sequential(nn.Conv1d(1, 3, 3), nn.BatchNorm1d(3), nn.ReLU(), nn.Conv1d(3, 2, 3))
    with pytest.raises(TrimError, match="layer '0': kept outputs are not some of its 3"):
        apply_kept(other, kept)
    with pytest.raises(TrimError, match="layer '1': in the network or in the kept indices"):
        apply_kept(nn.Sequential(nn.Conv1d(1, 4, 3), nn.ReLU(), nn.ReLU(), nn.Conv1d(4, 2, 3)), kept)
    with pytest.raises(TrimError, match="layer '0': an index is kept that an earlier step removed"):
        compose(kept, kept_after(network, units[1:2]))


def test_state_of_another_network() -> None:
    network, units = chain()
    kept, state = kept_after(network, units[:1]), network.state_dict()
    with pytest.raises(TrimError, match=r"state '0.bias': in the state or in the network"):
        slice_state({name: tensor for name, tensor in state.items() if name != "0.bias"}, network, kept)
    with pytest.raises(TrimError, match=r"state '0.weight': shape \(4, 1, 5\), expected \(4, 1, 3\)"):
        slice_state(state | {"0.weight": torch.zeros(4, 1, 5)}, network, kept)


def test_a_group_norm_is_cut_by_whole_groups_only() -> None:
    network = nn.Sequential(nn.Conv1d(1, 4, 3), nn.GroupNorm(2, 4), nn.Conv1d(4, 2, 3))
    with pytest.raises(TrimError, match="layer '1': only whole groups of 2"):
        trim(network, [Unit((("0", (0,)), ("1", (0,))), (("2", (0,)),))])


def test_groups_stay_regular() -> None:
    network = nn.Sequential(nn.Conv1d(1, 4, 3), nn.Conv1d(4, 4, 3, groups=2), nn.Conv1d(4, 2, 3))
    with pytest.raises(TrimError, match="layer '1': its 2 groups would be left with unequal widths"):
        trim(network, [Unit((("0", (0,)),), (("1", (0,)),))])
