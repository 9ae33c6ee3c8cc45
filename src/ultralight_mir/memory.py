"""What a forward pass moves through memory, and how much of it is alive at a time: counted operator by operator."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor, nn
from torch.multiprocessing.reductions import StorageWeakRef
from torch.utils._python_dispatch import TorchDispatchMode

Place = int
"""What tells one piece of memory from others: views of a tensor share it."""


@dataclass(frozen=True)
class Memory:
    """Bytes of activations (weights and statistics are not among them) in one forward pass.

    Attributes:
        traffic: read and written by all operators; a view moves nothing.
        peak: the most that is alive while an operator runs: what was made, or given to the network, and is yet to be
            read; so what a skip connection waits with counts. The memory that Python's references hold for longer, and
            an operator's own scratch, do not.
    """

    traffic: int
    peak: int


@torch.no_grad()
def watch(network: nn.Module, inputs: Tensor) -> Memory:
    """The memory of one forward pass of `network` (in eval mode) over `inputs`."""
    own = {_place(tensor) for tensor in (*network.parameters(), *network.buffers())}
    watcher = _Watcher(own, inputs)
    with watcher:
        made = network(inputs)
    watcher.read(made)
    return Memory(watcher.traffic, watcher.peak())


@dataclass
class _Life:
    """From which operator to which a piece of memory is needed, and how large it is."""

    size: int
    first: int
    last: int
    held: StorageWeakRef = field(repr=False)
    """Keeps its place from being given to another."""


class _Watcher(TorchDispatchMode):
    """Takes down every operator's inputs and outputs."""

    def __init__(self, own: set[Place], inputs: Tensor) -> None:
        super().__init__()
        self.traffic = 0
        self._own = own
        self._lives: dict[Place, _Life] = {}
        self._operators = 0
        self.read(inputs)

    def __torch_dispatch__(
        self, operator: Any, types: Sequence[type], args: tuple[Any, ...] = (), kwargs: Mapping[str, Any] | None = None
    ) -> Any:
        made = operator(*args, **(kwargs or {}))
        given = list(_tensors((args, kwargs)))
        before = {_place(tensor) for tensor in given}
        if operator._schema.is_mutable or any(_place(tensor) not in before for tensor in _tensors(made)):
            moved = (tensor for tensor in (*given, *_tensors(made)) if _place(tensor) not in self._own)
            self.traffic += sum(tensor.numel() * tensor.element_size() for tensor in moved)
            self.read((given, made))
            self._operators += 1
        return made

    def read(self, values: Any) -> None:
        """Take down that the operator now counted needs the memory of all tensors in `values`."""
        for tensor in _tensors(values):
            place = _place(tensor)
            if place in self._lives:
                self._lives[place].last = self._operators
            elif place not in self._own:
                storage = tensor.untyped_storage()
                now = self._operators
                self._lives[place] = _Life(storage.nbytes(), now, now, StorageWeakRef(storage))

    def peak(self) -> int:
        """The most bytes that are needed at one operator."""
        change = [0] * (self._operators + 2)
        for life in self._lives.values():
            change[life.first] += life.size
            change[life.last + 1] -= life.size
        alive = most = 0
        for step in change:
            alive += step
            most = max(most, alive)
        return most


def _place(tensor: Tensor) -> Place:
    place: Place = tensor.untyped_storage()._cdata
    return place


def _tensors(value: Any) -> Iterator[Tensor]:
    if isinstance(value, Tensor):
        yield value
    elif isinstance(value, tuple | list):
        for item in value:
            yield from _tensors(item)
    elif isinstance(value, dict):
        yield from _tensors(list(value.values()))
