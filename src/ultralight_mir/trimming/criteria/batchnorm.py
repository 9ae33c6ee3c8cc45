"""|γ| of the normalisation that follows.

Liu et al. (2017), *Learning efficient convolutional networks through network slimming*, who add λ·Σ|γ| to the loss, so
that training itself drives the gains of idle channels to zero. **Here networks are trained without it**: γ says how far
training moved a channel's gain from 1, and nothing pressed idle ones down. An objective of one's own can add that term;
`gates` is the criterion that presses by itself, after training.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from ultralight_mir.trimming.criteria.base import Loss, Pairs, mean_over_units
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
    gains = {
        name: layer.stored("weight").detach().abs()
        for name, layer in find_layers(network).items()
        if layer.kind == "norm" and "weight" in layer.tensors
    }
    score = mean_over_units(units, gains)
    normed = torch.tensor([any(layer in gains for layer in unit.group) for unit in units])
    if not bool(normed.all()):
        size = L1(network, units)
        mean = score[normed].mean() if bool(normed.any()) else torch.ones(())
        for members in groups_of(units).values():
            if not bool(normed[members].any()):
                score[members] = size[members] / size[members].mean().clamp_min(1e-12) * mean
    return score
