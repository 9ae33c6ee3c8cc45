"""Operations whose inputs must be of one shape although no value depends on more than one of them.

Bands that are processed apart and put together along the frequency axis must have the same channels, and a WaveNet's
last block computes a residual sum that nothing reads. No poison tells so. Therefore the operations of a forward pass
are followed. Those of several tensors that place them side by side, or whose result leads nowhere, are joints: what
reaches the same position along one of its axes goes together, except along the axis that things are placed along.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode

from ultralight_mir.trimming.calling import tensors_of

PLACING = {torch.cat, torch.concat, torch.concatenate, torch.stack}
CHOOSING = {torch.where, Tensor.where}
Notice = Callable[[int, "Operation"], None]


@dataclass(frozen=True)
class Operation:
    """What was called, with which arguments, and what came out."""

    function: Callable[..., Any]
    args: tuple[Any, ...]
    options: Mapping[str, Any]
    result: Any

    def inputs(self) -> list[Tensor]:
        """The tensors that went in."""
        return list(tensors_of((self.args, self.options), strict=False))

    def free_axes(self) -> list[int]:
        """The axes of the result along which nothing was placed."""
        axes = list(range(self.result.dim()))
        if self.function in PLACING:
            along = self.args[1] if len(self.args) > 1 else self.options.get("dim", self.options.get("axis", 0))
            axes.remove(along % len(axes))
        return axes


class Operations(TorchFunctionMode):
    """Numbers the torch operations of a forward pass, outside of layers.

    Args:
        notice: called with the number of each operation and the operation.
        enter: called with the tensors that a layer takes in.
    """

    def __init__(self, notice: Notice, enter: Callable[[list[Tensor]], None] | None = None) -> None:
        super().__init__()
        self._notice, self._enter = notice, enter
        self._number = self._inside = 0

    def __torch_function__(
        self, func: Callable[..., Any], types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        """Run an operation and report it."""
        result = func(*args, **(kwargs or {}))
        if not self._inside:
            self._notice(self._number, Operation(func, args, kwargs or {}, result))
            self._number += 1
        return result

    @contextmanager
    def layer(self, inputs: Any) -> Iterator[None]:
        """Within this, operations are a layer's own."""
        if self._enter is not None:
            self._enter(list(tensors_of(inputs, strict=False)))
        self._inside += 1
        try:
            yield
        finally:
            self._inside -= 1


class Trace:
    """What one forward pass did, to find its joints."""

    def __init__(self) -> None:
        self._steps: list[tuple[int, Operation]] = []
        self._intakes: list[Tensor] = []
        self.operations = Operations(lambda *step: self._steps.append(step), self._intakes.extend)

    def elements(self) -> int:
        """How many elements all results together have."""
        results = (tensor for _, step in self._steps for tensor in tensors_of(step.result, strict=False))
        return sum(tensor.numel() for tensor in (*self._intakes, *results))

    def joints(self, output: Iterable[Tensor]) -> dict[int, dict[int, int]]:
        """The number of each joint → its free axes → their sizes."""
        # By identity, which is safe because the trace holds on to all tensors.
        live = {id(tensor) for tensor in (*output, *self._intakes)}
        joints = {}
        for number, step in reversed(self._steps):
            is_read = any(id(tensor) in live for tensor in tensors_of(step.result, strict=False))
            if is_read:
                live.update(id(tensor) for tensor in step.inputs())
            if _joins(step) and (not is_read or step.function in PLACING | CHOOSING):
                joints[number] = {axis: step.result.shape[axis] for axis in step.free_axes()}
        return dict(sorted(joints.items()))


def _joins(step: Operation) -> bool:
    # Parameters do not count: torch's old weight norm computes weights that no stand-in reads.
    values = {id(t) for t in step.inputs() if t.is_floating_point() and not isinstance(t, nn.Parameter)}
    return len(values) > 1 and isinstance(step.result, Tensor) and step.result.is_floating_point()
