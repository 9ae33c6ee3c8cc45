"""Mutual information between what a unit puts out and what its layer is given, or the target."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from ultralight_mir.trimming.criteria.base import Loss, Pairs, mean_over_units
from ultralight_mir.trimming.criteria.mutual_information import mutual_information
from ultralight_mir.trimming.criteria.observation import observe
from ultralight_mir.trimming.errors import TrimError
from ultralight_mir.trimming.layers import Layer
from ultralight_mir.trimming.unit import Unit

SAMPLES_PER_BATCH = 512
SAMPLES = 4096
CLASSES = 512
"""A single whole-numbered target with up to this many values is a class."""
STEPS = 32
"""Any other single target that is not one of two becomes a class by where it stands among all."""
BANDS = 16
"""What a channel's map has beside time is averaged to this many positions."""


def scores(
    network: nn.Module,
    units: Sequence[Unit],
    batches: Pairs | None = None,
    *,
    loss: Loss | None = None,
    seed: int = 0,
) -> Tensor:
    """[units] I(output; the layer's input at the same place) in nats, mean over the unit's outputs.

    A layer that is given whole numbers (an embedding) has no such score and counts nothing.
    """
    reservoir = Reservoir(seed)

    def see(layer: Layer, inputs: Tensor | None, outputs: Tensor, targets: Any) -> None:
        if inputs is not None:
            reservoir.add(layer, outputs, _resample(inputs, outputs.shape[2:]))

    observe(network, batches, "information", see)
    return reservoir.scores(units)


def with_target(
    network: nn.Module,
    units: Sequence[Unit],
    batches: Pairs | None = None,
    *,
    loss: Loss | None = None,
    seed: int = 0,
) -> Tensor:
    """[units] I(output; target) in nats, mean over the unit's outputs.

    Targets are [batch, frames, k], compared frame by frame (time is the axis of an output whose length is nearest to
    the number of frames) with the frame's whole map, in `BANDS` positions taken together: which pitch it is shows in
    where a channel speaks up, not in how much. Or they are [batch, k] or [batch], compared with the output's mean over
    the clip.

    Raises:
        TrimError: targets are not such a tensor, or a layer's rows are not those of the batch.
    """
    reservoir = Reservoir(seed)

    def see(layer: Layer, inputs: Tensor | None, outputs: Tensor, targets: Any) -> None:
        if not isinstance(targets, Tensor) or not 1 <= targets.dim() <= 3 or len(outputs) % len(targets):
            raise TrimError(f"criterion 'info_target': layer {layer.name!r}: no target for each of {len(outputs)} rows")
        frames = targets.shape[1] if targets.dim() == 3 else 1
        reference = targets.reshape(len(targets), frames, -1).transpose(1, 2)
        rows = outputs if len(outputs) == len(targets) else outputs.unflatten(0, (len(targets), -1)).transpose(1, 2)
        maps = _by_frame(rows, frames)
        reservoir.add(layer, maps.flatten(1, 2), _resample(reference, maps.shape[3:]), maps.shape[2])

    observe(network, batches, "info_target", see)
    return reservoir.scores(units, _as_classes)


class Reservoir:
    """Outputs of layers, each with what it is compared with, a random choice of them."""

    def __init__(self, seed: int) -> None:
        self._generator = torch.Generator().manual_seed(seed)
        self._pairs: dict[str, list[tuple[Tensor, Tensor]]] = defaultdict(list)
        self._shapes: dict[str, tuple[int, int]] = {}

    def add(self, layer: Layer, outputs: Tensor, reference: Tensor, positions: int = 1) -> None:
        """Add [rows, columns × positions, …] outputs, and [rows, variables, …] of the same rows and places."""
        one, two = (values.movedim(1, -1).flatten(0, -2).cpu() for values in (outputs, reference))
        choice = torch.randperm(len(one), generator=self._generator)[:SAMPLES_PER_BATCH]
        self._pairs[layer.name].append((one[choice], two[choice]))
        self._shapes[layer.name] = layer.outputs, positions

    def scores(self, units: Sequence[Unit], prepare: Callable[[Tensor], Tensor] = torch.clone) -> Tensor:
        """[units] mutual information in nats, mean over each unit's outputs."""
        values = {}
        for name, pairs in self._pairs.items():
            outputs, reference = (torch.cat(parts)[:SAMPLES] for parts in zip(*pairs, strict=True))
            width, positions = self._shapes[name]
            columns = mutual_information(outputs.unflatten(1, (-1, positions)), prepare(reference))
            values[name] = columns.reshape(-1, width).mean(0)
        return mean_over_units(units, values)


def _resample(values: Tensor, places: Sequence[int]) -> Tensor:
    """[rows, variables, …] at the nearest of other places; the mean over all where the number of axes differs."""
    if values.dim() - 2 != len(places):
        mean = values.flatten(2).mean(2) if values.dim() > 2 else values
        return mean.reshape(*mean.shape, *[1] * len(places)).expand(*mean.shape, *places)
    for dim, length in enumerate(places, start=2):
        values = values.index_select(dim, torch.arange(length, device=values.device) * values.shape[dim] // length)
    return values


def _by_frame(outputs: Tensor, frames: int) -> Tensor:
    """[rows, columns, positions, time] maps whose axis nearest to `frames` long is time; the mean over all for one."""
    if outputs.dim() == 2 or frames == 1:
        means = outputs.flatten(2).mean(2) if outputs.dim() > 2 else outputs
        return means[:, :, None, None]
    time = min(range(2, outputs.dim()), key=lambda dim: abs(outputs.shape[dim] - frames))
    maps = outputs.movedim(time, -1)
    maps = maps[:, :, None] if maps.dim() == 3 else maps.flatten(2, -2)
    return maps if maps.shape[2] <= BANDS else functional.adaptive_avg_pool2d(maps, (BANDS, maps.shape[3]))


def _as_classes(targets: Tensor) -> Tensor:
    """[samples, classes] a single column as classes, one column for each: its values if they are few whole numbers,
    else where it stands among all; a column of two values, and several columns, as they are."""
    values = targets.double()
    classes, numbers = torch.unique(values[:, 0], return_inverse=True)
    if values.shape[1] > 1 or len(classes) <= 2:
        return values
    if len(classes) > CLASSES or not bool((classes == classes.round()).all()):
        edges = values[:, 0].quantile(torch.linspace(0, 1, STEPS + 1, dtype=torch.float64)[1:-1]).unique()
        numbers = torch.unique(torch.bucketize(values[:, 0], edges, right=False), return_inverse=True)[1]
    return functional.one_hot(numbers).double()
