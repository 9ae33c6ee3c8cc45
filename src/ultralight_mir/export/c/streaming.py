"""A graph layer by layer in time: it takes a few frames a step and keeps what its layers still need of earlier ones.

Nothing is computed twice, and no tensor is longer than a step and a kernel. Layers hear zeros before the first frame
and after the last one, as they do in the whole graph: what stands there is multiplied by a mask, which is an input. So
a stream says what the graph says of the whole, but for rounding, some frames later.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import prod
from typing import TYPE_CHECKING, Any

from ultralight_mir.errors import InputError
from ultralight_mir.export.c.fixed import Fixed, fixed
from ultralight_mir.export.c.rewriting import simplified
from ultralight_mir.export.c.steps import write_step
from ultralight_mir.export.c.timing import LENGTHS, Clock, Shape
from ultralight_mir.export.c.writer import Mask, State, Writer
from ultralight_mir.export.head import INPUT, OUTPUT

if TYPE_CHECKING:
    from onnx import ModelProto

OPSET, IR_VERSION = 18, 8
RECURRENT = ("GRU", "LSTM", "RNN")


@dataclass(frozen=True)
class Step:
    """A graph as one step of a stream.

    Attributes:
        model: inputs: `head.INPUT`, `[1, frames, bins]`, the masks, the states; outputs: `head.OUTPUT`, the states.
        frames: that go in at a time.
        delay: frames that the output comes late.
        every: frames of the input that are one of the output.
        length: of clips, in frames, where the output is of the whole clip: it is right after `length` + `delay` frames.
        recurrent: where there is a recurrent layer, the name of what it hears; the output is that, `[1, frames, rows]`.
        mean: the name of an input, the mean of the clip's frames, that has to be known beforehand; "" where none is.
    """

    model: ModelProto
    frames: int
    delay: int
    states: tuple[State, ...] = ()
    masks: tuple[Mask, ...] = ()
    length: int | None = None
    mean: str = ""
    every: int = 1
    recurrent: str = ""

    @property
    def said(self) -> int:
        """Frames of the output that one step gives."""
        return self.frames // self.every


def streaming(model: ModelProto, length: int | None = None, every: int = 1, before_recurrent: bool = False) -> Step:
    """A graph as one step of a stream.

    Args:
        length: of the clips that it hears, where it gives one output a clip: means and maxima over time are gathered.
        every: rows of the input that are a frame.
        before_recurrent: only what comes before the first recurrent layer, if there is one.

    Raises:
        InputError: it needs all of a recording at a time otherwise (a recurrent layer), or has an operator that is not
            known here.
    """
    graph, longer = (Fixed(simplified(fixed(model, every * frames))) for frames in LENGTHS)
    clock = Clock(graph, longer, every)
    writer = Writer(clock, length)
    writer.timed[INPUT] = clock.timed(INPUT, 0)
    recurrent = ""
    for node in clock.graph.model.graph.node:
        if before_recurrent and node.op_type in RECURRENT:
            recurrent = node.input[0]
            _say(writer, recurrent)
            break
        write_step(writer, node)
    states, masks = tuple(writer.states), tuple(writer.masks.values())
    if OUTPUT in writer.settled and len(writer.means) < 2:
        mean = next(iter(writer.means), "")
        return Step(_model(writer), clock.step, writer.late, states, masks, length, mean, every)
    if OUTPUT not in writer.timed:
        raise InputError("hears the mean over time of several things beforehand")
    last = writer.timed[OUTPUT]
    if (last.rate, last.axis) != (every, 1):
        raise InputError(f"gives {list(last.shape)} of {clock.step} rows, expected a frame of each {every}")
    return Step(_model(writer), clock.step, last.delay, states, masks, every=every, recurrent=recurrent)


def _say(writer: Writer, name: str) -> None:
    """Write a tensor that is in time as the output, a row a frame."""
    timed = writer.timed.get(name)
    if timed is None or prod(timed.shape[: timed.axis]) != 1:
        raise InputError(f"{name}: not a row a frame, expected that of what a recurrent layer hears")
    shape = (1, timed.frames, prod(timed.shape) // timed.frames)
    writer.add("Reshape", [name, writer.constant(shape)], OUTPUT)
    writer.timed[OUTPUT] = replace(timed, axis=1, shape=shape)


def _model(writer: Writer) -> ModelProto:
    from onnx import TensorProto, checker, helper, numpy_helper, shape_inference

    def value(name: str, shape: Shape, whole: bool = False) -> Any:
        return helper.make_tensor_value_info(name, TensorProto.UINT8 if whole else TensorProto.FLOAT, shape)

    ins = [value(name, shape) for name, shape in writer.means.items()]
    ins += [value(mask.name, mask.shape) for mask in writer.masks.values()]
    ins += [value(state.name, state.shape, state.bytes) for state in writer.states]
    outs = [value(state.next, state.shape, state.bytes) for state in writer.states]
    said = writer.timed.get(OUTPUT)
    used = {name for node in writer.nodes for name in node.input}
    held = {**writer.clock.graph.constants, **writer.constants}
    graph = helper.make_graph(
        writer.nodes,
        "step",
        [value(INPUT, writer.timed[INPUT].shape), *ins],
        [value(OUTPUT, said.shape if said else writer.clock.graph.shapes[OUTPUT]), *outs],
        [numpy_helper.from_array(array, name) for name, array in held.items() if name in used],
    )
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=IR_VERSION)
    checker.check_model(made)
    return shape_inference.infer_shapes(made, strict_mode=True)
