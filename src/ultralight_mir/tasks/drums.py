"""Drums: when the bass drum (KD), the snare drum (SD) and the hi-hat (HH) are hit.

*Conventions.* The annotation of a clip is its hits (`annotations.events`), each with a class of MDB Drums (Southall et
al., ISMIR 2017). Toms (TT), cymbals (CY) and other percussion (OT) are known and ignored. Reference hits of one class
closer than 30 ms are one (flams). *Metrics* (mir_eval.onset), all 0…1:

- `f_kd`, `f_sd`, `f_hh`: F-measure of a class, ±50 ms; left out of a clip with neither reference nor estimate of the
  class; 0 where something is estimated that is not there
- `f_mean`: the mean of those three that are defined (the headline), `f_mean_30ms`: the same at ±30 ms
- `f_pooled`: F-measure of the matches, estimates and references of the three classes added up, ±50 ms
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import reduce
from operator import add
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from ultralight_mir.annotations.events import Events
from ultralight_mir.clips import Clip
from ultralight_mir.errors import InputError
from ultralight_mir.metrics import Metric
from ultralight_mir.tasks.base import Array, Output, Score, Task, Thresholds
from ultralight_mir.tasks.events import WINDOW, activity, judged
from ultralight_mir.tasks.peaks import best_threshold, find_peaks

if TYPE_CHECKING:
    from torch import Tensor

IGNORED = ("TT", "CY", "OT")
NARROW = 0.03
"""Seconds, the tighter of the two windows."""


class Drums(Task):
    """Three activations a frame, peak-picked class by class."""

    name = "drums"
    annotation = "hits"
    classes = ("KD", "SD", "HH")
    outputs = len(classes)
    framewise = True
    features: ClassVar[Mapping[str, str]] = {"spectral": "log_mel", "waveform": "waveform"}
    scorer = "mir_eval.onset"
    metrics: ClassVar[tuple[Metric, ...]] = (
        Metric("f_mean", "mean drum F ±50 ms"),
        Metric("f_kd", "kick F ±50 ms"),
        Metric("f_sd", "snare F ±50 ms"),
        Metric("f_hh", "hi-hat F ±50 ms"),
        Metric("f_pooled", "pooled F ±50 ms"),
        Metric("f_mean_30ms", "mean drum F ±30 ms"),
    )

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
        return np.stack([activity(annotation.labelled(name), times) for name in self.classes], axis=1)

    def loss(self, logits: Tensor, targets: Tensor) -> Tensor:
        """Binary cross-entropy, mean over frames and classes."""
        from torch.nn import functional

        return functional.binary_cross_entropy_with_logits(logits, targets)

    def activation(self, logits: Tensor) -> Tensor:
        """Sigmoid: several drums may be hit at once."""
        return logits.sigmoid()

    def thresholds(self, outputs: Sequence[Output], annotations: Sequence[Events]) -> Thresholds:
        """For each class the peak height with the best mean F at ±50 ms."""
        return {
            name: best_threshold(
                [find_peaks(o.activation[:, i], o.times) for o in outputs], [a.labelled(name) for a in annotations]
            )
            for i, name in enumerate(self.classes)
        }

    def decode(self, output: Output, thresholds: Thresholds) -> Events:
        """Each class's peaks above its threshold, in order of time."""
        peaks = {name: find_peaks(output.activation[:, i], output.times) for i, name in enumerate(self.classes)}
        hits = [(time, name) for name in self.classes for time in peaks[name].above(thresholds[name]).tolist()]
        return Events.of(sorted(hits, key=lambda hit: hit[0]))

    def score(self, estimate: Events, annotation: Events) -> list[Score]:
        """The metrics that are defined for the clip; none if nothing is hit and nothing is estimated."""
        pairs = {name: (annotation.labelled(name), estimate.labelled(name)) for name in self.classes}
        counts = {name: judged(*pair, WINDOW) for name, pair in pairs.items()}
        defined = {name: count for name, count in counts.items() if count.defined}
        if not defined:
            return []
        narrow = [judged(*pairs[name], NARROW).f_measure for name in defined]
        scores = [Score(f"f_{name.lower()}", count.f_measure) for name, count in defined.items()]
        scores.append(Score("f_mean", float(np.mean([count.f_measure for count in defined.values()]))))
        scores.append(Score("f_mean_30ms", float(np.mean(narrow))))
        scores.append(Score("f_pooled", reduce(add, defined.values()).f_measure))
        return scores
