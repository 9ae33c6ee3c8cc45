"""Calling a network with an example, and walking over what it takes and gives."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import fields, is_dataclass
from typing import Any

from torch import Tensor

from ultralight_mir.trimming.errors import TrimError


def call(network: Callable[..., Any], example: Any) -> Any:
    """Run the network on a tensor, a tuple or list of positional arguments, or a dict of keyword arguments."""
    if isinstance(example, Mapping):
        return network(**example)
    if isinstance(example, tuple | list):
        return network(*example)
    return network(example)


def convert(value: Any, change: Callable[[Tensor], Tensor]) -> Any:
    """The same structure with every tensor changed."""
    if isinstance(value, Tensor):
        return change(value)
    if isinstance(value, Mapping):
        return {key: convert(item, change) for key, item in value.items()}
    if isinstance(value, tuple | list):
        items = [convert(item, change) for item in value]
        return type(value)(*items) if hasattr(value, "_fields") else type(value)(items)
    return value


def tensors_of(value: Any, strict: bool = True) -> Iterator[Tensor]:
    """All tensors of a nested output, in order.

    Raises:
        TrimError: `strict`, and something in it is of a kind that cannot be looked into.
    """
    if isinstance(value, Tensor):
        yield value
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from tensors_of(item, strict)
    elif isinstance(value, tuple | list):
        for item in value:
            yield from tensors_of(item, strict)
    elif is_dataclass(value) and not isinstance(value, type):
        for attribute in fields(value):
            yield from tensors_of(getattr(value, attribute.name), strict)
    elif strict and value is not None and not isinstance(value, str | int | float):
        raise TrimError(f"network's output: a {type(value).__name__}, expected tensors, or tuples or dicts of tensors")
