from pathlib import Path

import numpy as np
import pytest
import torch

from ultralight_mir.annotations import Events
from ultralight_mir.clips import Clip
from ultralight_mir.errors import InputError
from ultralight_mir.scoring import SetScores
from ultralight_mir.tasks import get_task
from ultralight_mir.tasks.base import Output
from ultralight_mir.tasks.drums import Drums

TASK = Drums()
TIMES = np.arange(300) * 0.01


def hits(kick: list[float] | None = None, snare: list[float] | None = None, hat: list[float] | None = None) -> Events:
    rows = [(time, name) for name, times in zip(TASK.classes, (kick, snare, hat), strict=True) for time in times or []]
    return Events.of(sorted(rows))


def scores(estimate: Events, annotation: Events) -> dict[str, float]:
    """Of a set of one clip, what begins with f."""
    means = SetScores([TASK.score(estimate, annotation)], []).means(TASK)
    return {name: value for name, value in means.items() if name.startswith("f")}


def clip(folder: Path, text: str) -> Clip:
    path = folder / "a.txt"
    path.write_text(text, encoding="utf-8")
    return Clip("a", "a.wav", str(path), "", "g", "test", 3.0)


def test_it_is_registered() -> None:
    assert isinstance(get_task("drums"), Drums)
    assert TASK.outputs == 3


def test_toms_cymbals_and_others_are_ignored_and_flams_merged(tmp_path: Path) -> None:
    text = "0.1\tKD\n0.2\tTT\n0.5\tSD\n0.515\tSD\n0.6\tCY\n0.7\tOT\n0.8\tHH\n"
    found = TASK.read(clip(tmp_path, text))
    assert found.rows == [(0.1, "KD"), (0.5, "SD"), (0.8, "HH")]


def test_an_unknown_class_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"a\.txt, at 0\.2 s: class 'BD', expected one of KD, SD, HH, TT, CY, OT"):
        TASK.read(clip(tmp_path, "0.1\tKD\n0.2\tBD\n"))


def test_what_the_target_says_is_decoded_again() -> None:
    annotation = hits([0.1, 1.004], [0.503, 2.0], [0.1, 0.3, 0.5, 2.98])
    target = TASK.target(annotation, TIMES)
    assert target.shape == (300, 3)
    estimate = TASK.decode(Output(target, TIMES), {"KD": 0.5, "SD": 0.5, "HH": 0.5})
    assert all(np.allclose(estimate.times_of(name), annotation.times_of(name), atol=0.006) for name in TASK.classes)
    assert scores(estimate, annotation)["f_mean_30ms"] == 1.0


def test_a_class_counts_where_it_is_or_is_claimed() -> None:
    """The windows are seconds: 40 ms off is right at ±50 ms and wrong at ±30 ms."""
    annotation = hits([1.0, 2.0], [1.5])
    assert scores(hits([1.04, 2.0], [1.5]), annotation) == pytest.approx(
        {"f_kd": 1.0, "f_sd": 1.0, "f_mean": 1.0, "f_pooled": 1.0}
        | {"f_kd_30ms": 0.5, "f_sd_30ms": 1.0, "f_mean_30ms": 0.75}
    )
    assert scores(hits([1.0, 2.0], [1.5], [0.5]), annotation) == pytest.approx(
        {"f_kd": 1.0, "f_sd": 1.0, "f_hh": 0.0, "f_mean": 2 / 3, "f_pooled": 6 / 7}
        | {"f_kd_30ms": 1.0, "f_sd_30ms": 1.0, "f_hh_30ms": 0.0, "f_mean_30ms": 2 / 3}
    )
    assert scores(hits(), annotation)["f_mean"] == 0.0


def test_silence_on_both_sides_is_no_score() -> None:
    assert TASK.score(hits(), hits()) == []


def test_thresholds_are_class_by_class() -> None:
    annotation = hits([0.5, 1.5], [1.0, 2.0], [0.25])
    activation = TASK.target(annotation, TIMES) * np.array([0.9, 0.3, 0.6])
    activation[[80, 120], [0, 1]] = 0.5, 0.1  # false peaks
    chosen = TASK.thresholds([Output(activation, TIMES)], [annotation])
    assert 0.5 < chosen["KD"] <= 0.9 and 0.1 < chosen["SD"] <= 0.3 and chosen["HH"] <= 0.6
    assert scores(TASK.decode(Output(activation, TIMES), chosen), annotation)["f_mean"] == 1.0


def test_the_loss_falls_towards_the_target() -> None:
    target = torch.from_numpy(TASK.target(hits([0.5]), TIMES))[None]
    right, wrong = (target * 2 - 1) * 8, (1 - target * 2) * 8
    assert TASK.loss(right, target) < 0.05 < TASK.loss(wrong, target)
    assert TASK.activation(torch.zeros(1, 4, 3)).unique().tolist() == [0.5]
