"""Which index depends on which output channel, in few runs.

Most indices depend on one channel of a layer, and then 2·log₂(channels) tests, each of which poisons half of the
channels, tell which. Where that leaves a doubt, every channel of the layer is tested on its own. Layers that reach
nothing in common are poisoned in the same tests.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ultralight_mir.trimming.layers import OUT, Layer
from ultralight_mir.trimming.probe import Mask, Poison, Probe

Nodes = NDArray[np.int64]
Edges = list[Nodes]
"""[2, edges] arrays of nodes that can only be removed together."""


def dependencies(probe: Probe) -> Edges:
    """Edges from every output channel to every index that its poison reaches."""
    sources = [layer for layer in probe.layers.values() if layer.kind not in ("norm", "prelu", "slab")]
    edges: Edges = []
    for together in _apart(probe, sources):
        codes = [_codes(layer.outputs) for layer, _ in together]
        tests = [
            Poison(
                tuple((layer.name, code[i]) for (layer, _), code in zip(together, codes, strict=True) if i < len(code))
            )
            for i in range(max(map(len, codes)))
        ]
        hits = probe.run(tests)
        for (layer, reached), code in zip(together, codes, strict=True):
            decoded = _decode(code, hits[: len(code), reached])
            first = probe.first[layer.name, OUT]
            if decoded is None:
                edges += _one_by_one(probe, layer)
            else:
                edges.append(np.stack([decoded[0] + first, reached[decoded[1]]]))
    return edges


def _apart(probe: Probe, sources: list[Layer]) -> list[list[tuple[Layer, Nodes]]]:
    """Sets of layers that reach nothing in common, each layer with the nodes that it reaches."""
    sets: list[tuple[Mask, list[tuple[Layer, Nodes]]]] = []
    for layer in sources:
        hits = probe.run([Poison(((layer.name, np.ones(layer.outputs, dtype=np.bool_)),))])[0]
        free = next((each for each in sets if not (each[0] & hits).any()), None)
        if free is None:
            free = (np.zeros_like(hits), [])
            sets.append(free)
        free[0][:] |= hits
        free[1].append((layer, np.flatnonzero(hits)))
    return [members for _, members in sets]


def _one_by_one(probe: Probe, layer: Layer) -> Edges:
    edges = []
    for channel in range(0, layer.outputs, probe.run_size):
        some = np.arange(channel, min(channel + probe.run_size, layer.outputs))
        single = np.arange(layer.outputs) == some[:, None]
        rows, nodes = probe.run([Poison(((layer.name, row),)) for row in single]).nonzero()
        edges.append(np.stack([some[rows] + probe.first[layer.name, OUT], nodes]))
    return edges


def _codes(channels: int) -> Mask:
    """[tests, channels] the channels with each bit of their number set, and with it clear."""
    bits = (channels - 1).bit_length()
    if channels <= 2 * bits + 1:
        return np.eye(channels, dtype=np.bool_)
    ones = (np.arange(channels) >> np.arange(bits)[:, None] & 1).astype(np.bool_)
    return np.concatenate([ones, ~ones])


def _decode(code: Mask, found: Mask) -> tuple[Nodes, Nodes] | None:
    """(channels, columns) of all dependencies that explain [tests, columns] `found`; None where others would, too."""
    keys = np.zeros(found.shape[1], dtype=np.uint64)
    for number, row in enumerate(found):
        keys |= row.astype(np.uint64) << np.uint64(number)
    _, first, pattern = np.unique(keys, return_index=True, return_inverse=True)
    seen = found[:, first].T.astype(np.float32)
    tests = code.astype(np.float32)
    candidates = ((1 - seen) @ tests == 0).astype(np.float32)
    alone = (candidates @ tests.T == 1) * seen
    needed = candidates * (alone @ tests > 0)
    if not (needed == candidates).all():
        return None
    counts = candidates.sum(axis=1).astype(np.int64)
    channels = candidates.nonzero()[1].astype(np.int64)
    each = counts[pattern]
    columns = np.repeat(np.arange(len(pattern)), each)
    within = np.arange(len(columns)) - np.repeat(each.cumsum() - each, each)
    return channels[(counts.cumsum() - counts)[pattern][columns] + within], columns
