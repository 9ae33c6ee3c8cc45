"""The control to a ticket: as many units of every layer as it keeps, but other ones.

What it lacks against the ticket is owed to which units the ticket kept; what it gains on units drawn at random from the
whole network is owed to how many of each layer.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

import numpy as np
from torch import nn

from ultralight_mir.trimming.kept import Kept, KeptLayer
from ultralight_mir.trimming.unit import Unit
from ultralight_mir.trimming.units import find_units

Indices = list[tuple[str, int, int]]
"""What a unit consists of: (layer, 0 for outputs and 1 for inputs, index), in module order."""


def shuffled(dense: nn.Module, example: Any, kept: Kept, seed: int) -> Kept:
    """Other units than `kept` keeps, drawn at random, as many of every kind, so that all shapes are the same.

    Units are of a kind if they have as many outputs and inputs of the same layers. Where fewer are gone than are kept,
    all that are gone come back, and some of the kept ones stay. What is in no unit of `dense` stays as it is in `kept`.

    Args:
        dense: the network that `kept` is relative to; is not changed.
        example: an input, as for `find_units`.
        kept: of `dense`.
        seed: 0 or more; the same one draws the same units.

    Raises:
        TrimError: `kept` is of another network, or the network cannot be run on the example.

    >>> import torch
    >>> from ultralight_mir.trimming.kept import kept_after
    >>> network = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 3))
    >>> example = torch.randn(1, 4)
    >>> kept = kept_after(network, find_units(network, example)[:5])
    >>> kept.layers["0"].outputs
    (5, 6, 7)
    >>> other = shuffled(network, example, kept, seed=0)
    >>> len(other.layers["0"].outputs), {5, 6, 7} & set(other.layers["0"].outputs)
    (3, set())
    """
    kept.check(dense)
    random = np.random.default_rng(seed)
    left = {(name, side): set(now) for name, layer in kept.layers.items() for side, now in enumerate(layer.sides())}
    for alike in _kinds(find_units(dense, example)):
        # A ladder may have cut a unit of the dense network in two: once one group of a depthwise convolution is left,
        # its outputs are units of their own. So what moves is which of a unit's indices are kept.
        patterns = [[index in left[layer, side] for layer, side, index in unit] for unit in alike]
        some = random.permutation([number for number, pattern in enumerate(patterns) if any(pattern)])
        none = random.permutation([number for number, pattern in enumerate(patterns) if not any(pattern)])
        chosen = np.concatenate([none, some])[: len(some)].astype(int)
        for unit in alike:
            for layer, side, index in unit:
                left[layer, side].discard(index)
        for source, target in zip(some, chosen, strict=True):
            for (layer, side, index), stays in zip(alike[target], patterns[source], strict=True):
                if stays:
                    left[layer, side].add(index)
    return Kept({name: KeptLayer(*(tuple(sorted(left[name, side])) for side in (0, 1))) for name in kept.layers})


def _kinds(units: Sequence[Unit]) -> list[list[Indices]]:
    """Units by how many outputs and inputs of which layers they have."""
    kinds: dict[tuple[tuple[str, int], ...], list[Indices]] = defaultdict(list)
    for unit in units:
        parts = [
            (layer, side, index)
            for side, places in enumerate((unit.outputs, unit.inputs))
            for layer, indices in places
            for index in indices
        ]
        kinds[tuple((layer, side) for layer, side, _ in parts)].append(parts)
    return list(kinds.values())
