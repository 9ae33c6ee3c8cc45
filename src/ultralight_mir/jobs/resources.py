"""What a cluster is asked for: a job that was ended for its memory or its time asks for twice as much the next time."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

from ultralight_mir.errors import InputError
from ultralight_mir.files import read_json, read_rows
from ultralight_mir.jobs.machine import DEVICE, DEVICE_VARIABLE
from ultralight_mir.paths import TicketFolder

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


def rung_minutes(dense: TicketFolder, attempt: int) -> int:
    """Minutes for a rung, by the time that its dense network took, once that is trained.

    A dense network that stopped early counts as if it had gone to the end of its schedule: a rung need not stop.
    """
    try:
        seconds = sum(float(wall) for _, wall in read_json(dense.timing)["phases"].values())
        planned = int(read_json(dense.ticket)["schedule"]["steps"])
        done = int(read_rows(dense.training, ["step"])[-1]["step"])
        minutes = math.ceil(LONGER * seconds * max(1.0, planned / done) / 60)
    except (InputError, LookupError, TypeError, ValueError, AttributeError, ArithmeticError):
        return doubled(UNKNOWN, attempt)  # planned before its dense network; if it is damaged, results say so
    return doubled(START + minutes, attempt)
