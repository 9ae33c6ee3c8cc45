"""Onset: when anything begins to sound.

*Conventions.* The annotation of a clip is times in seconds, one a line; a second column (a drum class) may stand there
and does not matter. **Reference onsets less than 30 ms after the one before are merged into it**, as is usual since
Böck et al., *Evaluating the online capabilities of onset detection methods* (ISMIR 2012): nobody hears them apart.
*Metrics* (mir_eval.onset), all 0…1:

- `f`, `precision`, `recall`: within ±50 ms (mir_eval's default window; `f` is the headline)
- `f_25ms`: F-measure within ±25 ms (the window of most onset papers)
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from ultralight_mir.clips import Clip
from ultralight_mir.metrics import Metric
from ultralight_mir.tasks.base import Array, Output, Score, Task, Thresholds
from ultralight_mir.tasks.events import WINDOW, Times, activity, judged, merged, read_events
from ultralight_mir.tasks.peaks import CLOSEST, best_threshold, find_peaks

if TYPE_CHECKING:
    from torch import Tensor

NARROW = 0.025
"""Seconds, the tighter of the two windows."""


class Onset(Task):
    """One activation a frame, peak-picked."""

    name = "onset"
    outputs = 1
    framewise = True
    features: ClassVar[Mapping[str, str]] = {"spectral": "log_mel", "waveform": "waveform"}
    scorer = "mir_eval.onset"
    metrics: ClassVar[tuple[Metric, ...]] = (
        Metric("f", "onset F ±50 ms"),
        Metric("precision", "onset precision ±50 ms"),
        Metric("recall", "onset recall ±50 ms"),
        Metric("f_25ms", "onset F ±25 ms"),
    )

    def read(self, clip: Clip) -> Times:
        """Onset times in seconds, in order, those within 30 ms merged.

        Raises:
            InputError: as `read_events`.
        """
        return merged(np.array([time for time, _ in read_events(clip)]), CLOSEST)

    def span(self, annotation: Times) -> tuple[float, float] | None:
        """From the first onset to the last, in seconds."""
        return (float(annotation[0]), float(annotation[-1])) if len(annotation) else None

    def target(self, annotation: Times, times: Array) -> Array:
        """`[frames, 1]` in 0…1, 1 at an onset (see `events.activity`)."""
        return activity(annotation, times)[:, None]

    def loss(self, logits: Tensor, targets: Tensor) -> Tensor:
        """Binary cross-entropy, mean over frames."""
        from torch.nn import functional

        return functional.binary_cross_entropy_with_logits(logits, targets)

    def activation(self, logits: Tensor) -> Tensor:
        """Sigmoid."""
        return logits.sigmoid()

    def thresholds(self, outputs: Sequence[Output], annotations: Sequence[Times]) -> Thresholds:
        """`onset`: the peak height with the best mean F at ±50 ms."""
        return {"onset": best_threshold([find_peaks(o.activation[:, 0], o.times) for o in outputs], annotations)}

    def decode(self, output: Output, thresholds: Thresholds) -> Times:
        """Times of the peaks above the threshold, in seconds."""
        return find_peaks(output.activation[:, 0], output.times).above(thresholds["onset"])

    def score(self, estimate: Times, annotation: Times) -> list[Score]:
        """All four metrics; none if there is no onset and none is estimated."""
        wide = judged(annotation, estimate, WINDOW)
        if not wide.defined:
            return []
        narrow = judged(annotation, estimate, NARROW)
        return [
            Score("f", wide.f_measure),
            Score("precision", wide.matched / wide.estimated if wide.estimated else 0.0),
            Score("recall", wide.matched / wide.reference if wide.reference else 0.0),
            Score("f_25ms", narrow.f_measure),
        ]
