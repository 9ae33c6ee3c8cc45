"""Music that is not tuned to A4 = 440 Hz: rendered slower or faster, then resampled to the right length."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import soxr
from numpy.typing import NDArray

from ultralight_mir.corpora.synthetic.midi import SAMPLE_RATE, Part, render


def render_tuned(parts: Sequence[Part], duration: float, cents: float) -> NDArray[np.float32]:
    """Render `parts` with everything `cents` sharp, times unchanged; mono `[duration · SAMPLE_RATE]`."""
    if not cents:
        return render(parts, duration)
    ratio = 2.0 ** (cents / 1200.0)
    stretched = [
        replace(part, notes=[replace(n, start=n.start * ratio, duration=n.duration * ratio) for n in part.notes])
        for part in parts
    ]
    samples = soxr.resample(render(stretched, duration * ratio), SAMPLE_RATE * ratio, SAMPLE_RATE)
    length = round(duration * SAMPLE_RATE)
    tuned = np.zeros(length, np.float32)
    tuned[: min(length, len(samples))] = samples[:length]
    return tuned
