"""Onset: when anything begins to sound.

*Conventions.* The annotation of a clip is its onsets (`annotations.events`); labels (drum classes) may stand there and
do not matter. **Reference onsets less than 30 ms after the one before are merged into it**, as is usual since
Böck et al., *Evaluating the online capabilities of onset detection methods* (ISMIR 2012): nobody hears them apart.
*Metrics* (mir_eval.onset's matches), all 0…1, of counts pooled over all clips (`events`):

- `f`, `precision`, `recall`: within ±50 ms (mir_eval's default window; `f` is the headline)
- `f_25ms`: F-measure within ±25 ms (the window of most onset papers)

A clip's rows hold its counts: `f` and `f_25ms` weigh its estimates + references, `precision` its estimates, `recall`
its references. The threshold maximises `f` of the validation clips, pooled alike.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, ClassVar

from ultralight_mir.annotations.events import Events
from ultralight_mir.clips import Clip
from ultralight_mir.metrics import Metric
from ultralight_mir.tasks.base import Array, Output, Score, Task, Thresholds
from ultralight_mir.tasks.events import WINDOW, activity, f_score, judged, precision_and_recall
from ultralight_mir.tasks.peaks import best_threshold, find_peaks

if TYPE_CHECKING:
    from torch import Tensor

NARROW = 0.025
"""Seconds, the tighter of the two windows."""


class Onset(Task):
    """One activation a frame, peak-picked."""

    name = "onset"
    annotation = "events"
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
    decisions = ("onset",)
    limits = "When something begins, not what. Two onsets closer than 30 ms are one."

    def read(self, clip: Clip) -> Events:
        """Onsets in order, without labels, those within 30 ms merged.

        Raises:
            InputError: as `Events.read`.
        """
        return Events(super().read(clip).times).merged()

    def span(self, annotation: Events) -> tuple[float, float] | None:
        """From the first onset to the last, in seconds."""
        times = annotation.times
        return (float(times[0]), float(times[-1])) if len(times) else None

    def target(self, annotation: Events, times: Array) -> Array:
        """`[frames, 1]` in 0…1, 1 at an onset (see `events.activity`)."""
        return activity(annotation.times, times)[:, None]

    def loss(self, logits: Tensor, targets: Tensor) -> Tensor:
        """Binary cross-entropy, mean over frames."""
        from torch.nn import functional

        return functional.binary_cross_entropy_with_logits(logits, targets)

    def activation(self, logits: Tensor) -> Tensor:
        """Sigmoid."""
        return logits.sigmoid()

    def thresholds(self, outputs: Sequence[Output], annotations: Sequence[Events]) -> Thresholds:
        """`onset`: the peak height with the best F at ±50 ms, pooled over the clips: the headline."""
        peaks = [find_peaks(output.activation[:, 0], output.times) for output in outputs]
        return {"onset": best_threshold(peaks, [annotation.times for annotation in annotations])}

    def decode(self, output: Output, thresholds: Thresholds) -> Events:
        """The peaks above the threshold."""
        return Events(find_peaks(output.activation[:, 0], output.times).above(thresholds["onset"]))

    def score(self, estimate: Events, annotation: Events) -> list[Score]:
        """The metrics, weighted by counts; without those whose weight is 0: none where nothing is or is estimated."""
        wide, narrow = (judged(annotation.times, estimate.times, window) for window in (WINDOW, NARROW))
        return [*f_score("f", wide), *precision_and_recall("precision", "recall", wide), *f_score("f_25ms", narrow)]
