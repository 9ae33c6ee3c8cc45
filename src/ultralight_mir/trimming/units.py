"""Finding the units of a network: what depends on what, and what can therefore only be removed together."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from torch import Tensor, nn

from ultralight_mir.trimming.dependencies import Edges, dependencies
from ultralight_mir.trimming.layers import IN, OUT, Layer, Side
from ultralight_mir.trimming.probe import Flags, Poison, Probe
from ultralight_mir.trimming.unit import Unit
from ultralight_mir.trimming.verification import failing_groups


@dataclass(frozen=True)
class Findings:
    """What a probe found.

    Attributes:
        units: in module order.
        whole: the layers that no unit is an output of, and why they are kept whole.
    """

    units: list[Unit]
    whole: dict[str, str]


def find_units(network: nn.Module, example: Any) -> list[Unit]:
    """The units of a network, in module order.

    A unit is a connected component of the dependency relation between output channels and input indices, found by
    poisoning output channels with NaN. What depends on the network's input or reaches its output is in no unit, and
    neither is a component that has all outputs or all inputs of a layer.

    Args:
        network: is not changed.
        example: an input, batch first: a tensor, a tuple of positional arguments, or a dict of keyword arguments. Only
            its first sample is looked at.

    Raises:
        TrimError: the network cannot be run on the example, or has a layer that cannot be trimmed safely.

    >>> import torch
    >>> network = nn.Sequential(nn.Conv1d(1, 8, 5), nn.BatchNorm1d(8), nn.ReLU(), nn.Conv1d(8, 2, 1))
    >>> units = find_units(network, torch.randn(1, 1, 100))
    >>> len(units)  # the last layer's outputs are the network's: never trimmed
    8
    >>> units[3]  # channel 3, its normalisation, and the column that reads it
    Unit(outputs=(('0', (3,)), ('1', (3,))), inputs=(('3', (3,)),))
    """
    return probe_units(network, example).units


def probe_units(network: nn.Module, example: Any) -> Findings:
    """The units of a network, and why the other layers are kept whole; raises what `find_units` raises."""
    probe = Probe(network, example)
    pins: dict[int, str] = {}
    edges = _ties(probe) + _tied_parameters(probe, pins)
    _pin(probe, pins)
    edges += dependencies(probe)
    units, whole = _components(probe, edges, pins)
    failures = failing_groups(network, units, example)
    for group, reason in failures.items():
        whole.update({layer: reason for layer in group if probe.layers[layer].kind not in ("norm", "prelu")})
    return Findings([unit for unit in units if unit.group not in failures], whole)


def _pin(probe: Probe, pins: dict[int, str]) -> None:
    """Mark the nodes that can never be removed, with the reason."""

    def mark(hits: Flags, reason: str) -> None:
        for node in np.flatnonzero(hits[:-1]):
            pins.setdefault(int(node), reason)

    for layer in probe.layers.values():
        if layer.whole:
            for side in (OUT, IN):
                for node in _nodes(probe, layer, side):
                    pins[int(node)] = f"reaches {layer.name!r}, which is kept whole because {layer.whole}"
    mark(probe.run([Poison()])[0], "depends on the network's input")
    loose = probe.loose_tensors()
    if loose and probe.taint(list(loose.values())).any():
        for name, tensor in loose.items():
            mark(probe.taint([tensor]), f"depends on {name!r}, which belongs to no layer that can be cut along")
    if probe.taint([tensor for layer in probe.layers.values() for tensor in probe.tensors_of(layer)]).any():
        for layer in probe.layers.values():
            hits = probe.taint(probe.tensors_of(layer))
            if hits.any():
                reason = f"depends on weights of {layer.name!r} that are used outside its own call"
                mark(hits, reason)
                pins.update({int(node): reason for side in (OUT, IN) for node in _nodes(probe, layer, side)})
    pins[probe.nodes] = "is part of the network's output"


def _ties(probe: Probe) -> Edges:
    """Edges within grouped convolutions."""
    edges = []
    for layer in probe.layers.values():
        for ends in layer.ties():
            nodes = np.array([probe.first[layer.name, side] + index for side, index in ends])
            edges.append(np.stack([np.full(len(nodes), nodes[0]), nodes]))
    return edges


def _tied_parameters(probe: Probe, pins: dict[int, str]) -> Edges:
    """Edges between layers that share a parameter: along an axis that both can be cut along, index by index."""
    holders: dict[Tensor, list[tuple[Layer, str]]] = defaultdict(list)
    for layer in probe.layers.values():
        for own in layer.tensors:
            holders[layer.stored(own)].append((layer, own))
    edges = []
    for places in holders.values():
        (first, name), others = places[0], places[1:]
        for other, other_name in others:
            for one, two in zip(first.tensors[name], other.tensors[other_name], strict=True):
                same = one and two and one.blocks == two.blocks and first.groups == other.groups == 1
                if same and one and two:
                    edges.append(np.stack([_nodes(probe, first, one.side), _nodes(probe, other, two.side)]))
                    continue
                reason = f"shares a parameter, {first.name}.{name} and {other.name}.{other_name}, along other axes"
                for layer, axis in ((first, one), (other, two)):
                    pins.update({int(node): reason for node in (_nodes(probe, layer, axis.side) if axis else ())})
    return edges


def _nodes(probe: Probe, layer: Layer, side: Side) -> NDArray[np.int64]:
    return np.arange(layer.width(side), dtype=np.int64) + probe.first[layer.name, side]


def _components(probe: Probe, edges: Edges, pins: dict[int, str]) -> tuple[list[Unit], dict[str, str]]:
    """Connected components as units, and the reason for every layer that none is an output of."""
    count = probe.nodes + 1
    pairs = np.concatenate(edges, axis=1) if edges else np.zeros((2, 0), dtype=np.int64)
    labels = _connected(count, pairs)
    reasons: dict[int, str] = {}
    for node, reason in sorted(pins.items()):
        reasons.setdefault(int(labels[node]), reason)
    members: dict[int, list[tuple[Layer, Side, list[int]]]] = defaultdict(list)
    sources: set[int] = set()
    for layer in probe.layers.values():
        for side in layer.sides():
            here = labels[_nodes(probe, layer, side)]
            order = np.argsort(here, kind="stable")
            starts = np.flatnonzero(np.diff(here[order], prepend=-1))
            for label, indices in zip(here[order][starts], np.split(order, starts[1:]), strict=True):
                members[int(label)].append((layer, side, indices.tolist()))
                if side == OUT and layer.kind not in ("norm", "prelu"):
                    sources.add(int(label))
                if len(indices) == layer.width(side):
                    reasons.setdefault(int(label), f"all {len(indices)} {side}puts of {layer.name!r} go together")
    return _units(members, sources, reasons)


def _connected(count: int, pairs: NDArray[np.int64]) -> NDArray[np.int64]:
    """[count] for every node the smallest node of its connected component, by label spreading and pointer jumping."""
    labels = np.arange(count, dtype=np.int64)
    while True:
        one, two = labels[pairs]
        if (one == two).all():
            return labels
        smaller = np.minimum(one, two)
        np.minimum.at(labels, one, smaller)
        np.minimum.at(labels, two, smaller)
        while (labels[labels] != labels).any():
            labels = labels[labels]


def _units(
    members: dict[int, list[tuple[Layer, Side, list[int]]]], sources: set[int], reasons: dict[int, str]
) -> tuple[list[Unit], dict[str, str]]:
    units: list[Unit] = []
    whole: dict[str, str] = {}
    names: set[str] = set()
    for label, places in members.items():
        if label not in sources:
            continue
        if label in reasons:
            whole.update({layer.name: reasons[label] for layer, side, _ in places if side == OUT and layer.tensors})
            continue
        outputs = tuple((layer.name, tuple(indices)) for layer, side, indices in places if side == OUT)
        inputs = tuple((layer.name, tuple(indices)) for layer, side, indices in places if side == IN)
        units.append(Unit(outputs, inputs))
        names.update(layer for layer, _ in outputs)
    return units, {layer: reason for layer, reason in whole.items() if layer not in names}
