"""Published annotations, which were often made on another rip of the CD, or end with the last frame's centre.

What lies past the end of the recording is cut off; an annotation that goes on for longer is of another recording.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ultralight_mir.errors import InputError

TAIL = 10.0
"""Seconds by which an annotation may outlast its recording."""


def check(times: Sequence[float] | NDArray[Any], duration: float) -> None:
    """That `times` (seconds) annotate a recording of `duration` seconds.

    Raises:
        InputError: they go on for more than `TAIL` after its end; says for how long.
    """
    last = float(np.max(times)) if len(times) else 0.0
    if last > duration + TAIL:
        raise InputError(
            f"the annotation goes on to {last:.2f} s, but the recording ends at {duration:.2f} s: "
            "expected the recording that was annotated"
        )
