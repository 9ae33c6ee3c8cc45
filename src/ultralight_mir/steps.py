"""Moments of training, written as people write them: "500it" (optimizer steps) or "3ep" (epochs)."""

from __future__ import annotations

import re

from ultralight_mir.errors import InputError

FORM = re.compile(r"(\d+)(it|ep)")


def to_steps(text: str, steps_per_epoch: float, last: int) -> int:
    """Optimizer steps, in 0…`last`; an epoch is rounded to whole steps.

    Raises:
        InputError: the text is of neither form, or lies past the end of training.
    """
    match = FORM.fullmatch(text)
    if match is None:
        raise InputError(f"step '{text}': expected optimizer steps such as '500it' or epochs such as '3ep'")
    steps = int(match[1]) if match[2] == "it" else round(int(match[1]) * steps_per_epoch)
    if steps >= last:
        raise InputError(f"step '{text}': {steps} optimizer steps, expected less than training.steps = {last}")
    return steps
