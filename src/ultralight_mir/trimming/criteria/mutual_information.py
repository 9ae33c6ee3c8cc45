"""Mutual information by a Gaussian copula.

Ince et al. (2017), *A statistical framework for neuroimaging data analysis based on mutual information estimated
via a Gaussian copula*, Human Brain Mapping 38(3). Every variable is made normal by its ranks, and then
I = −½·Σ ln(1 − ρ²) nats over the canonical correlations ρ. Exact for variables that are jointly Gaussian up to a
monotonic change of each, a lower bound otherwise. Unlike nearest-neighbour estimators it stands many variables at once.
"""

from __future__ import annotations

import torch
from torch import Tensor

SAMPLES_PER_VARIABLE = 8
"""More variables than a fraction of the samples would explain anything: they are reduced to principal components."""


def mutual_information(ones: Tensor, others: Tensor) -> Tensor:
    """I(x; Y) in nats between each variable, of one or several dimensions, and all of the others together.

    Args:
        ones: [samples, n], n variables that are looked at one by one, or [samples, n, p] of p dimensions each.
        others: [samples, m], taken together.

    Returns:
        [n] in float64, at least 0; 0 for a constant.
    """
    samples, variables = ones.shape[:2]
    basis = _normal(others)
    basis, strengths, _ = torch.linalg.svd(basis, full_matrices=False)
    count = min(
        int((strengths > 1e-6 * strengths.max().clamp_min(1e-12)).sum()), max(samples // SAMPLES_PER_VARIABLE, 1)
    )
    x = _normal(ones.flatten(1)).reshape(samples, variables, -1).transpose(0, 1)
    energies, axes = torch.linalg.eigh(x.transpose(1, 2) @ x)
    counts = energies > 1e-9 * energies.amax(1, keepdim=True).clamp_min(1e-9)
    axes = axes * torch.where(counts, energies.clamp_min(1e-12).rsqrt(), 0.0)[:, None]
    shares = torch.linalg.svdvals(basis[:, :count].T @ x @ axes).square().clamp(max=1 - 1e-12)
    information = -0.5 * (1 - shares).log().sum(1) - _by_chance(samples - 1, counts.sum(1), count)
    return information.clamp_min(0.0)


def _by_chance(degrees: int, ones: Tensor, others: int) -> Tensor:
    """The expectation of −½·Σ ln(1 − ρ²) between independent normal variables, `ones` and `others` dimensions of them.

    Wilks' Λ = Π (1 − ρ²) is then distributed as a product of beta variables, whose logarithms have digammas as means.
    """
    total = torch.zeros(ones.shape, dtype=torch.float64)
    for dimension in range(int(ones.max()) if len(ones) else 0):
        rest = torch.tensor([degrees - others - dimension, degrees - dimension], dtype=torch.float64).clamp_min(1) / 2
        below, above = torch.digamma(rest)
        total += torch.where(ones > dimension, 0.5 * (above - below), 0.0)
    return total


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
