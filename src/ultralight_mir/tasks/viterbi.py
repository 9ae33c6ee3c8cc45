"""Smoothing of frame-wise class probabilities: the most likely path where staying is likelier than changing."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

FLOOR = 1e-8
"""Probabilities below count as this."""


def smooth(probabilities: NDArray[np.floating], self_transition: float) -> NDArray[np.intp]:
    """The Viterbi path through `probabilities` `[frames, classes]`: class indices `[frames]`.

    A frame keeps its class with probability `self_transition` and changes to each of the others alike; at
    1 / classes the path is the per-frame argmax.

    Raises:
        ValueError: `self_transition` is not between 1 / classes and 1 (exclusive).
    """
    frames, classes = probabilities.shape
    if not 1.0 / classes <= self_transition < 1.0:
        raise ValueError(f"self_transition is {self_transition}, expected from 1/{classes} to below 1")
    observed = np.log(np.maximum(probabilities, FLOOR))
    stay, change = np.log(self_transition), np.log((1.0 - self_transition) / (classes - 1))
    origins = np.tile(np.arange(classes), (frames, 1))
    likely = observed[0]
    for frame in range(1, frames):
        # Changing costs the same from anywhere, so the best class to come from is the best of all.
        best = int(likely.argmax())
        came = likely[best] + change > likely + stay
        origins[frame, came] = best
        likely = np.where(came, likely[best] + change, likely + stay) + observed[frame]
    path = np.empty(frames, np.intp)
    path[-1] = int(likely.argmax())
    for frame in range(frames - 1, 0, -1):
        path[frame - 1] = origins[frame, path[frame]]
    return path
