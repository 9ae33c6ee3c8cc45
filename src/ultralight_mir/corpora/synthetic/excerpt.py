"""What a synthesiser yields."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Excerpt:
    """One rendered clip.

    Attributes:
        samples: mono float32 `[samples]` in [−1, 1] at `sample_rate` Hz.
        annotation: the text of its annotation file (`annotations`); "" for label tasks.
        suffix: of that file.
        label: the class, for label tasks.
        group: what must not cross a split: the source alone (kit, preset, singer, timbre), never the split's name.
    """

    samples: NDArray[np.float32]
    sample_rate: int
    annotation: str
    suffix: str
    label: str
    group: str
