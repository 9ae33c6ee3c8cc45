"""Choosing which units to remove, so that a given fraction of the dense network is gone."""

from __future__ import annotations

import math
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from torch import Tensor, nn

from ultralight_mir.trimming.counting import Counts, Sizes, Tally, tallies
from ultralight_mir.trimming.errors import TrimError
from ultralight_mir.trimming.layers import OUT, Side
from ultralight_mir.trimming.options import DEFAULTS, Ranking, Scale, check_removed
from ultralight_mir.trimming.unit import Unit, groups_of
from ultralight_mir.trimming.units import find_units


@dataclass(frozen=True)
class Selection:
    """Which units to remove, and what that comes to.

    Attributes:
        units: to remove from the network that was given.
        removed: the fraction of the dense network's parameters (or MACs, bytes, units) that is then gone.
        channels_removed: the fraction of the dense network's output channels and hidden units that is then gone.
        overshoot: removed − what was asked for; negative where floor or rounding let nothing more go.
        floored_layers: layers that would have lost more, had the floor not kept them.
    """

    units: tuple[Unit, ...]
    removed: float
    channels_removed: float
    overshoot: float
    floored_layers: tuple[str, ...]


def select(
    network: nn.Module,
    units: Sequence[Unit],
    scores: Tensor,
    removed: float,
    *,
    ranking: Ranking = DEFAULTS,
    dense: nn.Module | None = None,
    example: Any = None,
    enough: Callable[[Sequence[Unit]], bool] | None = None,
) -> Selection:
    """Choose the units with the lowest scores so that `removed` of the dense network is gone, at most one unit more.

    What a unit takes with it depends on what went before it (p of the channels is 1−(1−p)² of the parameters), so the
    size after every prefix of the ranking is computed, exactly, and the first that is small enough is taken.

    `enough` is asked of a few prefixes alone. Where it does not hold of all that are longer than one that it holds of,
    it holds of the one that is taken, and not of that with one unit (or multiple of `round_to`) less.

    Args:
        network: the network to remove from: the dense one, or what an earlier rung left of it.
        units: of `network`.
        scores: [units], high = keep.
        removed: target, as a fraction of `dense`, 0 to 1.
        ranking: how scores are compared, what `removed` is a fraction of, and what is kept all the same.
        dense: what fractions refer to; `network` itself by default.
        example: an input, for macs, and for units of a network that was trimmed before.
        enough: whether what goes with these units is enough, beside `removed`.

    Raises:
        TrimError: `removed` is out of range, there is not one finite score for every unit, or an example is missing.
    """
    check_removed(removed)
    if scores.shape != (len(units),) or not bool(scores.isfinite().all()):
        raise TrimError(
            f"scores: shape {tuple(scores.shape)}, expected one finite number for each of {len(units)} units"
        )
    tally = _tallies(network, units, dense, example) if ranking.measure == "units" else None
    sizes = Sizes(network, ranking.measure, example, tally)
    whole = sizes if dense is None else Sizes(dense, ranking.measure, example, tally)
    values = scaled(sizes, units, scores.detach().double().cpu().numpy(), ranking.scale)
    lumps = _lumps(units, ranks(units, values) if ranking.scope == "local" else values, ranking.round_to)
    floors = {
        name: max(ranking.floor, math.ceil(ranking.floor_fraction * layer.outputs))
        for name, layer in whole.layers.items()
    }
    order, refusals = _within_floor(sizes, lumps, floors)
    after = sizes.after(_joined(order))[np.cumsum([0, *(len(lump) for lump in order)])]
    goal = (1 - removed) * whole.total() * (1 + 1e-12)

    def small_enough(count: int) -> bool:
        return bool(after[count] <= goal) and (enough is None or enough(_joined(order[:count])))

    count = bisect_left(range(len(order)), True, key=small_enough)
    reached = count < len(order) or small_enough(count)
    choice = _joined(order[:count])
    fraction = 1 - float(after[count]) / whole.total()
    tight = {layer for position, layer in refusals if position <= count and (position < count or not reached)}
    channels = 1 - float(
        _channels(sizes, sizes.widths_after(choice)[-1:])[0] / _channels(whole, whole.widths_after([]))[0]
    )
    floored = tuple(name for name in sizes.layers if name in tight)
    return Selection(choice, fraction, channels, fraction - removed, floored)


def _joined(lumps: Sequence[Sequence[Unit]]) -> tuple[Unit, ...]:
    return tuple(unit for lump in lumps for unit in lump)


def _tallies(network: nn.Module, units: Sequence[Unit], dense: nn.Module | None, example: Any) -> dict[str, Tally]:
    """How the outputs of the dense network count; the last unit of a layer is none of what is left, but was one."""
    if dense is None:
        return tallies(network, units)
    if example is None:
        raise TrimError("measure: units of a dense network without an example input, expected one")
    return tallies(dense, find_units(dense, example))


def scaled(sizes: Sizes, units: Sequence[Unit], scores: NDArray[np.float64], scale: Scale) -> NDArray[np.float64]:
    """Scores that can be compared across groups of units."""
    if scale == "none":
        return scores
    if scale == "lamp":
        return layer_adaptive(units, scores)
    divisors = np.ones(len(units))
    for group, members in groups_of(units).items():
        if scale == "layer_maximum":
            divisors[members] = np.abs(scores[members]).max()
        elif scale == "layer_mean":
            divisors[members] = np.abs(scores[members]).mean()
        elif scale == "dimension":
            divisors[members] = [_weights_of(sizes, units[index]) for index in members]
        else:
            first = next((sizes.layers[name] for name in group if sizes.layers[name].main_tensors()), None)
            if first is not None:
                taps = first.stored(first.main_tensors()[0]).shape[2:].numel()
                divisors[members] = math.sqrt(2 / (taps * (first.inputs + first.outputs)))
    return scores / np.where(divisors > 0, divisors, 1.0)


def layer_adaptive(units: Sequence[Unit], scores: NDArray[np.float64]) -> NDArray[np.float64]:
    """[units] each score's square as a share of the squares that stand no lower in its group, 0 to 1.

    Scores below 0 are raised, their whole group by as much, so that the order within a group stays.
    """
    shares = np.zeros(len(units))
    for members in groups_of(units).values():
        order = np.array(members)[np.argsort(scores[members], kind="stable")]
        values = scores[order] - min(scores[order[0]], 0.0)
        squares = (values / max(values[-1], 1e-300)) ** 2
        shares[order] = squares / np.maximum(squares[::-1].cumsum()[::-1], 1e-300)
    return shares


def ranks(units: Sequence[Unit], values: NDArray[np.float64]) -> NDArray[np.float64]:
    """[units] where each stands within its group, from 0 (lowest) to 1: a common order that takes equal fractions."""
    places = np.empty(len(units))
    for members in groups_of(units).values():
        order = np.argsort(values[members], kind="stable")
        places[np.array(members)[order]] = (np.arange(len(members)) + 0.5) / len(members)
    return places


def _weights_of(sizes: Sizes, unit: Unit) -> int:
    """How many weights make a unit's outputs."""
    total = 0
    for name, indices in unit.outputs:
        layer = sizes.layers[name]
        total += sum(layer.stored(own).numel() for own in layer.main_tensors()) // layer.outputs * len(indices)
    return max(total, 1)


def _lumps(units: Sequence[Unit], values: NDArray[np.float64], round_to: int) -> list[list[Unit]]:
    """Units in the order of removal, in lumps that leave every group with a multiple of `round_to` units."""
    if round_to == 1:
        return [[units[index]] for index in np.argsort(values, kind="stable")]
    lumps: list[tuple[float, list[Unit]]] = []
    for members in groups_of(units).values():
        order = np.array(members)[np.argsort(values[members], kind="stable")]
        begin, end, score = 0, len(order) % round_to or round_to, -math.inf
        while end < len(order):
            # A lump never goes before an earlier one of its group.
            score = max(score, float(values[order[begin:end]].mean()))
            lumps.append((score, [units[index] for index in order[begin:end]]))
            begin, end = end, end + round_to
    return [lump for _, lump in sorted(lumps, key=lambda pair: pair[0])]


def _within_floor(
    sizes: Sizes, lumps: list[list[Unit]], floors: dict[str, int]
) -> tuple[list[list[Unit]], list[tuple[int, str]]]:
    """The lumps that the floor allows, in order, and (number allowed before it, layer) for each that it does not."""
    rest: dict[tuple[str, Side], int] = {
        (name, side): layer.width(side) for name, layer in sizes.layers.items() for side in layer.sides()
    }
    order: list[list[Unit]] = []
    refusals = []
    for lump in lumps:
        losses: dict[tuple[str, Side], int] = defaultdict(int)
        for unit in lump:
            for key, count in sizes.losses(unit).items():
                losses[key] += count
        limits = [key for key, count in losses.items() if rest[key] - count < (floors[key[0]] if key[1] == OUT else 1)]
        if limits:
            refusals += [(len(order), layer) for layer, _ in limits]
            continue
        for key, count in losses.items():
            rest[key] -= count
        order.append(lump)
    return order, refusals


def _channels(sizes: Sizes, widths: Counts) -> Counts:
    """[rows] output channels and hidden units of all layers with weights."""
    return sizes.outputs_of(widths, [name for name, layer in sizes.layers.items() if layer.main_tensors()])
