"""Graphs said more simply, for C: the same results, but for rounding, from less memory."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np

from ultralight_mir.export.c.fixed import Fixed, attributes

if TYPE_CHECKING:
    from onnx import ModelProto, NodeProto


def simplified(graph: Fixed) -> ModelProto:
    """The graph without batch normalisations, and without what is laid side by side only to be summed up.

    Constant parameters of a graph are float32.
    """
    import onnx

    model = onnx.ModelProto()
    model.CopyFrom(graph.model)
    nodes: list[NodeProto] = []
    for node in graph.model.graph.node:
        if node.op_type == "BatchNormalization":
            nodes += _scaled(model, graph, node)
        elif node.op_type == "Conv" and _joined(graph, node) is not None:
            nodes += _summed(model, graph, node)
        elif node.op_type == "QuantizeLinear" and _joined(graph, node) is not None:
            nodes += _rounded_first(graph, node)
        else:
            nodes.append(node)
    read = {name for node in nodes for name in node.input} | {value.name for value in model.graph.output}
    del model.graph.node[:], model.graph.value_info[:]
    model.graph.node.extend(_late(node for node in nodes if read & set(node.output)))
    return model


def _late(nodes: Iterable[NodeProto]) -> list[NodeProto]:
    """The nodes, with parts that are cut out of tensors only where they are read: not all of them wait at a time."""
    waiting: dict[str, NodeProto] = {}
    made: list[NodeProto] = []
    for node in nodes:
        if node.op_type == "Slice":
            waiting[node.output[0]] = node
            continue
        made += (waiting.pop(name) for name in dict.fromkeys(node.input) if name in waiting)
        made.append(node)
    return made + list(waiting.values())


def _scaled(model: ModelProto, graph: Fixed, node: NodeProto) -> list[NodeProto]:
    """A batch normalisation as one product and one sum."""
    from onnx import helper

    scale, shift, mean, variance = (graph.constants[name].astype(np.float64) for name in node.input[1:5])
    factor = scale / np.sqrt(variance + attributes(node).get("epsilon", 1e-5))
    shape = (-1, *[1] * (len(graph.shapes[node.input[0]]) - 2))
    output = node.output[0]
    names = [
        _constant(model, f"{output}_{name}", values.reshape(shape))
        for name, values in (("factor", factor), ("shift", shift - mean * factor))
    ]
    return [
        helper.make_node("Mul", [node.input[0], names[0]], [f"{output}_scaled"], name=f"{output}_scale"),
        helper.make_node("Add", [f"{output}_scaled", names[1]], [output], name=f"{output}_move"),
    ]


def _joined(graph: Fixed, node: NodeProto) -> NodeProto | None:
    """What a node's channels are joined of, where nobody else wants them joined."""
    name = node.input[0]
    source = next((other for other in graph.model.graph.node if name in other.output), None)
    readers = sum(name in other.input for other in graph.model.graph.node)
    known = source is not None and all(part in graph.shapes for part in source.input)
    if source is None or source.op_type != "Concat" or readers > 1 or not known:
        return None
    return source if attributes(source)["axis"] == 1 and attributes(node).get("group", 1) == 1 else None


def _summed(model: ModelProto, graph: Fixed, node: NodeProto) -> list[NodeProto]:
    """A convolution over joined channels as a sum of convolutions over each: they need not all be there at once."""
    from onnx import helper

    source = _joined(graph, node)
    assert source is not None
    kernel, told, output = graph.constants[node.input[1]], attributes(node), node.output[0]
    made: list[NodeProto] = []
    first, total = 0, ""
    for number, name in enumerate(source.input):
        channels = graph.shapes[name][1]
        part = _constant(model, f"{output}_kernel_{number}", kernel[:, first : first + channels])
        bias = [] if number else list(node.input[2:])
        named = f"{output}_part_{number}"
        made.append(helper.make_node("Conv", [name, part, *bias], [named], name=named, **told))
        if number:
            last = number == len(source.input) - 1
            added = output if last else f"{output}_sum_{number}"
            made.append(helper.make_node("Add", [total, named], [added], name=added))
            named = added
        first, total = first + channels, named
    return made


def _rounded_first(graph: Fixed, node: NodeProto) -> list[NodeProto]:
    """Whole numbers of joined channels as joined whole numbers: they wait for each other in a quarter of the memory."""
    from onnx import helper

    source = _joined(graph, node)
    assert source is not None
    names = [f"{node.output[0]}_of_{number}" for number in range(len(source.input))]
    parts = [
        helper.make_node("QuantizeLinear", [part, *node.input[1:]], [name], name=name, **attributes(node))
        for part, name in zip(source.input, names, strict=True)
    ]
    return [*parts, helper.make_node("Concat", names, list(node.output), name=f"{node.output[0]}_joined", axis=1)]


def _constant(model: ModelProto, name: str, values: np.ndarray) -> str:
    from onnx import numpy_helper

    model.graph.initializer.append(numpy_helper.from_array(np.ascontiguousarray(values, np.float32), name))
    return name
