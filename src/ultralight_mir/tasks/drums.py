"""Drums: when the bass drum (KD), the snare drum (SD) and the hi-hat (HH) are hit.

*Conventions.* The annotation of a clip is its hits (`annotations.events`), each with a class of MDB Drums (Southall et
al., ISMIR 2017). Toms (TT), cymbals (CY) and other percussion (OT) are known and ignored. Reference hits of one class
closer than 30 ms are one (flams). *Metrics* (mir_eval.onset's matches), all 0…1, of counts pooled over all clips
(`events`):

- `f_kd`, `f_sd`, `f_hh`, `precision_kd` …, `recall_kd` …: of a class, ±50 ms; `f_kd_30ms` …: ±30 ms
- `f_mean`: the mean of the three classes' pooled F (the headline), `f_mean_30ms`: the same at ±30 ms; no clip has
  these, and a class that a whole set of clips neither has nor is said to have does not count
- `f_pooled`: F of the three classes' counts together, ±50 ms

A clip's rows hold its counts: an F weighs its estimates + references, a precision its estimates, a recall its
references. Each class's threshold maximises its F of the validation clips, pooled alike, and all three so the headline.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from ultralight_mir.annotations.events import Events
from ultralight_mir.clips import Clip
from ultralight_mir.errors import InputError
from ultralight_mir.metrics import Metric
from ultralight_mir.tasks.base import Array, Output, Score, Task, Thresholds
from ultralight_mir.tasks.events import WINDOW, Counts, activity, f_score, judged, precision_and_recall
from ultralight_mir.tasks.peaks import best_threshold, find_peaks

if TYPE_CHECKING:
    from torch import Tensor

IGNORED = ("TT", "CY", "OT")
NARROW = 0.03
"""Seconds, the tighter of the two windows."""
NAMES: Mapping[str, str] = {"KD": "kick", "SD": "snare", "HH": "hi-hat"}
"""Classes → what they are called on axes."""


def _metrics() -> Iterator[Metric]:
    """Those of all classes and of each, the headline first."""
    yield Metric("f_mean", "mean drum F ±50 ms", over=tuple(f"f_{name.lower()}" for name in NAMES))
    for name, label in NAMES.items():
        yield Metric(f"f_{name.lower()}", f"{label} F ±50 ms")
    yield Metric("f_pooled", "F of all drums together ±50 ms")
    yield Metric("f_mean_30ms", "mean drum F ±30 ms", over=tuple(f"f_{name.lower()}_30ms" for name in NAMES))
    for name, label in NAMES.items():
        yield Metric(f"f_{name.lower()}_30ms", f"{label} F ±30 ms")
        yield Metric(f"precision_{name.lower()}", f"{label} precision ±50 ms")
        yield Metric(f"recall_{name.lower()}", f"{label} recall ±50 ms")


class Drums(Task):
    """Three activations a frame, peak-picked class by class."""

    name = "drums"
    annotation = "hits"
    classes = tuple(NAMES)
    outputs = len(classes)
    framewise = True
    features: ClassVar[Mapping[str, str]] = {"spectral": "log_mel", "waveform": "waveform"}
    scorer = "mir_eval.onset"
    metrics: ClassVar[tuple[Metric, ...]] = tuple(_metrics())
    decisions = tuple(NAMES)
    limits = "Bass drum, snare drum and hi-hat; toms, cymbals and other percussion are not told, nor how hard a hit is."

    def read(self, clip: Clip) -> Events:
        """The hits of the three classes, in order, those of one class within 30 ms merged.

        Raises:
            InputError: as `Events.read`, or a class is none of MDB Drums' six.
        """
        hits = super().read(clip).rows
        for time, label in hits:
            if label not in (*self.classes, *IGNORED):
                known = ", ".join((*self.classes, *IGNORED))
                raise InputError(f"{clip.annotation}, at {time} s: class '{label}', expected one of {known}")
        return Events.of([(time, label) for time, label in hits if label in self.classes]).merged()

    def span(self, annotation: Events) -> tuple[float, float] | None:
        """From the first hit of any of the three classes to the last, in seconds."""
        times = annotation.times
        return (float(times.min()), float(times.max())) if len(times) else None

    def target(self, annotation: Events, times: Array) -> Array:
        """One column a class, `[frames, 3]` in 0…1, 1 at a hit (see `events.activity`)."""
        return np.stack([activity(annotation.times_of(name), times) for name in self.classes], axis=1)

    def loss(self, logits: Tensor, targets: Tensor) -> Tensor:
        """Binary cross-entropy, mean over frames and classes."""
        from torch.nn import functional

        return functional.binary_cross_entropy_with_logits(logits, targets)

    def activation(self, logits: Tensor) -> Tensor:
        """Sigmoid: several drums may be hit at once."""
        return logits.sigmoid()

    def thresholds(self, outputs: Sequence[Output], annotations: Sequence[Events]) -> Thresholds:
        """For each class the peak height with the best F at ±50 ms, pooled over the clips (see the module)."""
        return {
            name: best_threshold(
                [find_peaks(o.activation[:, i], o.times) for o in outputs], [a.times_of(name) for a in annotations]
            )
            for i, name in enumerate(self.classes)
        }

    def decode(self, output: Output, thresholds: Thresholds) -> Events:
        """Each class's peaks above its threshold, in order of time."""
        peaks = {name: find_peaks(output.activation[:, i], output.times) for i, name in enumerate(self.classes)}
        hits = [(time, name) for name in self.classes for time in peaks[name].above(thresholds[name]).tolist()]
        return Events.of(sorted(hits, key=lambda hit: hit[0]))

    def score(self, estimate: Events, annotation: Events) -> list[Score]:
        """The metrics that clips have, weighted by counts; without those whose weight is 0."""
        scores, together = [], Counts(0, 0, 0)
        for name in self.classes:
            times, key = (annotation.times_of(name), estimate.times_of(name)), name.lower()
            wide = judged(*times, WINDOW)
            together += wide
            scores += f_score(f"f_{key}", wide) + f_score(f"f_{key}_30ms", judged(*times, NARROW))
            scores += precision_and_recall(f"precision_{key}", f"recall_{key}", wide)
        return scores + f_score("f_pooled", together)
