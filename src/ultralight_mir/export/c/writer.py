"""Writes the graph of one step of a stream, a node at a time."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np

from ultralight_mir.errors import InputError
from ultralight_mir.export.c.timing import Clock, Shape, Timed

if TYPE_CHECKING:
    from onnx import NodeProto


@dataclass(frozen=True)
class State:
    """What a step hands to the next: an input `name` and an output `next`, `zero` throughout before the first step.

    Of eight-bit whole numbers without a sign where `bytes`, else of floats.
    """

    name: str
    shape: Shape
    bytes: bool = False
    zero: int = 0

    @property
    def next(self) -> str:
        """The output's name."""
        return f"{self.name}_next"

    @property
    def size(self) -> int:
        """Bytes."""
        return prod(self.shape) * (1 if self.bytes else 4)


@dataclass(frozen=True)
class Mask:
    """An input that is 1 at frames that there are, and 0 before the first and after the last of them.

    In step n its frame i is frame n · frames − delay + i, of as many as the recording has frames, divided by rate and
    rounded up.
    """

    name: str
    shape: Shape
    frames: int
    rate: int
    delay: int


@dataclass
class Writer:
    """What is written so far.

    Attributes:
        length: frames of the clips that the graph hears, where their number is fixed.
        timed: tensors in time.
        settled: tensors of the whole clip.
        means: those of them that are the input's mean over time, which has to be known beforehand.
        late: frames that what gathers over time comes late.
    """

    clock: Clock
    length: int | None = None
    nodes: list[NodeProto] = field(default_factory=list)
    constants: dict[str, np.ndarray] = field(default_factory=dict)
    states: list[State] = field(default_factory=list)
    masks: dict[tuple[object, ...], Mask] = field(default_factory=dict)
    timed: dict[str, Timed] = field(default_factory=dict)
    settled: set[str] = field(default_factory=set)
    means: dict[str, Shape] = field(default_factory=dict)
    late: int = 0

    def add(self, kind: str, inputs: list[str], output: str = "", **told: Any) -> str:
        """Write a node; its output's name is given back."""
        from onnx import helper

        output = output or f"{kind.lower()}_{len(self.nodes)}"
        self.nodes.append(helper.make_node(kind, inputs, [output], name=f"{kind}_{len(self.nodes)}", **told))
        return output

    def constant(self, values: Any, dtype: Any = np.int64) -> str:
        """Write a constant."""
        name = f"constant_{len(self.constants)}"
        self.constants[name] = np.asarray(values, dtype)
        return name

    def mark(self, node: NodeProto, delay: int) -> Timed:
        """Say how late a node's output comes."""
        made = self.timed[node.output[0]] = self.clock.timed(node.output[0], delay)
        return made

    def array(self, name: str) -> np.ndarray:
        """What a constant of the graph holds."""
        if name not in self.clock.graph.constants:
            raise InputError(f"{name}: is computed, expected a constant")
        return self.clock.graph.constants[name]

    def streams(self, node: NodeProto) -> list[str]:
        """Inputs of a node that are in time."""
        return [name for name in node.input if name in self.timed]

    def only(self, node: NodeProto) -> tuple[str, Timed]:
        """The one input of a node that is in time, which comes first."""
        if self.streams(node) != [node.input[0]]:
            raise InputError(f"{node.op_type} of {', '.join(node.input)}: expected one input in time, the first")
        return node.input[0], self.timed[node.input[0]]

    def part(self, name: str, axis: int, first: int, last: int, output: str = "") -> str:
        """Write frames `first` to `last`, without it, of a tensor."""
        return self.add("Slice", [name, *(self.constant([value]) for value in (first, last, axis))], output)

    def with_history(self, name: str, timed: Timed, frames: int) -> str:
        """Write a tensor with as many of its earlier frames before it."""
        if frames == 0:
            return name
        shape = list(timed.shape)
        shape[timed.axis] = frames
        state = State(f"state_{len(self.states)}", tuple(shape), timed.bytes, timed.zero)
        self.states.append(state)
        joined = self.add("Concat", [state.name, name], axis=timed.axis)
        self.part(joined, timed.axis, timed.frames, timed.frames + frames, state.next)
        return joined

    def masked(self, name: str, timed: Timed) -> str:
        """Write a tensor with its zero where there are no frames."""
        from onnx import TensorProto

        shape = tuple(size if axis == timed.axis else 1 for axis, size in enumerate(timed.shape))
        mask = Mask(f"mask_{len(self.masks)}", shape, timed.frames, timed.rate, timed.delay)
        mask = self.masks.setdefault((shape, timed.axis, timed.rate, timed.delay), mask)
        if not timed.bytes:
            return self.add("Mul", [name, mask.name])
        there = self.add("Cast", [mask.name], to=TensorProto.BOOL)
        return self.add("Where", [there, name, self.constant(timed.zero, np.uint8)])

    def aligned(self, names: list[str]) -> tuple[list[str], int]:
        """Write tensors of one rate so that their frames come together; and how late they then are."""
        last = max(self.timed[name].delay for name in names)
        return [self._later(name, last - self.timed[name].delay) for name in names], last

    def _later(self, name: str, frames: int) -> str:
        timed = self.timed[name]
        if frames == 0:
            return name
        return self.part(self.with_history(name, timed, frames), timed.axis, 0, timed.frames)
