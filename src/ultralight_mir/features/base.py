"""What a feature is: a named, deterministic map from audio to frames."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Samples = NDArray[np.float32]
Frames = NDArray[np.float32]


@dataclass(frozen=True)
class Feature:
    """One front end.

    Attributes:
        name: as it stands in paths.
        kind: "spectral" (frames × bins go to the network) or "waveform" (samples go to the network).
        sample_rate: Hz at which `compute` wants its samples.
        hop: samples between the centres of two frames; frame i is centred at i · hop / sample_rate seconds.
        bins: values per frame; for a waveform, 1.
        compute: samples `[samples]` in [−1, 1] → frames `[frames, bins]` (waveform: `[samples, 1]`).
    """

    name: str
    kind: str
    sample_rate: int
    hop: int
    bins: int
    compute: Callable[[Samples], Frames]
