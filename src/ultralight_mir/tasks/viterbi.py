"""Smoothing of frame-wise class probabilities: the most likely path where staying is likelier than changing."""

from __future__ import annotations

from collections.abc import Sequence

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
    path: NDArray[np.intp] = smooth_by_each(probabilities, [self_transition])[0]
    return path


def smooth_by_each(probabilities: NDArray[np.floating], self_transitions: Sequence[float]) -> NDArray[np.intp]:
    """The paths for several self-transitions, `[self_transitions, frames]`, in the time of one."""
    frames, classes = probabilities.shape
    for self_transition in self_transitions:
        if not 1.0 / classes <= self_transition < 1.0:
            raise ValueError(f"self_transition is {self_transition}, expected from 1/{classes} to below 1")
    observed = np.log(np.maximum(probabilities, FLOOR))
    keep = np.array(self_transitions)[:, None]
    stay, change = np.log(keep), np.log((1.0 - keep) / (classes - 1))
    every = np.arange(len(keep))
    best = np.zeros((frames, len(keep)), np.intp)
    came = np.zeros((frames, len(keep), classes), bool)
    likely = np.tile(observed[0], (len(keep), 1))
    for frame in range(1, frames):
        # Changing costs the same from anywhere, so the best class to come from is the best of all.
        best[frame] = likely.argmax(axis=1)
        changed, stayed = likely[every, best[frame]][:, None] + change, likely + stay
        came[frame] = changed > stayed
        likely = np.maximum(changed, stayed) + observed[frame]
    paths = np.empty((len(keep), frames), np.intp)
    paths[:, -1] = likely.argmax(axis=1)
    for frame in range(frames - 1, 0, -1):
        at = paths[:, frame]
        paths[:, frame - 1] = np.where(came[frame, every, at], best[frame], at)
    return paths
