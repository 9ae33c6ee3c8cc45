"""Chord: which of the 24 major and minor chords, or none, sounds when.

*Conventions.* The annotation is a sequence of labelled intervals (`annotations.chords`). The classes are 12 `maj`, 12
`min` and `N`; a target is a class index a frame, −1 where the label has no major or minor reduction (suspended,
diminished, augmented, `X`), which the loss ignores as the score `majmin` does. *Metrics* (mir_eval.chord, each the
right share of the seconds it can judge, weighted by them):

- `majmin`: root and third and fifth, as major or minor; suspended, diminished and augmented chords are left out (the
  headline)
- `root`, `thirds`, `triads`: the root; root and third; the whole triad
- `mirex`: at least three pitch classes in common

So a set of clips scores the right share of its seconds together. The smoothing is chosen for `majmin` of the validation
clips, in frames: all as long, they are seconds but for half a frame where a chord changes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from ultralight_mir.annotations.chords import NO_CHORD, Chords
from ultralight_mir.metrics import Metric
from ultralight_mir.tasks.base import Array, Output, Score, Task, Thresholds
from ultralight_mir.tasks.viterbi import smooth, smooth_by_each

if TYPE_CHECKING:
    from torch import Tensor

ROOTS = ("C", "C#", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B")
IGNORED = -1
METRICS = ("majmin", "root", "thirds", "triads", "mirex")
SELF_TRANSITIONS = (0.04, 0.3, 0.6, 0.8, 0.9, 0.95, 0.98, 0.99)
"""Tried on the validation split; the first is the per-frame argmax of 25 classes."""


class Chord(Task):
    """25 classes a frame, decoded to labelled intervals."""

    name = "chord"
    annotation = "chords"
    classes = (*(f"{root}:maj" for root in ROOTS), *(f"{root}:min" for root in ROOTS), NO_CHORD)
    outputs = len(classes)
    framewise = True
    exclusive = True
    features: ClassVar[Mapping[str, str]] = {"spectral": "cqt_chord", "waveform": "waveform"}
    scorer = "mir_eval.chord"
    metrics: ClassVar[tuple[Metric, ...]] = (
        Metric("majmin", "maj/min accuracy"),
        Metric("root", "root accuracy"),
        Metric("thirds", "thirds accuracy"),
        Metric("triads", "triads accuracy"),
        Metric("mirex", "MIREX accuracy"),
    )
    decisions = ("self_transition",)
    limits = "24 major and minor chords, and none; sevenths, suspended and diminished chords come out as one of them."

    def span(self, annotation: Chords) -> tuple[float, float] | None:
        """From the start of the first interval to the end of the last, in seconds."""
        return float(annotation.bounds[0, 0]), float(annotation.bounds[-1, 1])

    def target(self, annotation: Chords, times: Array) -> Array:
        """Class index a frame, float32 `[frames, 1]`; −1 where no class is right or nothing is annotated."""
        indices = np.array([class_of(label) for label in annotation.labels] + [IGNORED])
        place = np.searchsorted(annotation.bounds[:, 0], times, "right") - 1
        inside = (place >= 0) & (times < annotation.bounds[place, 1])
        return indices[np.where(inside, place, -1)].astype(np.float32)[:, None]

    def loss(self, logits: Tensor, targets: Tensor) -> Tensor:
        """Cross-entropy of `[batch, frames, 25]` against indices `[batch, frames, 1]`, mean over known frames."""
        from torch.nn import functional

        wanted = targets.flatten().long()
        total = functional.cross_entropy(logits.flatten(0, 1), wanted, ignore_index=IGNORED, reduction="sum")
        return total / (wanted != IGNORED).sum().clamp(min=1)

    def activation(self, logits: Tensor) -> Tensor:
        """Softmax over the classes."""
        return logits.softmax(dim=-1)

    def thresholds(self, outputs: Sequence[Output], annotations: Sequence[Chords]) -> Thresholds:
        """`self_transition`, the one with the most right frames among the known: the headline (see the module)."""
        right = np.zeros(len(SELF_TRANSITIONS), int)
        for output, annotation in zip(outputs, annotations, strict=True):
            target = self.target(annotation, output.times)[:, 0]
            right += (smooth_by_each(output.activation, SELF_TRANSITIONS) == target).sum(axis=1)
        return {"self_transition": SELF_TRANSITIONS[int(right.argmax())]}

    def decode(self, output: Output, thresholds: Thresholds) -> Chords:
        """Intervals from 0 s to half a frame after the last; they change halfway between two frames."""
        path = smooth(output.activation, thresholds["self_transition"])
        changes = np.flatnonzero(np.diff(path)) + 1
        between = (output.times[changes - 1] + output.times[changes]) / 2
        half = (output.times[1] - output.times[0]) / 2 if len(path) > 1 else 0.5
        edges = np.concatenate(([0.0], between, [output.times[-1] + half]))
        labels = tuple(self.classes[path[i]] for i in (0, *changes))
        return Chords(np.stack((edges[:-1], edges[1:]), axis=1), labels)

    def score(self, estimate: Chords, annotation: Chords) -> list[Score]:
        """`METRICS`, each with the seconds it could judge as weight; what it cannot judge at all is left out."""
        from mir_eval import chord, util

        first, last = annotation.bounds[0, 0], annotation.bounds[-1, 1]
        bounds = estimate.bounds.copy()
        bounds[-1, 1] = max(bounds[-1, 1], last)  # what sounds at the end goes on, rather than mir_eval's filling
        cut = util.adjust_intervals(bounds, list(estimate.labels), first, last, NO_CHORD, NO_CHORD)
        merged, wanted, heard = util.merge_labeled_intervals(annotation.bounds, list(annotation.labels), *cut)
        seconds = util.intervals_to_durations(merged)
        scores = []
        for metric in METRICS:
            comparisons = getattr(chord, metric)(wanted, heard)
            judged = float(seconds[comparisons >= 0].sum())
            if judged > 0:
                scores.append(Score(metric, float(chord.weighted_accuracy(comparisons, seconds)), judged))
        return scores


@lru_cache(maxsize=1024)
def class_of(label: str) -> int:
    """The index of the class that `label` reduces to as in mir_eval's `majmin`; −1 if there is none.

    Raises:
        mir_eval.chord.InvalidChordException: not a chord label.
    """
    from mir_eval import chord

    root, semitones, _ = chord.encode(label)
    if root < 0:
        return Chord.classes.index(NO_CHORD) if label == NO_CHORD else IGNORED
    for offset, quality in ((0, "maj"), (len(ROOTS), "min")):
        if np.array_equal(semitones[:8], chord.QUALITIES[quality][:8]):
            return int(root) + offset
    return IGNORED
