"""What a family is, and where families are registered."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn


class Lambda(nn.Module):
    """A network from a function of (its modules, the input)."""

    def __init__(self, function: Callable[..., Any], **modules: nn.Module) -> None:
        super().__init__()
        self.function = function
        for name, module in modules.items():
            self.add_module(name, module)

    def forward(self, *inputs: Tensor) -> Any:
        return self.function(self, *inputs)


@dataclass(frozen=True)
class Family:
    """A network, an example, and what must come out: layers that are trimmed, and layers that are kept whole."""

    network: nn.Module
    example: Any
    trimmed: set[str]
    whole: frozenset[str] = frozenset()


Make = Callable[[], Family]
FAMILIES: dict[str, Make] = {}


def family(make: Make) -> Make:
    FAMILIES[make.__name__] = make
    return make


def wave(channels: int = 1, length: int = 40) -> Tensor:
    return torch.randn(2, channels, length)


def sequential(*modules: nn.Module) -> nn.Sequential:
    return nn.Sequential(*modules)
