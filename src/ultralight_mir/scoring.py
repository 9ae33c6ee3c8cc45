"""Estimates against annotations: the scores of a set of clips."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from ultralight_mir.metrics import means
from ultralight_mir.tasks.base import Output, Score, Task, Thresholds


@dataclass(frozen=True)
class SetScores:
    """The scores of each clip, in order, and those that exist for the whole set only."""

    clips: list[list[Score]]
    whole: list[Score]

    def means(self, task: Task) -> dict[str, float]:
        """What the whole set scores, by metric (`metrics.means`)."""
        pairs: dict[str, list[tuple[float, float]]] = {}
        for score in (score for scores in (*self.clips, self.whole) for score in scores):
            pairs.setdefault(score.metric, []).append((score.value, score.weight))
        return means(task.metrics, pairs)


def score_set(task: Task, outputs: Iterable[Output], annotations: Sequence[Any], thresholds: Thresholds) -> SetScores:
    """Decode and score.

    Args:
        outputs, annotations: of the same clips, in the same order, all of classes that the network can know.
    """
    estimates = [task.decode(output, thresholds) for output in outputs]
    clips = [task.score(estimate, reference) for estimate, reference in zip(estimates, annotations, strict=True)]
    return SetScores(clips, task.score_set(estimates, annotations) if estimates else [])
