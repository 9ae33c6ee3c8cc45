from pathlib import Path

import numpy as np
import pytest

from ultralight_mir.annotations import Events
from ultralight_mir.clips import Clip
from ultralight_mir.scoring import score_set
from ultralight_mir.tasks import get_task
from ultralight_mir.tasks.base import Output, Score
from ultralight_mir.tasks.onset import Onset

TASK = Onset()
TIMES = np.arange(300) * 0.01


def test_it_is_registered() -> None:
    assert isinstance(get_task("onset"), Onset)


def test_drum_annotations_are_onsets_of_any_class_merged_within_30_ms(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("0.1\tKD\n0.115\tCY\n0.128\tHH\n0.135\tSD\n0.5\tTT\n", encoding="utf-8")
    found = TASK.read(Clip("a", "a.wav", str(path), "", "g", "test", 3.0))
    assert found.rows == [(0.1, ""), (0.135, ""), (0.5, "")]


def test_what_the_target_says_is_decoded_again() -> None:
    annotation = Events([0.0, 0.104, 0.5, 2.99])
    target = TASK.target(annotation, TIMES)
    assert target.shape == (300, 1)
    estimate = TASK.decode(Output(target, TIMES), {"onset": 0.5})
    assert np.allclose(estimate.times, annotation.times, atol=0.006)


def test_the_windows_are_in_seconds() -> None:
    found = {s.metric: s.value for s in TASK.score(Events([1.04, 2.0, 2.5]), Events([1.0, 2.0]))}
    assert found == pytest.approx({"f": 0.8, "precision": 2 / 3, "recall": 1.0, "f_25ms": 0.4})


def test_nothing_found_is_zero_and_what_weighs_nothing_has_no_score() -> None:
    none = Events([])
    assert TASK.score(none, Events([1.0])) == [Score("f", 0.0, 1), Score("recall", 0.0, 1), Score("f_25ms", 0.0, 1)]
    assert TASK.score(Events([1.0]), none) == [Score("f", 0.0, 1), Score("precision", 0.0, 1), Score("f_25ms", 0.0, 1)]
    assert TASK.score(none, none) == []


def test_the_threshold_comes_from_the_validation_clips() -> None:
    annotation = Events([0.5, 1.5])
    activation = TASK.target(annotation, TIMES) * 0.4
    activation[100] = 0.2
    chosen = TASK.thresholds([Output(activation, TIMES)], [annotation])
    assert 0.2 < chosen["onset"] <= 0.4


def test_the_threshold_is_the_best_for_the_pooled_f() -> None:
    """Two clips have one faint onset, one has eleven plain ones and ten false peaks in between, higher than faint.

    Low, the clips' own F are 1, 1 and 22 / 32: a mean of 0.9 against 1 / 3 high up. F of the sums is 26 / 36 low and
    22 / 24 high.
    """
    one, many = Events([1.0]), Events(np.arange(1, 12) * 0.25)
    faint, plain = TASK.target(one, TIMES) * 0.3, TASK.target(many, TIMES) * 0.8
    false = np.round(np.arange(1, 11) * 25 + 12).astype(int)
    plain[false] = 0.4
    outputs, annotations = [Output(a, TIMES) for a in (faint, faint, plain)], [one, one, many]
    chosen = TASK.thresholds(outputs, annotations)
    assert 0.4 < chosen["onset"] <= 0.8
    assert score_set(TASK, outputs, annotations, chosen).means(TASK)["f"] == pytest.approx(22 / 24)
    low = score_set(TASK, outputs, annotations, {"onset": 0.2})
    assert low.means(TASK)["f"] == pytest.approx(26 / 36)
    assert [clip[0].value for clip in low.clips] == pytest.approx([1.0, 1.0, 22 / 32])
