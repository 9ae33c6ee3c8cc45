"""What a unit is, as data."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from torch import nn

Places = tuple[tuple[str, tuple[int, ...]], ...]


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
    def group(self) -> tuple[str, ...]:
        """The layers that this unit is an output of: units of one group are ranked together under a local scope."""
        return tuple(layer for layer, _ in self.outputs)

    def parameters(self, network: nn.Module) -> int:
        """How many parameters `network` would lose if this unit alone were removed from it."""
        from ultralight_mir.trimming.counting import Sizes

        sizes = Sizes(network)
        return int(sizes.total() - sizes.after([self])[-1])


Removed = dict[str, set[int]]


def removed_indices(units: Iterable[Unit]) -> tuple[Removed, Removed]:
    """The output and the input indices of each layer that these units take away."""
    outputs: Removed = defaultdict(set)
    inputs: Removed = defaultdict(set)
    for unit in units:
        for layer, indices in unit.outputs:
            outputs[layer].update(indices)
        for layer, indices in unit.inputs:
            inputs[layer].update(indices)
    return outputs, inputs
