"""How a network's weights and activations lie in memory; what it computes is the same but for rounding."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import nn

WIDE = 8
"""Channels that the first two-dimensional convolution gives, from which on it is faster with channels last.

Measured by `benchmarks/steps.py`: the first one works at full resolution, and most of the time goes by how wide it is.
"""


def is_wide(network: nn.Module) -> bool:
    """Whether a network is faster with channels last; by its widths alone, so the same every time."""
    first = next((module for module in network.modules() if isinstance(module, nn.Conv2d)), None)
    return first is not None and first.out_channels >= WIDE


@contextmanager
def channels_last(network: nn.Module, wanted: bool | None = None) -> Iterator[None]:
    """Have two-dimensional convolutions keep the channels of a place side by side; their weights lie as before after.

    Args:
        wanted: False changes nothing; None asks `is_wide`.
    """
    if not (is_wide(network) if wanted is None else wanted):
        yield
        return
    lay(network, torch.channels_last)
    try:
        yield
    finally:
        lay(network, torch.contiguous_format)


def lay(network: nn.Module, layout: torch.memory_format) -> None:
    """Have the weights of two-dimensional convolutions, and so what they give, lie like that from now on."""
    convolutions = [module for module in network.modules() if isinstance(module, nn.Conv2d)]
    for weight in (p for convolution in convolutions for p in convolution.parameters() if p.ndim == 4):
        weight.data = weight.data.contiguous(memory_format=layout)
