"""Channels that are filled up: the graph says the same, and only what may be filled is."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from ultralight_mir.export import runtime
from ultralight_mir.export.lanes import fill

onnx = pytest.importorskip("onnx", reason="onnx is not installed (pip install 'ultralight-mir[export]')")
pytest.importorskip("onnxruntime", reason="onnxruntime is not installed")
RANDOM = np.random.default_rng(0)


class Net:
    """A graph of convolutions under construction; everything is called by the name of its output."""

    def __init__(self) -> None:
        self.nodes: list[Any] = []
        self.tensors: list[Any] = []

    def conv(self, name: str, source: str, outs: int, ins: int, group: int = 1, weights: str = "") -> str:
        for part, shape in (("w", (outs, ins // group, 3, 3)), ("b", (outs,))):
            values = RANDOM.normal(0, 0.2, shape).astype(np.float32)
            self.tensors += [] if weights else [onnx.numpy_helper.from_array(values, f"{name}_{part}")]
        inputs = [source, f"{weights or name}_w", f"{weights or name}_b"]
        return self.add("Conv", name, *inputs, pads=[1, 1, 1, 1], group=group)

    def add(self, kind: str, name: str, *inputs: str, **attributes: Any) -> str:
        self.nodes.append(onnx.helper.make_node(kind, list(inputs), [name], **attributes))
        return name

    def model(self, *outputs: str) -> Any:
        shape = [1, None, None, None]
        ends = [onnx.helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, shape) for name in outputs]
        start = onnx.helper.make_tensor_value_info("x", onnx.TensorProto.FLOAT, [1, 2, None, 8])
        graph = onnx.helper.make_graph(self.nodes, "net", [start], ends, self.tensors)
        return onnx.helper.make_model(graph, opset_imports=[onnx.helper.make_opsetid("", 18)], ir_version=9)


def _filled(model: Any) -> dict[str, tuple[int, ...]]:
    """The shapes of the weights after filling; what the graph says must stay."""
    inputs = {"x": RANDOM.normal(size=(1, 2, 11, 8)).astype(np.float32)}
    before = runtime.session(model.SerializeToString(), "before").run(None, inputs)
    fill(model)
    onnx.checker.check_model(model, full_check=True)
    for one, other in zip(before, runtime.session(model.SerializeToString(), "after").run(None, inputs), strict=True):
        np.testing.assert_allclose(other, one, atol=1e-5)
    return {tensor.name: tuple(tensor.dims) for tensor in model.graph.initializer}


def test_what_convolutions_alone_hear_is_filled_up() -> None:
    net = Net()
    first = net.add("MaxPool", "pooled", net.add("Relu", "r", net.conv("a", "x", 29, 2)), kernel_shape=[1, 2])
    second = net.conv("c", net.add("Relu", "r2", net.conv("b", first, 18, 29)), 7, 18)
    third = net.conv("f", net.conv("e", first, 5, 29), 3, 5)
    shapes = _filled(net.model(net.conv("d", second, 3, 7), third))
    assert shapes["a_w"] == (32, 2, 3, 3) and shapes["a_b"] == (32,)
    assert shapes["b_w"] == (20, 32, 3, 3) and shapes["e_w"] == (5, 32, 3, 3)  # all that hear `a`
    assert shapes["c_w"] == (8, 20, 3, 3) and shapes["d_w"] == (3, 8, 3, 3)  # to a block
    assert shapes["f_w"] == (3, 5, 3, 3)  # few are read as they are


def _heard_by_another(net: Net, made: str) -> list[str]:
    return [net.conv("b", made, 4, 18), net.add("Sigmoid", "s", made)]


def _output(net: Net, made: str) -> list[str]:
    return [net.conv("b", made, 4, 18), made]


def _in_groups(net: Net, made: str) -> list[str]:
    return [net.conv("b", made, 18, 18, group=2)]


@pytest.mark.parametrize("rest", [_heard_by_another, _output, _in_groups])
def test_what_anybody_else_hears_stays(rest: Any) -> None:
    net = Net()
    shapes = _filled(net.model(*rest(net, net.conv("a", "x", 18, 2))))
    assert shapes["a_w"] == (18, 2, 3, 3)


def test_weights_that_two_share_become_each_ones_own() -> None:
    net = Net()
    shapes = _filled(net.model(net.conv("d", net.conv("c", net.conv("b", "x", 18, 2), 18, 18), 18, 18, weights="c")))
    assert shapes["b_w"] == (20, 2, 3, 3) and shapes["c_w_of_c"] == (20, 20, 3, 3)
    assert shapes["c_w"] == (18, 20, 3, 3)  # the last one's: it is the output's
