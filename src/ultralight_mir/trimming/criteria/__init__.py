"""Criteria: how much each unit is worth, high = keep. One module each; adding one is a module and a line here."""

from __future__ import annotations

from ultralight_mir.trimming.criteria import activation, batchnorm, gradient, information, magnitude, random, taylor
from ultralight_mir.trimming.criteria.base import Batches, Criterion, Loss
from ultralight_mir.trimming.criteria.shuffled import PREFIX, shuffled
from ultralight_mir.trimming.errors import TrimError

CRITERIA: dict[str, Criterion] = {
    "magnitude": magnitude.L1,
    "magnitude_l2": magnitude.L2,
    "batchnorm": batchnorm.scores,
    "gradient": gradient.scores,
    "inverse_gradient": gradient.inverse,
    "taylor": taylor.scores,
    "activation": activation.scores,
    "information": information.scores,
    "info_target": information.with_target,
    "random": random.scores,
}


def find_criterion(name: str) -> Criterion:
    """The criterion of that name; "shuffled_" before it makes it a control.

    Raises:
        TrimError: there is none.
    """
    known = name.removeprefix(PREFIX)
    if known not in CRITERIA:
        raise TrimError(f"criterion: {name!r}, expected one of {sorted(CRITERIA)}, or {PREFIX} and one of them")
    return CRITERIA[name] if name == known else shuffled(CRITERIA[known])


__all__ = ["CRITERIA", "Batches", "Criterion", "Loss", "find_criterion"]
