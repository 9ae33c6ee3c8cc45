"""Which index depends on which output channel, in few runs.

Most indices depend on one channel of a layer, or on one of each of its chunks, and then about 2·log₂(channels) tests,
each of which poisons many channels, tell which. Where that leaves a doubt, other tests look for neighbours, and in the
end every channel of the layer is tested on its own. Layers that reach nothing in common are poisoned in the same tests.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from ultralight_mir.trimming.layers import OUT, Layer
from ultralight_mir.trimming.probe import Flags, Poison, Probe

CHUNKS = 12
"""Gates chunk channels in two, three, four, …: an index then depends on one channel of several chunks."""
NEIGHBOURS = 32
"""Group norms and pixel shuffles tie this many channels, or a divisor of it, that follow each other."""
Nodes = NDArray[np.int64]
Edges = list[Nodes]
"""[2, edges] arrays of nodes that can only be removed together."""


def dependencies(probe: Probe) -> Edges:
    """Edges from every output channel to every index that its poison reaches."""
    sources = [layer for layer in probe.layers.values() if layer.kind not in ("norm", "prelu", "slab")]
    edges: Edges = []
    for together in _apart(probe, sources):
        codes = [_codes(layer.outputs, math.gcd(layer.outputs, CHUNKS), by_part=True) for layer, _ in together]
        tests = [
            Poison(
                tuple((layer.name, code[i]) for (layer, _), code in zip(together, codes, strict=True) if i < len(code))
            )
            for i in range(max(map(len, codes)))
        ]
        hits = probe.run(tests)
        for (layer, nodes), code in zip(together, codes, strict=True):
            reach = _without_other_axes(probe, layer, nodes, hits[: len(code)])
            pairs = _decode(code, hits[: len(code), reach])
            if pairs is None:
                edges += _in_doubt(probe, layer, reach)
            else:
                edges.append(np.stack([pairs[0] + probe.first[layer.name, OUT], reach[pairs[1]]]))
    return edges


def _without_other_axes(probe: Probe, layer: Layer, reach: Nodes, hits: Flags) -> Nodes:
    """The nodes that a layer reaches, less the axes of joints that are no axis of its channels.

    Along an axis of time or frequency, all channels reach the same positions.
    """
    others = np.zeros(hits.shape[1], dtype=np.bool_)
    if not layer.whole:
        for axis in probe.joint_axes():
            others[axis] = (hits[:, axis] == hits[:1, axis]).all()
    return reach[~others[reach]]


def _in_doubt(probe: Probe, layer: Layer, reach: Nodes) -> Edges:
    """Edges from a layer of which several channels reach one index, and not one of each chunk."""
    code = _codes(layer.outputs, math.gcd(layer.outputs, NEIGHBOURS), by_part=False)
    if len(code) < layer.outputs:
        pairs = _decode(code, probe.run([Poison(((layer.name, row),)) for row in code])[:, reach])
        if pairs is not None:
            return [np.stack([pairs[0] + probe.first[layer.name, OUT], reach[pairs[1]]])]
    return _one_by_one(probe, layer, reach)


def _apart(probe: Probe, sources: list[Layer]) -> list[list[tuple[Layer, Nodes]]]:
    """Sets of layers that reach nothing in common, each layer with the nodes that it reaches."""
    sets: list[tuple[Flags, list[tuple[Layer, Nodes]]]] = []
    whole = [Poison(((layer.name, np.ones(layer.outputs, dtype=np.bool_)),)) for layer in sources]
    for layer, hits in zip(sources, probe.run(whole), strict=True):
        free = next((each for each in sets if not (each[0] & hits).any()), None)
        if free is None:
            free = (np.zeros_like(hits), [])
            sets.append(free)
        free[0][:] |= hits
        free[1].append((layer, np.flatnonzero(hits)))
    return [members for _, members in sets]


def _one_by_one(probe: Probe, layer: Layer, reach: Nodes) -> Edges:
    edges = []
    for channel in range(0, layer.outputs, probe.run_size):
        channels = np.arange(channel, min(channel + probe.run_size, layer.outputs))
        single = np.arange(layer.outputs) == channels[:, None]
        rows, columns = probe.run([Poison(((layer.name, row),)) for row in single])[:, reach].nonzero()
        edges.append(np.stack([channels[rows] + probe.first[layer.name, OUT], reach[columns]]))
    return edges


def _codes(channels: int, parts: int, by_part: bool) -> Flags:
    """[tests, channels] the channels of each part; with each bit of their place within the part set, and clear.

    Args:
        parts: a divisor of the number of channels.
        by_part: the channels of a part follow each other, or the parts take turns.
    """
    numbers = np.arange(channels)
    part, place = (
        (numbers // (channels // parts), numbers % (channels // parts))
        if by_part
        else (numbers % parts, numbers // parts)
    )
    bits = (channels // parts - 1).bit_length()
    ones = (place >> np.arange(bits)[:, None] & 1).astype(np.bool_)
    tests = [part == np.arange(parts)[:, None]] if parts > 1 else []
    codes = np.concatenate([*tests, ones, ~ones])
    return codes if len(codes) < channels else np.eye(channels, dtype=np.bool_)


def _decode(code: Flags, hits: Flags) -> tuple[Nodes, Nodes] | None:
    """(channels, columns) of all dependencies that explain [tests, columns] `hits`; None where others would, too."""
    keys = np.zeros(hits.shape[1], dtype=np.uint64)
    for number, row in enumerate(hits):
        keys |= row.astype(np.uint64) << np.uint64(number)
    _, first, pattern = np.unique(keys, return_index=True, return_inverse=True)
    unique = hits[:, first].T.astype(np.float32)
    tests = code.astype(np.float32)
    candidates = ((1 - unique) @ tests == 0).astype(np.float32)
    alone = (candidates @ tests.T == 1) * unique
    necessary = candidates * (alone @ tests > 0)
    if not (necessary == candidates).all():
        return None
    counts = candidates.sum(axis=1).astype(np.int64)
    channels = candidates.nonzero()[1].astype(np.int64)
    each = counts[pattern]
    columns = np.repeat(np.arange(len(pattern)), each)
    within = np.arange(len(columns)) - np.repeat(each.cumsum() - each, each)
    return channels[(counts.cumsum() - counts)[pattern][columns] + within], columns
