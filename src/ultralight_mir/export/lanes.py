"""Channels between two-dimensional convolutions, filled up with silent ones to what ONNX Runtime computes fast.

Its fast convolutions (NCHWc, by blocks of 8 channels, 16 with AVX-512) take inputs of a block and more only in fours:
others it computes by matrix products on unfolded copies. A trimmed network has any number. What is filled in is zero on
either side, and outputs stay what they were but for rounding. With 90 % removed, the reference's onset network is twice
as fast for it (AVX2).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from onnx import ModelProto, NodeProto, TensorProto

LANES = 4
"""Channels come in as many."""
LEAST = 6
"""Fewer are read as they are; so few are no block, but 8 are one, and so next to it nothing has to be put in order."""
CHANNELWISE = {"Relu", "MaxPool", "AveragePool"}
"""What stays zero where its input is, channel by channel."""


def fill(model: ModelProto) -> None:
    """Fill up the channels of a graph, in place, wherever a convolution's are heard by convolutions alone."""
    _unshare(model)
    graph = _Graph(model)
    for node in model.graph.node:
        weights, found = graph.weights(node), list(graph.hearers(node))
        hearers = [hearer for hearer in found if hearer is not None]
        if weights is None or not hearers or len(hearers) < len(found):
            continue
        channels = weights.dims[0]
        if channels >= LEAST and channels % LANES:
            missing = -channels % LANES
            for name in node.input[1:]:
                _pad(graph.tensors[name], 0, missing)
            for hearer in hearers:
                _pad(hearer, 1, missing)
    del model.graph.value_info[:]  # with the shapes of before


def _unshare(model: ModelProto) -> None:
    """Give every convolution weights of its own: equal ones, as biases that nobody trained, are one tensor at first."""
    tensors = {tensor.name: tensor for tensor in model.graph.initializer}
    uses = Counter(name for node in model.graph.node for name in node.input)
    for node in model.graph.node:
        for place, name in enumerate(node.input):
            if node.op_type == "Conv" and name in tensors and uses[name] > 1:
                uses[name] -= 1
                own = model.graph.initializer.add()
                own.CopyFrom(tensors[name])
                own.name = node.input[place] = f"{name}_of_{node.output[0]}"


class _Graph:
    """Who hears what, where every convolution's weights are its own."""

    def __init__(self, model: ModelProto) -> None:
        self.tensors = {tensor.name: tensor for tensor in model.graph.initializer}
        self._ends = {output.name for output in model.graph.output}
        self._nodes = [*model.graph.node]

    def weights(self, node: NodeProto) -> TensorProto | None:
        """Of a convolution in two dimensions; None of any other node."""
        parts = [self.tensors.get(name) for name in node.input[1:]]
        if node.op_type != "Conv" or None in parts:
            return None
        whole = next((attribute.i for attribute in node.attribute if attribute.name == "group"), 1) == 1
        return parts[0] if whole and parts[0] is not None and len(parts[0].dims) == 4 else None

    def hearers(self, node: NodeProto) -> Iterator[TensorProto | None]:
        """Weights of the convolutions that hear a node's output; None for whoever hears it otherwise."""
        if node.output[0] in self._ends:
            yield None
        for other in self._nodes:
            if node.output[0] in other.input:
                if other.op_type in CHANNELWISE and len(other.output) == 1:
                    yield from self.hearers(other)
                else:
                    yield self.weights(other) if other.input[0] == node.output[0] else None


def _pad(tensor: TensorProto, axis: int, count: int) -> None:
    from onnx import numpy_helper

    values = numpy_helper.to_array(tensor)
    padded = np.pad(values, [(0, count if axis == place else 0) for place in range(values.ndim)])
    tensor.CopyFrom(numpy_helper.from_array(padded, tensor.name))
