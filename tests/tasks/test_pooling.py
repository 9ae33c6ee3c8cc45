"""What a set of clips scores at onsets and drums: as if its clips were one recording, by mir_eval alone."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from mir_eval import onset

from ultralight_mir.annotations import Events
from ultralight_mir.records import SCORES
from ultralight_mir.scoring import SetScores
from ultralight_mir.tasks import get_task
from ultralight_mir.tasks.base import Score, Task

APART = 10.0
"""Seconds from one clip's start to the next one's, where all are laid one after another: more than any window."""
LABELS = {"drums": ("KD", "SD", "HH"), "onset": ("",)}


def _events(offset: float) -> st.SearchStrategy[list[tuple[float, int]]]:
    """Up to twelve rows (seconds, class); estimates and references have grids of their own: none is borderline."""
    rows = st.tuples(st.integers(0, 900), st.integers(0, 2)).map(lambda row: (row[0] / 1000 + offset, row[1]))
    return st.lists(rows, max_size=12, unique=True).map(sorted)


CLIPS = st.lists(st.tuples(_events(0.0), _events(0.0003)), min_size=1, max_size=8)
Clips = list[tuple[list[tuple[float, int]], list[tuple[float, int]]]]


def _of(task: str, rows: list[tuple[float, int]]) -> Events:
    labels = LABELS[task]
    return Events.of([(time, labels[number % len(labels)]) for time, number in rows])


def _scores(task: Task, clips: Clips) -> list[list[Score]]:
    return [task.score(_of(task.name, estimate), _of(task.name, reference)) for reference, estimate in clips]


def _oracle(task: str, clips: Clips, label: str, window: float) -> tuple[float, float, float] | None:
    """mir_eval's F, precision and recall of the clips laid one after another; None where there is nothing at all."""
    sides = [
        np.sort(np.concatenate([_of(task, clip[side]).times_of(label) + i * APART for i, clip in enumerate(clips)]))
        for side in (0, 1)
    ]
    if not all(map(len, sides)):
        return (0.0, 0.0, 0.0) if any(map(len, sides)) else None
    f, precision, recall = onset.f_measure(*sides, window=window)
    return float(f), float(precision), float(recall)


@settings(deadline=None)
@given(CLIPS)
@example([([], []), ([(0.5, 0)], [])])
def test_onsets_are_pooled(clips: Clips) -> None:
    task = get_task("onset")
    found = SetScores(_scores(task, clips), []).means(task)
    wide, narrow = (_oracle("onset", clips, "", window) for window in (0.05, 0.025))
    expected = {} if wide is None or narrow is None else {"f": wide[0], "f_25ms": narrow[0]}
    if any(estimate for _, estimate in clips):
        expected["precision"] = wide[1] if wide else np.nan
    if any(reference for reference, _ in clips):
        expected["recall"] = wide[2] if wide else np.nan
    assert found == pytest.approx(expected)


@settings(deadline=None)
@given(CLIPS)
@example([([(0.1, 0)], [(0.1003, 0)]), ([], [(0.5, 1)])])  # a class that is nowhere: f_mean is over the two others
def test_drums_are_pooled_class_by_class_and_then_averaged(clips: Clips) -> None:
    task = get_task("drums")
    rows = _scores(task, clips)
    assert not {"f_mean", "f_mean_30ms"} & {score.metric for scores in rows for score in scores}
    found = SetScores(rows, []).means(task)
    for suffix, window in (("", 0.05), ("_30ms", 0.03)):
        classes = {label: _oracle("drums", clips, label, window) for label in LABELS["drums"]}
        known = {label: values for label, values in classes.items() if values is not None}
        for label in classes:
            name = f"f_{label.lower()}{suffix}"
            assert found.get(name) == (pytest.approx(known[label][0]) if label in known else None), name
        assert ("f_mean" + suffix in found) == bool(known)
        if known:
            assert found[f"f_mean{suffix}"] == pytest.approx(np.mean([values[0] for values in known.values()]))


@settings(deadline=None)
@given(CLIPS)
@pytest.mark.parametrize("name", LABELS)
def test_a_clips_rows_hold_its_counts(name: str, clips: Clips) -> None:
    """With the decimals of scores.csv; and no row weighs nothing."""
    task = get_task(name)
    digits = {column.name: column.digits for column in SCORES.columns}
    for (reference, estimate), scores in zip(clips, _scores(task, clips), strict=True):
        rows = {s.metric: (round(s.value, digits["value"]), round(s.weight, digits["weight"])) for s in scores}
        assert all(weight > 0 for _, weight in rows.values())
        for label in LABELS[name]:
            end = f"_{label.lower()}" if label else ""
            events = [_of(name, side).times_of(label) for side in (reference, estimate)]
            counts = [rows.get(f"{share}{end}", (0.0, 0.0)) for share in ("recall", "precision")]
            assert [weight for _, weight in counts] == [len(side) for side in events]
            f, both = rows.get(f"f{end}", (0.0, 0.0))
            matched = {round(share * weight) for share, weight in counts} | {round(f * both / 2)}
            truth = onset.f_measure(*events, window=0.05)[2] * len(events[0]) if all(map(len, events)) else 0
            assert matched == {round(truth)} and both == sum(map(len, events))


def test_one_false_hit_costs_one_hit_wherever_it_falls() -> None:
    """The mean of the clips' own F would be a half; the counts are those of one clip with ten hits and one more."""
    task = get_task("onset")
    hits = Events(np.arange(10) * 0.3)
    clips = [task.score(hits, hits), task.score(Events([1.0]), Events([])), task.score(Events([]), Events([]))]
    assert clips[2] == []
    assert SetScores(clips, []).means(task) == pytest.approx(
        {"f": 20 / 21, "precision": 10 / 11, "recall": 1.0, "f_25ms": 20 / 21}
    )
