"""|γ| of the normalisation that follows (Liu et al., 2017, *Learning efficient convolutional networks through network
slimming*)."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from ultralight_mir.trimming.criteria.base import Loss, Pairs, sum_over_units
from ultralight_mir.trimming.criteria.magnitude import L1
from ultralight_mir.trimming.layers import find_layers
from ultralight_mir.trimming.unit import Unit, groups_of


def scores(
    network: nn.Module,
    units: Sequence[Unit],
    batches: Pairs | None = None,
    *,
    loss: Loss | None = None,
    seed: int = 0,
) -> Tensor:
    """[units] the mean |γ| over the unit's normalised channels.

    A group of units without a normalisation (a recurrent layer) is ranked by L1 magnitude, scaled so that its mean is
    the mean |γ| of the others: it then loses about its share.
    """
    gains, counts = {}, {}
    for name, layer in find_layers(network).items():
        if layer.kind == "norm" and "weight" in layer.tensors:
            gains[name] = layer.stored("weight").detach().abs().double().cpu()
            counts[name] = torch.ones_like(gains[name])
    number = sum_over_units(units, counts, lambda unit: unit.outputs)
    score = sum_over_units(units, gains, lambda unit: unit.outputs) / number.clamp_min(1)
    if bool((number == 0).any()):
        size = L1(network, units)
        mean = score[number > 0].mean() if bool((number > 0).any()) else torch.ones(())
        for members in groups_of(units).values():
            if not bool(number[members].any()):
                score[members] = size[members] / size[members].mean().clamp_min(1e-12) * mean
    return score
