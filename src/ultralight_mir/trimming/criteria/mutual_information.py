"""Mutual information by a Gaussian copula.

Ince et al. (2017), *A statistical framework for neuroimaging data analysis based on mutual information estimated
via a Gaussian copula*, Human Brain Mapping 38(3). Every variable is made normal by its ranks, and then
I = −½·ln(1 − R²) nats, where R² is what the others explain of it linearly. Exact for variables that are jointly
Gaussian up to a monotonic change of each, a lower bound otherwise. Unlike nearest-neighbour estimators it stands many
variables at once.
"""

from __future__ import annotations

import torch
from torch import Tensor

SAMPLES_PER_VARIABLE = 8
"""More variables than a fraction of the samples would explain anything: they are reduced to principal components."""


def mutual_information(ones: Tensor, others: Tensor) -> Tensor:
    """I(x; Y) in nats between each single variable and all of the others together.

    Args:
        ones: [samples, n], n variables that are looked at one by one.
        others: [samples, m], taken together.

    Returns:
        [n] in float64, at least 0; 0 for a constant.
    """
    samples = len(ones)
    x, y = _normal(ones), _normal(others)
    basis, strengths, _ = torch.linalg.svd(y, full_matrices=False)
    count = min(
        int((strengths > 1e-6 * strengths.max().clamp_min(1e-12)).sum()), max(samples // SAMPLES_PER_VARIABLE, 1)
    )
    energy = x.square().sum(0)
    share = (basis[:, :count].T @ x).square().sum(0) / energy.clamp_min(1e-12)
    # What is left over is too small by as many degrees of freedom as were fitted.
    rest = (1 - share) * (samples - 1) / max(samples - count - 1, 1)
    information: Tensor = -0.5 * rest.clamp(1e-12, 1.0).log()
    return torch.where(energy > 0, information, torch.zeros_like(information))


def _normal(values: Tensor) -> Tensor:
    """[samples, n] each column's ranks (equal values share their mean rank) as centred normal quantiles."""
    values = values.detach().double().cpu()
    ascent = values.sort(dim=0).values.T.contiguous()
    columns = values.T.contiguous()
    below = torch.searchsorted(ascent, columns, right=False)
    up_to = torch.searchsorted(ascent, columns, right=True)
    ranks = (below + up_to).T.double() / 2  # 0.5, 1.5, … where no values are equal
    normal = torch.special.ndtri(ranks / len(values))
    return normal - normal.mean(0)
