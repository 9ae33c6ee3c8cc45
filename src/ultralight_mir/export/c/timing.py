"""Where time is in a graph's tensors: found by comparing the graph at several lengths, whatever it is made of."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from math import prod

from ultralight_mir.errors import InputError
from ultralight_mir.export.c.fixed import Fixed
from ultralight_mir.export.c.framing import Framing, framings

LENGTHS = (64, 128)
"""Frames at which a graph is compared with itself; multiples of any stride in time. Of a waveform, so many
frames' samples."""
Shape = tuple[int, ...]


@dataclass(frozen=True)
class Timed:
    """A tensor in a stream.

    Attributes:
        axis: of its shape that is time.
        rate: frames of the graph's input that one of its own frames stands for.
        delay: its own frames that it comes late.
        shape: of what one step computes of it.
        bytes: whether it is of eight-bit whole numbers, of which `zero` stands for nothing.
    """

    axis: int
    rate: int
    delay: int
    shape: Shape
    bytes: bool = False
    zero: int = 0

    @property
    def frames(self) -> int:
        """That one step computes."""
        return self.shape[self.axis]


@dataclass(frozen=True)
class Clock:
    """Where time is in every tensor of a graph.

    Attributes:
        graph: at the first of `LENGTHS`.
        longer: at the second.
        every: rows of the input that are a frame.
    """

    graph: Fixed
    longer: Fixed
    every: int = 1

    @property
    def step(self) -> int:
        """Frames of the input that one step takes: the slowest tensor gives one frame a step."""
        skipped = {name for framing in self.framings.values() for name in framing.between}
        return max(self.rate(name) for name in self.graph.shapes if self.in_time(name) and name not in skipped)

    @cached_property
    def framings(self) -> dict[str, Framing]:
        """Tensors that are frames cut out of samples."""
        return framings(self.graph)

    def in_time(self, name: str) -> bool:
        """Whether a tensor's shape hangs on the length; what all of a recording gives at a time does not."""
        return self.graph.shapes[name] != self.longer.shapes.get(name)

    def axis(self, name: str) -> int:
        """Which axis of a tensor is time.

        Raises:
            InputError: none is, or several are.
        """
        one, other = self.graph.shapes[name], self.longer.shapes.get(name, ())
        changed = [axis for axis, sizes in enumerate(zip(one, other, strict=False)) if sizes[0] != sizes[1]]
        if len(one) != len(other) or len(changed) != 1:
            raise InputError(f"{name}: {list(one)}, no axis of it (or more than one) is time")
        return changed[0]

    def rate(self, name: str) -> int:
        """Frames of the input a frame of a tensor stands for.

        Raises:
            InputError: it is no whole number.
        """
        axis = self.axis(name)
        sizes = [graph.shapes[name][axis] for graph in (self.graph, self.longer)]
        lengths = [self.every * length for length in LENGTHS]
        rates = {length / size for length, size in zip(lengths, sizes, strict=True)}
        (rate,) = rates if len(rates) == 1 else (0.5,)
        if not rate.is_integer():
            raise InputError(f"{name}: {sizes} frames of {lengths}, expected one of a whole number each")
        return int(rate)

    def timed(self, name: str, delay: int) -> Timed:
        """A tensor as one step computes it."""
        axis, rate, shape = self.axis(name), self.rate(name), list(self.graph.shapes[name])
        shape[axis] = self.step // rate
        return Timed(axis, rate, delay, tuple(shape), name in self.graph.bytes)


def check_fold(old: Timed, new: Timed, name: str) -> None:
    """That a reshape leaves time where it is.

    Raises:
        InputError: it does not.
    """
    if prod(old.shape[: old.axis]) != prod(new.shape[: new.axis]):
        raise InputError(f"{name}: folds time with another axis")
