"""Samples cut into frames, as exporters write it: padded, gathered at places that repeat, the last frames cut off."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ultralight_mir.export.c.fixed import Fixed, attributes

if TYPE_CHECKING:
    from onnx import NodeProto


@dataclass(frozen=True)
class Framing:
    """Frames `[1, frames, size]` of samples `[1, samples]`, with zeros before the first and after the last sample.

    Attributes:
        samples: the name of what they are cut out of.
        between: the names of what is padded and of what is gathered of that.
        before: samples before a frame's own first that it begins at; frame i's own begin at i · hop.
    """

    samples: str
    between: tuple[str, str]
    size: int
    hop: int
    before: int


def framings(graph: Fixed) -> dict[str, Framing]:
    """By its name, each tensor of a graph that is frames of samples."""
    by_output = {name: node for node in graph.model.graph.node for name in node.output}
    found = {}
    for node in graph.model.graph.node:
        framing = _framing(graph, node, by_output) if node.op_type == "Slice" else None
        if framing is not None:
            found[node.output[0]] = framing
    return found


def _framing(graph: Fixed, cut: NodeProto, by_output: dict[str, NodeProto]) -> Framing | None:
    gather = by_output.get(cut.input[0])
    pad = by_output.get(gather.input[0]) if gather is not None and gather.op_type == "Gather" else None
    if gather is None or pad is None or pad.op_type != "Pad" or len(graph.shapes[pad.input[0]]) != 2:
        return None
    places, pads = graph.constants.get(gather.input[1]), graph.constants.get(pad.input[1])
    first = graph.constants.get(cut.input[1])
    if (
        attributes(gather).get("axis", 0) != 1
        or places is None
        or places.ndim != 2
        or len(places) < 2
        or pads is None
        or first is None
        or first.any()
    ):
        return None
    hop, size = int(places[1, 0]), places.shape[1]
    regular = np.array_equal(places, hop * np.arange(len(places))[:, None] + np.arange(size))
    shape = (1, graph.shapes[pad.input[0]][1] // hop, size)
    if not regular or graph.shapes[cut.output[0]] != shape:
        return None
    return Framing(pad.input[0], (pad.output[0], gather.output[0]), size, hop, int(pads[1]))
