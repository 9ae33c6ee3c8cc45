"""Graphs at a fixed length, cleared of everything that only computes shapes, with the shape of every tensor known."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ultralight_mir.errors import InputError

if TYPE_CHECKING:
    from onnx import ModelProto, NodeProto

Attributes = dict[str, Any]


@dataclass(frozen=True)
class Fixed:
    """A graph whose every tensor has a fixed shape.

    Attributes:
        model: in topological order; what is constant is an initializer.
    """

    model: ModelProto

    @cached_property
    def _tensors(self) -> dict[str, Any]:
        from onnx import shape_inference

        graph = shape_inference.infer_shapes(self.model, strict_mode=True).graph
        return {value.name: value.type.tensor_type for value in (*graph.input, *graph.value_info, *graph.output)}

    @cached_property
    def shapes(self) -> dict[str, tuple[int, ...]]:
        """Of every tensor that is computed or put in."""
        return {name: tuple(size.dim_value for size in tensor.shape.dim) for name, tensor in self._tensors.items()}

    @cached_property
    def bytes(self) -> set[str]:
        """Tensors of eight-bit whole numbers without a sign."""
        from onnx import TensorProto

        return {name for name, tensor in self._tensors.items() if tensor.elem_type == TensorProto.UINT8}

    @cached_property
    def constants(self) -> dict[str, NDArray[Any]]:
        """Initializers, by name."""
        from onnx import numpy_helper

        return {value.name: numpy_helper.to_array(value) for value in self.model.graph.initializer}


def attributes(node: NodeProto) -> Attributes:
    """What a node is told beside its inputs."""
    from onnx import helper

    return {part.name: helper.get_attribute_value(part) for part in node.attribute}


def fixed(model: ModelProto, frames: int) -> Fixed:
    """A graph at `frames` rows of its input.

    Raises:
        InputError: it does not run at that length.
    """
    import onnx
    import onnxruntime

    changed = onnx.ModelProto()
    changed.CopyFrom(model)
    changed.graph.input[0].type.tensor_type.shape.dim[1].dim_value = frames
    del changed.graph.value_info[:]
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    # The basic level folds what is constant and uses the standard's operators alone; the next one makes convolutions
    # of whole numbers from quantised ones.
    levels = onnxruntime.GraphOptimizationLevel
    whole = any(node.op_type == "QuantizeLinear" for node in model.graph.node)
    options.graph_optimization_level = levels.ORT_ENABLE_EXTENDED if whole else levels.ORT_ENABLE_BASIC
    with TemporaryDirectory() as folder:
        options.optimized_model_filepath = str(Path(folder) / "fixed.onnx")
        try:
            onnxruntime.InferenceSession(changed.SerializeToString(), options, providers=["CPUExecutionProvider"])
        except Exception as error:  # of its own classes, which have no common one
            raise InputError(f"export: no graph at {frames} frames ({str(error).splitlines()[0][:200]})") from error
        made = onnx.load(options.optimized_model_filepath)
    _only_standard(made)
    strange = [node.op_type for node in made.graph.node if node.domain not in ("", "ai.onnx")]
    if strange:
        raise InputError(f"export: operator {strange[0]} is onnxruntime's own; no C for that")
    _bring_in_constants(made)
    for output in made.graph.output:  # whose length was a name
        output.type.tensor_type.ClearField("shape")
    return Fixed(made)


def _only_standard(model: ModelProto) -> None:
    standard = [one for one in model.opset_import if one.domain in ("", "ai.onnx")]
    del model.opset_import[:]
    model.opset_import.extend(standard)


def _bring_in_constants(model: ModelProto) -> None:
    """Nodes that are a constant become initializers."""
    from onnx import numpy_helper

    kept = []
    for node in model.graph.node:
        if node.op_type != "Constant":
            kept.append(node)
            continue
        array = np.asarray(numpy_helper.to_array(attributes(node)["value"]))
        model.graph.initializer.append(numpy_helper.from_array(array, node.output[0]))
    del model.graph.node[:]
    model.graph.node.extend(kept)
