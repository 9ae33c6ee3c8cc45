"""What a cluster is asked for: a job that was ended for its memory or its time asks for twice as much the next time."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from pathlib import Path

from ultralight_mir.errors import InputError
from ultralight_mir.files import read_json
from ultralight_mir.jobs.machine import DEVICE, DEVICE_VARIABLE

UNKNOWN = 240
"""Minutes for a training of which nothing is known yet."""
LONGER = 1.5
"""Times its dense network's time that a rung may take: 1.4 is the most in the reference experiment, start-up aside."""
START = 5
"""Minutes for starting, on a file system that others use too."""


def doubling(amount: int) -> Callable[[Mapping[str, str], int], int]:
    """As a rule's resource: `amount`, doubled with every attempt."""

    def resource(wildcards: Mapping[str, str], attempt: int) -> int:
        return doubled(amount, attempt)

    return resource


def gpus(environment: Mapping[str, str]) -> int:
    """How many GPUs a job that trains asks for: one, unless the device that it is told is the CPU."""
    return int(environment.get(DEVICE_VARIABLE, DEVICE) != DEVICE)


def doubled(amount: int, attempt: int) -> int:
    """`amount` at attempt 1, twice as much at attempt 2."""
    return int(amount * 2 ** (attempt - 1))


def rung_minutes(dense_timing: Path, attempt: int) -> int:
    """Minutes for a rung, by the time that its dense network took (its `timing.json`), once that is trained."""
    try:
        phases = read_json(dense_timing)["phases"]
        seconds = sum(float(wall) for _, wall in phases.values())
    except (InputError, KeyError, TypeError, ValueError, AttributeError):
        return doubled(UNKNOWN, attempt)  # planned before its dense network; if it is damaged, results say so
    return doubled(START + math.ceil(LONGER * seconds / 60), attempt)
