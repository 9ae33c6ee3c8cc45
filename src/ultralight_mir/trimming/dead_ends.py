"""Operations whose result nothing reads, and which still need their inputs to be of one shape.

A WaveNet's last block computes a residual sum that no layer takes in. No poison comes out of it, but its two branches
must keep the same channels all the same. So the operations of a forward pass are followed: those of two tensors or more
that lead to no layer and to no output are dead ends, and every element of their result ties what reaches it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from torch import Tensor, nn
from torch.overrides import TorchFunctionMode

Notice = Callable[[int, list[Tensor], list[Tensor]], None]


class Operations(TorchFunctionMode):
    """Numbers the torch operations of a forward pass, outside of layers.

    Args:
        notice: called with an operation's number, its tensors in and its tensors out.
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
        made = func(*args, **(kwargs or {}))
        if not self._inside:
            self._notice(self._number, list(_tensors((args, kwargs))), list(_tensors(made)))
            self._number += 1
        return made

    @contextmanager
    def layer(self, given: Any) -> Iterator[None]:
        """Within this, operations are a layer's own."""
        if self._enter is not None:
            self._enter(list(_tensors(given)))
        self._inside += 1
        try:
            yield
        finally:
            self._inside -= 1


class Trace:
    """What one forward pass did, to find its dead ends."""

    def __init__(self) -> None:
        self._steps: list[tuple[int, list[Tensor], list[Tensor]]] = []
        self._read: list[Tensor] = []
        self.operations = Operations(lambda *step: self._steps.append(step), self._read.extend)

    def elements(self) -> int:
        """How many elements all results together have."""
        return sum(tensor.numel() for tensor in (*self._read, *(made for step in self._steps for made in step[2])))

    def dead_ends(self, output: Iterable[Tensor]) -> dict[int, int]:
        """The number of each dead end → how many elements its result has."""
        # By identity, which is safe because the trace holds on to all tensors.
        live = {id(tensor) for tensor in (*output, *self._read)}
        dead = {}
        for number, given, made in reversed(self._steps):
            if any(id(tensor) in live for tensor in made):
                live.update(id(tensor) for tensor in given)
                continue
            # Parameters do not count: torch's old weight norm computes weights that no stand-in reads.
            values = {id(t) for t in given if t.is_floating_point() and not isinstance(t, nn.Parameter)}
            if len(values) > 1 and made and made[0].is_floating_point():
                dead[number] = made[0].numel()
        return dict(sorted(dead.items()))


def _tensors(value: Any) -> Iterator[Tensor]:
    if isinstance(value, Tensor):
        yield value
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from _tensors(item)
    elif isinstance(value, tuple | list):
        for item in value:
            yield from _tensors(item)
