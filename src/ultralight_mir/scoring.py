"""Estimates against annotations: the scores of a set of clips."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from ultralight_mir.clips import Clip
from ultralight_mir.metrics import Metric, means
from ultralight_mir.records import CLIP, SET, TEST
from ultralight_mir.tasks.base import Output, Score, Task, Thresholds, describe

if TYPE_CHECKING:
    import pandas as pd

Key = TypeVar("Key")
log = logging.getLogger(__name__)
DIGITS = 6
"""Decimals of a mean score."""


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

    def rows(self, corpus: str, clips: Sequence[Clip]) -> list[dict[str, object]]:
        """Rows of `SCORES`: one a clip and metric, in the order of `clips`, then those of the whole set."""
        each = [
            _row(corpus, CLIP, c.track_id, c.group, s) for c, own in zip(clips, self.clips, strict=True) for s in own
        ]
        return each + [_row(corpus, SET, "", "", score) for score in self.whole]


def _row(corpus: str, level: str, track_id: str, group: str, score: Score) -> dict[str, object]:
    where = {"test_corpus": corpus, "level": level, "track_id": track_id, "group": group}
    return {**where, "metric": score.metric, "value": score.value, "weight": score.weight}


def scored(task: Task, annotations: Mapping[Key, Any], corpus: str) -> tuple[dict[Key, Any], dict[str, int]]:
    """Those annotations that a network can know; the classes of the others, which are logged, with their clips."""
    unknown = Counter(filter(None, map(task.unscored, annotations.values())))
    if unknown:
        log.info("%s: not scored, classes that the training corpus lacks: %s", corpus, describe(unknown))
    return {key: known for key, known in annotations.items() if not task.unscored(known)}, dict(unknown)


def score_set(task: Task, outputs: Iterable[Output], annotations: Sequence[Any], thresholds: Thresholds) -> SetScores:
    """Decode and score.

    Args:
        outputs, annotations: of the same clips, in the same order, all of classes that the network can know.
    """
    return score_estimates(task, [task.decode(output, thresholds) for output in outputs], annotations)


def score_estimates(task: Task, estimates: Sequence[Any], annotations: Sequence[Any]) -> SetScores:
    """Score what was decoded, of the same clips in the same order."""
    clips = [task.score(estimate, reference) for estimate, reference in zip(estimates, annotations, strict=True)]
    return SetScores(clips, task.score_set(estimates, annotations) if estimates else [])


def mean_scores(scores: pd.DataFrame, metrics: Sequence[Metric] = ()) -> list[dict[str, Any]]:
    """A ticket's mean scores (`metrics.means`), which all that is said of it starts from.

    A row a test corpus and metric, to `DIGITS` decimals, with how many `clips` the test corpus has.

    Args:
        scores: the ticket's `SCORES`.
        metrics: its task's, for those that are means over others.
    """
    found: list[dict[str, Any]] = []
    for corpus, rows in scores.groupby("test_corpus", sort=False):
        clips = int(rows.loc[rows["level"] == CLIP, "track_id"].nunique())
        pairs = {
            str(name): zip(own["value"], own["weight"], strict=True) for name, own in rows.groupby("metric", sort=False)
        }
        for name, mean in means(metrics, pairs).items():
            row = {"test_corpus": corpus, "split": TEST, "metric": name, "value": round(mean, DIGITS)}
            found.append(row | {"clips": clips})
    return found
