"""What comes from the first recurrent layer on: it hears some frames together, as it reads them backwards too."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ultralight_mir.errors import InputError
from ultralight_mir.export.c.fixed import Fixed, attributes, fixed
from ultralight_mir.export.c.rewriting import simplified
from ultralight_mir.export.c.streaming import IR_VERSION, OPSET, RECURRENT
from ultralight_mir.export.head import INPUT, OUTPUT

if TYPE_CHECKING:
    from onnx import ModelProto, NodeProto, TensorProto

FRAMES = 128
"""That are heard together, at most."""
COUNT = "count"
"""The name of the input that says how many there are."""


def together(model: ModelProto, recurrent: str) -> ModelProto:
    """A graph from what its first recurrent layer hears on: `[1, FRAMES, rows]` and how many are there, `[1]`.

    What is said of frames that are not there means nothing.

    Args:
        recurrent: the name of what that layer hears.

    Raises:
        InputError: something later hears what comes before that layer as well; a layer is none that is known here.
    """
    from onnx import TensorProto, checker, helper, numpy_helper, shape_inference

    graph = Fixed(simplified(fixed(model, FRAMES)))
    shape = (1, FRAMES, int(np.prod(graph.shapes[recurrent])) // FRAMES)
    constants = [numpy_helper.from_array(np.array(graph.shapes[recurrent], np.int64), "shape_of_rows")]
    nodes = [helper.make_node("Reshape", [INPUT, "shape_of_rows"], [recurrent], name="rows")]
    known = {recurrent}
    for node in graph.model.graph.node:
        heard = {name for name in node.input if name in graph.shapes}
        if not heard & known:
            continue
        if heard - known:
            raise InputError(f"{node.op_type} hears what comes before a recurrent layer and what comes after it")
        known |= set(node.output)
        if node.op_type in RECURRENT:
            made, kept = _recurrent(graph, node)
            nodes, constants = nodes + made, constants + kept
        else:
            nodes.append(node)
    used = {name for node in nodes for name in node.input}
    held = [value for value in graph.model.graph.initializer if value.name in used]
    value = helper.make_tensor_value_info
    made_graph = helper.make_graph(
        nodes,
        "together",
        [value(INPUT, TensorProto.FLOAT, shape), value(COUNT, TensorProto.INT64, [1])],
        [value(OUTPUT, TensorProto.FLOAT, graph.shapes[OUTPUT])],
        [*held, *constants],
    )
    whole = helper.make_model(made_graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=IR_VERSION)
    checker.check_model(whole)
    return shape_inference.infer_shapes(whole, strict_mode=True)


def _recurrent(graph: Fixed, node: NodeProto) -> tuple[list[NodeProto], list[TensorProto]]:
    """A GRU as one forwards a direction: backwards, it hears the frames that there are the other way round.

    The generator's own GRU leaves what it says backwards in the order in which it is said.
    """
    from onnx import helper, numpy_helper

    told = attributes(node)
    begins = graph.constants.get(node.input[5]) if len(node.input) > 5 and node.input[5] else np.zeros(1)
    strange = set(told) - {"direction", "hidden_size", "linear_before_reset", "layout"}
    lasts = [name for name in node.output[1:] if name and any(name in other.input for other in graph.model.graph.node)]
    if node.op_type != "GRU" or strange or told.get("layout", 0) or begins is None or begins.any() or lasts:
        raise InputError(f"{node.op_type}: no C for it, expected a GRU that begins with zeros and has no settings")
    ways = {b"forward": [False], b"reverse": [True], b"bidirectional": [False, True]}[told.pop("direction", b"forward")]
    output = node.output[0]
    nodes: list[NodeProto] = []
    constants: list[TensorProto] = []
    said: list[str] = []
    for number, backwards in enumerate(ways):
        weights = [given for given in node.input[1:4] if given]  # the last are the biases, if there are any
        names = [f"{output}_{part}_{number}" for part in "WRB"[: len(weights)]]
        for name, given in zip(names, weights, strict=True):
            array = np.ascontiguousarray(graph.constants[given][number : number + 1])
            constants.append(numpy_helper.from_array(array, name))
        heard, own = node.input[0], f"{output}_{number}"
        if backwards:
            heard = f"{own}_heard"
            nodes.append(_turned(node.input[0], heard))
        nodes.append(helper.make_node("GRU", [heard, *names], [own], name=own, **told))
        if backwards:
            nodes.append(_turned(own, f"{own}_turned"))
            own = f"{own}_turned"
        said.append(own)
    nodes.append(helper.make_node("Concat", said, [output], name=output, axis=1))
    return nodes, constants


def _turned(name: str, output: str) -> NodeProto:
    from onnx import helper

    return helper.make_node("ReverseSequence", [name, COUNT], [output], name=output, time_axis=0, batch_axis=1)
