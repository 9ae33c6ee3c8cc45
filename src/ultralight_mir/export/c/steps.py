"""How each operator is computed a few frames at a time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from ultralight_mir.errors import InputError
from ultralight_mir.export.c.fixed import Attributes, attributes
from ultralight_mir.export.c.framing import Framing
from ultralight_mir.export.c.timing import Timed, check_fold
from ultralight_mir.export.c.writer import State, Writer
from ultralight_mir.export.head import INPUT

if TYPE_CHECKING:
    from onnx import NodeProto


def write_step(writer: Writer, node: NodeProto) -> None:
    """Write what a node of the whole graph does in one step.

    Raises:
        InputError: it cannot be computed a few frames at a time, or nobody has said here how.
    """
    framings = writer.clock.framings
    if any(node.output[0] in framing.between for framing in framings.values()):
        return
    if node.output[0] in framings:
        _frames(writer, node, framings[node.output[0]])
        return
    if not any(name in writer.timed for name in node.input):
        _settled(writer, node)
        return
    handler = HANDLERS.get(node.op_type)
    if handler is None:
        raise InputError(f"{node.op_type} cannot be computed a few frames at a time")
    handler(writer, node)


def _settled(writer: Writer, node: NodeProto) -> None:
    """What is computed of the whole clip, each step anew: it is right after the last one."""
    writer.add(node.op_type, list(node.input), node.output[0], **attributes(node))
    writer.settled |= set(node.output)


def _over_time(writer: Writer, node: NodeProto) -> None:
    """A mean or maximum over the clip, gathered step by step; the input's own mean has to be known beforehand."""
    name, timed = writer.only(node)
    output, told = node.output[0], attributes(node)
    axes = [int(axis) % len(timed.shape) for axis in writer.array(node.input[1])] if len(node.input) > 1 else []
    if axes and timed.axis not in axes:
        _alike(writer, node)
        return
    if axes != [timed.axis] or writer.length is None:
        raise InputError(f"{node.op_type} over time needs all of a recording at a time")
    writer.settled.add(output)
    shape = writer.clock.graph.shapes[output]
    if node.op_type == "ReduceMean" and _is_input(writer, name):
        writer.means[output] = shape
        return
    state = State(f"state_{len(writer.states)}", shape)
    writer.states.append(state)
    writer.late = max(writer.late, timed.delay * timed.rate)
    masked, axis = writer.masked(name, timed), writer.constant([timed.axis])
    if node.op_type == "ReduceMean":
        part = writer.add("ReduceSum", [masked, axis], keepdims=told.get("keepdims", 1))
        writer.add("Add", [state.name, part], state.next)
        share = writer.constant(1 / -(-writer.length // timed.rate), "float32")
        writer.add("Mul", [state.next, share], output)
        return
    if not _positive(writer, name):  # states begin with zeros, and masks put zeros
        raise InputError("ReduceMax over time of what may be below zero cannot be computed a few frames at a time")
    part = writer.add("ReduceMax", [masked, axis], keepdims=told.get("keepdims", 1))
    writer.add("Max", [state.name, part], state.next)
    writer.add("Identity", [state.next], output)


def _positive(writer: Writer, name: str) -> bool:
    """Whether nothing of a tensor is below zero."""
    source = next((node for node in writer.clock.graph.model.graph.node if name in node.output), None)
    if source is not None and source.op_type == "MaxPool":
        return _positive(writer, source.input[0])
    return source is not None and source.op_type == "Relu"


def _is_input(writer: Writer, name: str) -> bool:
    """Whether a tensor is the graph's input, laid out otherwise."""
    for node in writer.clock.graph.model.graph.node:
        if name in node.output:
            return node.op_type in ("Transpose", "Unsqueeze") and _is_input(writer, node.input[0])
    return name == INPUT


def _alike(writer: Writer, node: NodeProto) -> None:
    """Every frame by itself."""
    _, timed = writer.only(node)
    told = attributes(node)
    if node.op_type == "Gemm" and (timed.axis != 0 or told.get("transA", 0)):
        raise InputError("Gemm over time cannot be computed a few frames at a time")
    if node.op_type == "Softmax" and told.get("axis", -1) % len(timed.shape) == timed.axis:
        raise InputError("Softmax over time cannot be computed a few frames at a time")
    writer.mark(node, timed.delay)
    writer.add(node.op_type, list(node.input), node.output[0], **told)


def _together(writer: Writer, node: NodeProto) -> None:
    """Frames of several tensors, and constants."""
    names = writer.streams(node)
    for name in set(node.input) - set(names):
        shape = writer.clock.graph.shapes[name] if name in writer.settled else writer.array(name).shape
        axis = len(shape) - len(writer.timed[names[0]].shape) + writer.timed[names[0]].axis
        if axis >= 0 and shape[axis] != 1:
            raise InputError(f"{name}: a constant along time, expected the same at every frame")
    aligned, delay = writer.aligned(names)
    swapped = dict(zip(names, aligned, strict=True))
    made = writer.mark(node, delay)
    if any((writer.timed[name].axis, writer.timed[name].rate) != (made.axis, made.rate) for name in names):
        raise InputError(f"{node.op_type}: of tensors whose time runs differently")
    writer.add(node.op_type, [swapped.get(name, name) for name in node.input], node.output[0], **attributes(node))


def _reshape(writer: Writer, node: NodeProto) -> None:
    name, timed = writer.only(node)
    made = writer.mark(node, timed.delay)
    check_fold(timed, made, name)
    writer.add("Reshape", [name, writer.constant(made.shape)], node.output[0])


def _slice(writer: Writer, node: NodeProto) -> None:
    name, timed = writer.only(node)
    axes = [int(axis) % len(timed.shape) for axis in writer.array(node.input[3])]
    first, whole = writer.array(node.input[1]), writer.clock.graph.shapes
    made = writer.mark(node, timed.delay)
    if timed.axis not in axes:
        writer.add("Slice", list(node.input), node.output[0])
        return
    # What is cut off at the end, if anything, are frames that a recording of this length does not have.
    kept = whole[name][timed.axis] == whole[node.output[0]][timed.axis]
    if len(axes) > 1 or first[0] != 0 or not kept or made.shape != timed.shape:
        raise InputError("Slice in time cannot be computed a few frames at a time")
    writer.add("Identity", [name], node.output[0])


def _pad(writer: Writer, node: NodeProto) -> None:
    _, timed = writer.only(node)
    pads = writer.array(node.input[1])
    if pads[timed.axis] or pads[timed.axis + len(timed.shape)]:
        raise InputError("Pad in time cannot be computed a few frames at a time")
    _alike(writer, node)


def _resize(writer: Writer, node: NodeProto) -> None:
    """Frames several times each."""
    name, timed = writer.only(node)
    told = attributes(node)
    way = (told.get("mode"), told.get("coordinate_transformation_mode"), told.get("nearest_mode"))
    if way != (b"nearest", b"asymmetric", b"floor"):
        raise InputError(f"Resize {way}: expected each value several times")
    times = timed.rate // writer.clock.rate(node.output[0])
    made = writer.mark(node, timed.delay * times)
    scales = [new / old for new, old in zip(made.shape, timed.shape, strict=True)]
    writer.add("Resize", [name, "", writer.constant(scales, "float32")], node.output[0], **told)


def _window(writer: Writer, node: NodeProto, zeros: bool) -> None:
    """A kernel over time: with as many frames before the step's as it needs, and no padding in time.

    Args:
        zeros: whether the kernel hears zeros before the first frame and after the last one.
    """
    name, timed = writer.only(node)
    told = attributes(node)
    if node.op_type == "QLinearConv":
        timed = replace(timed, zero=int(writer.array(node.input[2])))
        told.setdefault("kernel_shape", writer.array(node.input[3]).shape[2:])
    if told.get("auto_pad", b"NOTSET") != b"NOTSET":
        raise InputError(f"{node.op_type}: padded by itself, expected pads")
    pads = told["pads"]
    if timed.axis == 0:  # every frame by itself, a batch of them
        if zeros and any(pads):
            name, timed = _padded(writer, name, timed, pads)
            told["pads"] = [0] * len(pads)
        writer.mark(node, timed.delay)
        writer.add(node.op_type, [name, *node.input[1:]], node.output[0], **told)
        return
    if told.pop("ceil_mode", 0):  # the last frame's neighbour is not there: zero is as good as nothing
        if not _positive(writer, name):
            raise InputError(f"{node.op_type}: of an odd number of frames that may be below zero")
        name = writer.masked(name, timed)
    delay, history = _lags(told, timed)
    at, dims = timed.axis - 2, len(timed.shape) - 2
    if pads[at] or pads[at + dims]:
        if not zeros:
            raise InputError(f"{node.op_type}: padded in time, expected it within recordings")
        name = writer.masked(name, timed)
    pads[at] = pads[at + dims] = 0
    if zeros and any(pads):
        name, timed = _padded(writer, name, timed, pads)
        told["pads"] = [0] * len(pads)
    writer.mark(node, delay)
    joined = writer.with_history(name, timed, history)
    writer.add(node.op_type, [joined, *node.input[1:]], node.output[0], **told)


def _frames(writer: Writer, node: NodeProto, framing: Framing) -> None:
    """Frames cut out of samples."""
    timed, after = writer.timed[framing.samples], framing.size - 1 - framing.before
    told = {"kernel_shape": [framing.size], "strides": [framing.hop], "pads": [framing.before, after]}
    delay, history = _lags(told, replace(timed, axis=2, shape=(1, *timed.shape)))
    made = writer.mark(node, delay)
    joined = writer.with_history(writer.masked(framing.samples, timed), timed, history)
    places = [number * framing.hop for number in range(made.frames)]
    parts = [writer.part(joined, timed.axis, place, place + framing.size) for place in places]
    whole = parts[0] if len(parts) == 1 else writer.add("Concat", parts, axis=timed.axis)
    writer.add("Reshape", [whole, writer.constant(made.shape)], node.output[0])


def _padded(writer: Writer, name: str, timed: Timed, pads: list[int]) -> tuple[str, Timed]:
    """A tensor with zeros around its frames, so that a kernel need not look where it is: half the instructions."""
    dims = len(pads) // 2
    edges = ((0, 0), (0, 0), *zip(pads[:dims], pads[dims:], strict=True))
    shape = tuple(before + size + after for size, (before, after) in zip(timed.shape, edges, strict=True))
    given = [name, writer.constant([before for before, _ in edges] + [after for _, after in edges])]
    given += [writer.constant(timed.zero, np.uint8)] if timed.bytes else []
    return writer.add("Pad", given), replace(timed, shape=shape)


def _lags(told: Attributes, timed: Timed) -> tuple[int, int]:
    """How late a kernel's frames come, and how many frames before a step's it needs."""
    at, dims = timed.axis - 2, len(told["kernel_shape"])
    if at < 0:
        raise InputError("a kernel that does not run over time")
    stride, dilation = told["strides"][at], told.get("dilations", [1] * dims)[at]
    before = told["pads"][at]
    after = (told["kernel_shape"][at] - 1) * dilation - before
    # Of step 0, whose first frame is −delay: the first output whose last input is among the step's.
    first = (stride - 1 - timed.delay - after) // stride
    history = max(0, -timed.delay - (stride * first - before))
    if timed.frames % stride or stride * first - before < -timed.delay - history:
        raise InputError(f"a kernel that jumps {stride} of {timed.frames} frames")
    return -first, history


WHOLE = ("QuantizeLinear", "DequantizeLinear")
HANDLERS: dict[str, Callable[[Writer, NodeProto], None]] = {
    **dict.fromkeys(("Relu", "Sigmoid", "Tanh", "Softmax", "Transpose", "Unsqueeze", "Identity", *WHOLE), _alike),
    **dict.fromkeys(("Sqrt", "Clip", "Gemm"), _alike),
    **dict.fromkeys(("Add", "Mul", "Sub", "Div", "Pow", "Concat"), _together),
    "Reshape": _reshape,
    "Slice": _slice,
    "Pad": _pad,
    "Resize": _resize,
    **dict.fromkeys(("Conv", "QLinearConv"), partial(_window, zeros=True)),
    "MaxPool": partial(_window, zeros=False),
    "ReduceMean": _over_time,
    "ReduceMax": _over_time,
}
