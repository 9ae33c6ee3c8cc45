"""Events in time, for the tasks that find them: targets, and how estimates are judged.

*Conventions.* An estimate is within a window of a reference event or it is not; each matches at most one
(mir_eval.onset, which finds the largest matching). **Counts are pooled**: what a set of clips scores is computed from
its matches, estimates and references added up over the clips, as usual in the field (madmom's `OnsetSumEvaluation`).
The mean of the clips' own F would hang on clips with next to no events: one false hit costs all where there is none.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ultralight_mir.annotations.events import Times
from ultralight_mir.tasks.base import Score

WINDOW = 0.05
"""Seconds either side within which an estimate is right; mir_eval's default."""


def activity(events: Times, times: Times) -> NDArray[np.float32]:
    """The target of one class, `[frames]`: 1 in the frame nearest to an event, less in its neighbours.

    It falls from 1 at half a frame's distance to 0 at one and a half (after Schlüter & Böck, ICASSP 2014, whose
    neighbours count a quarter): a network is not to be blamed for an event that lies between two frames.
    """
    if not len(events) or not len(times):
        return np.zeros(len(times), np.float32)
    hop = times[1] - times[0] if len(times) > 1 else 0.01
    after = np.searchsorted(events, times).clip(1, len(events)) - 1
    following = np.minimum(after + 1, len(events) - 1)
    distance = np.minimum(np.abs(times - events[after]), np.abs(times - events[following]))
    return np.clip(1.5 - distance / hop, 0.0, 1.0).astype(np.float32)


@dataclass(frozen=True)
class Counts:
    """Events that match, are estimated, are in the reference; adds up over classes and clips."""

    matched: int
    estimated: int
    reference: int

    def __add__(self, other: Counts) -> Counts:
        return Counts(self.matched + other.matched, self.estimated + other.estimated, self.reference + other.reference)

    @property
    def f_measure(self) -> float:
        """Harmonic mean of precision and recall, 0…1; 0 if nothing matches. Not defined where nothing is at all."""
        return 2 * self.matched / (self.estimated + self.reference)

    @property
    def defined(self) -> bool:
        """Whether there is anything to judge."""
        return self.estimated + self.reference > 0


def f_score(name: str, counts: Counts) -> list[Score]:
    """F as a clip's row `name`, with weight = estimates + references; no row where there is neither.

    The mean over clips with these weights is the F of the counts added up. Matches are value · weight / 2.
    """
    return [Score(name, counts.f_measure, counts.estimated + counts.reference)] if counts.defined else []


def precision_and_recall(precision: str, recall: str, counts: Counts) -> list[Score]:
    """Both as rows of these names, with the estimates and the references as weights; none where that is 0.

    Their weighted means over clips are those of the counts added up, which these two rows hold: matches are value ·
    weight of either.
    """
    shares = {precision: counts.estimated, recall: counts.reference}
    return [Score(name, counts.matched / total, total) for name, total in shares.items() if total]


def judged(reference: Times, estimate: Times, window: float) -> Counts:
    """Matches by mir_eval.onset.f_measure, both in seconds and in order, `window` seconds either side."""
    from mir_eval import onset

    matched = 0
    if len(reference) and len(estimate):
        _, precision, _ = onset.f_measure(reference, estimate, window=window)
        matched = round(precision * len(estimate))
    return Counts(matched, len(estimate), len(reference))
