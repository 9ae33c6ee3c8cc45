"""Complex filters in time as convolutions."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional


class FilterBank(nn.Module):
    """Magnitudes of what complex filters give, some filters of one length at a time: short ones stay short.

    Args:
        groups: of filters, complex `[filters, samples]`, an even number of samples, a frame's centre in the middle.
        hop: samples between the centres of two frames.
    """

    def __init__(self, groups: Iterable[NDArray[np.complexfloating]], hop: int) -> None:
        super().__init__()
        self.hop = hop
        self.halves: list[int] = []
        for filters in groups:
            parts = np.concatenate((filters.real, filters.imag))[:, None].astype(np.float32)
            self.register_buffer(f"filters{len(self.halves)}", torch.from_numpy(parts))
            self.halves.append(filters.shape[1] // 2)

    def forward(self, samples: Tensor) -> Tensor:
        """`[1, 1, samples]` → `[1, frames, filters]`."""
        bands = []
        for number, half in enumerate(self.halves):
            padded = functional.pad(samples, (half, half))
            heard = functional.conv1d(padded, getattr(self, f"filters{number}"), stride=self.hop)
            bands.append(magnitude(heard))
        return torch.cat(bands, dim=2)


def magnitude(heard: Tensor) -> Tensor:
    """What filters' real parts and, after those, their imaginary parts heard, `[1, 2 · filters, frames]`, as
    magnitudes `[1, frames, filters]`."""
    real, imaginary = heard.chunk(2, dim=1)
    return (real.square() + imaginary.square()).sqrt().transpose(1, 2)
