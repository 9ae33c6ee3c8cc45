"""What a unit is, as data."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

Places = tuple[tuple[str, tuple[int, ...]], ...]
Group = tuple[str, ...]
"""The layers that units are outputs of; units of one group are ranked together under a local scope."""


@dataclass(frozen=True, order=True)
class Unit:
    """The smallest set of weights that can be removed together.

    Attributes:
        outputs: (layer, output indices) in module order: channels of convolutions, of linear layers, embeddings and
            normalisations, hidden units of recurrent layers.
        inputs: (layer, input indices) in module order: the columns that read these outputs.
    """

    outputs: Places
    inputs: Places

    @property
    def group(self) -> Group:
        """The layers that this unit is an output of."""
        return tuple(layer for layer, _ in self.outputs)


IndexSets = dict[str, set[int]]


def removed_indices(units: Iterable[Unit]) -> tuple[IndexSets, IndexSets]:
    """The output and the input indices of each layer that these units take away."""
    outputs: IndexSets = defaultdict(set)
    inputs: IndexSets = defaultdict(set)
    for unit in units:
        for layer, indices in unit.outputs:
            outputs[layer].update(indices)
        for layer, indices in unit.inputs:
            inputs[layer].update(indices)
    return outputs, inputs


def groups_of(units: Iterable[Unit]) -> dict[Group, list[int]]:
    """The positions of the units of each group, groups in order of appearance."""
    groups: dict[Group, list[int]] = defaultdict(list)
    for index, unit in enumerate(units):
        groups[unit.group].append(index)
    return groups
