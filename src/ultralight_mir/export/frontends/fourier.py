"""Short-time Fourier transforms as convolutions."""

from __future__ import annotations

import math

import torch
from torch import Tensor
from torch.nn import functional


def magnitudes(samples: Tensor, bins: Tensor, places: Tensor, hop: int) -> Tensor:
    """Magnitudes `[1, frames, bins]` of the bins of a centred short-time Fourier transform with a Hann window.

    Its kernels are computed in the graph from two rows of whole numbers, so that they take no room in its file; a
    runtime does so once, when it loads.

    Args:
        bins: `[bins, 1]`, whole numbers.
        places: `[1, size]`, 0, 1, 2, …
    """
    size = places.shape[1]
    turns = (bins * places % size).float() / size  # whole numbers: exact
    window = 0.5 - 0.5 * torch.cos(places.float() * (2 * math.pi / size))
    kernels = torch.cat((torch.cos(2 * math.pi * turns), torch.sin(2 * math.pi * turns))) * window
    padded = functional.pad(samples[:, None], (size // 2, size // 2))
    real, imaginary = functional.conv1d(padded, kernels[:, None], stride=hop).chunk(2, dim=1)
    return (real.square() + imaginary.square()).sqrt().transpose(1, 2)
