from pathlib import Path

import numpy as np
import pytest
import torch
from mir_eval import chord as mir_chord

from ultralight_mir.annotations import Chords
from ultralight_mir.clips import Clip
from ultralight_mir.errors import InputError
from ultralight_mir.tasks.base import Output
from ultralight_mir.tasks.chord import IGNORED, SELF_TRANSITIONS, Chord, class_of

TASK = Chord()
TIMES = np.arange(100) * 0.1


def clip_of(folder: Path, text: str, duration: float = 10.0) -> Clip:
    path = folder / "a.lab"
    path.write_text(text, encoding="utf-8")
    return Clip("a", "a.wav", str(path), "", "g", "test", duration)


def perfect(annotation: Chords) -> Output:
    """What a network would say that is right and sure; N where nothing is asked."""
    index = TASK.target(annotation, TIMES)[:, 0].astype(int)
    return Output(np.eye(25)[np.where(index == IGNORED, 24, index)], TIMES)


@pytest.mark.parametrize(
    ("label", "expected"),
    [("C:maj", 0), ("C", 0), ("B:7", 11), ("Db:maj7", 1), ("A:min7/b3", 21), ("D:min6", 14), ("N", 24), ("E:maj/5", 4)],
)
def test_labels_reduce_to_classes(label: str, expected: int) -> None:
    assert class_of(label) == expected


@pytest.mark.parametrize("label", ["X", "C:sus4", "C:dim", "C:aug", "C:hdim7", "G:5", "C:1"])
def test_labels_without_a_third_or_a_fifth_are_ignored(label: str) -> None:
    assert class_of(label) == IGNORED


def test_a_class_is_ignored_where_majmin_does_not_score_it() -> None:
    for quality in mir_chord.QUALITIES:
        if quality:
            label = f"C:{quality}"
            unscored = mir_chord.majmin([label], ["C:maj"])[0] < 0
            assert (class_of(label) == IGNORED) == unscored, label


def test_targets_are_what_sounds_at_the_frames_centre(tmp_path: Path) -> None:
    annotation = TASK.read(clip_of(tmp_path, "0\t1\tN\n1\t2.05\tC:maj\n2.05 3 C:sus4\n3\t5\tA:min\n"))
    target = TASK.target(annotation, TIMES)
    assert target.shape == (100, 1) and target.dtype == np.float32
    assert target[:10, 0].tolist() == [24] * 10
    assert target[10:21, 0].tolist() == [0] * 11
    assert target[21:30, 0].tolist() == [IGNORED] * 9
    assert target[30:50, 0].tolist() == [21] * 20
    assert (target[50:] == IGNORED).all()


def test_a_gap_is_not_scored(tmp_path: Path) -> None:
    annotation = TASK.read(clip_of(tmp_path, "0 2 C:maj\n4 10 F:maj\n"))
    assert annotation.labels == ("C:maj", "X", "F:maj")
    wrong = Chords(np.array([[0.0, 2.0], [2.0, 4.0], [4.0, 10.0]]), ("C:maj", "B:min", "F:maj"))
    scores = {s.metric: s for s in TASK.score(wrong, annotation)}
    assert scores["majmin"].value == 1.0
    assert scores["majmin"].weight == pytest.approx(8.0)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("0 2 C:maj\n1 3 F:maj\n", "line 2"),
        ("0 2 C:maj\n2 12 F:maj\n", "line 2"),
        ("-1 2 C:maj\n", "line 1"),
        ("2 2 C:maj\n", "line 1"),
        ("nan 2 C:maj\n", "line 1"),
        ("0 2 C:maj\n2 3 H:maj\n", "H:maj"),
        ("0 2\n", "line 1"),
        ("zero 2 C:maj\n", "line 1"),
        ("\n", "no intervals"),
    ],
)
def test_malformed_annotations_are_refused_in_one_line(tmp_path: Path, text: str, found: str) -> None:
    with pytest.raises(InputError) as caught:
        TASK.read(clip_of(tmp_path, text))
    assert found in str(caught.value)
    assert "a.lab" in str(caught.value) and "\n" not in str(caught.value)


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"gone\.lab"):
        TASK.read(Clip("a", "a.wav", str(tmp_path / "gone.lab"), "", "g", "test", 10.0))


def test_a_right_network_decodes_to_the_annotation(tmp_path: Path) -> None:
    annotation = TASK.read(clip_of(tmp_path, "0 2 C:maj\n2 4.02 N\n4.02 7 Eb:min\n7 9.95 C:maj\n"))
    for self_transition in SELF_TRANSITIONS:
        estimate = TASK.decode(perfect(annotation), {"self_transition": self_transition})
        assert estimate.labels == annotation.labels
        assert np.abs(estimate.bounds - annotation.bounds).max() <= 0.051
    scores = {s.metric: s.value for s in TASK.score(estimate, annotation)}
    assert set(scores) == {"majmin", "root", "thirds", "triads", "mirex"}
    assert min(scores.values()) > 0.95


def test_scores_are_those_of_mir_eval(tmp_path: Path) -> None:
    annotation = TASK.read(clip_of(tmp_path, "0 3 C:7\n3 4 D:sus4\n4 6 N\n6 10 A:min/b3\n"))
    estimate = Chords(np.array([[0.0, 2.5], [2.5, 6.5], [6.5, 10.0]]), ("C:maj", "N", "A:maj"))
    expected = mir_chord.evaluate(annotation.bounds, list(annotation.labels), estimate.bounds, list(estimate.labels))
    for score in TASK.score(estimate, annotation):
        assert score.value == pytest.approx(expected[score.metric]), score.metric


def test_a_clip_without_a_known_chord_has_no_majmin(tmp_path: Path) -> None:
    annotation = TASK.read(clip_of(tmp_path, "0 10 C:sus4\n"))
    metrics = {s.metric for s in TASK.score(Chords(np.array([[0.0, 10.0]]), ("C:maj",)), annotation)}
    assert "majmin" not in metrics and "root" in metrics


def test_the_threshold_smooths_a_noisy_network(tmp_path: Path) -> None:
    annotation = TASK.read(clip_of(tmp_path, "0 5 C:maj\n5 10 G:maj\n"))
    random = np.random.default_rng(0)
    noisy = 0.35 * perfect(annotation).activation + 0.65 * random.dirichlet(np.ones(25) * 0.1, 100)
    chosen = TASK.thresholds([Output(noisy, TIMES)], [annotation])["self_transition"]
    assert chosen > SELF_TRANSITIONS[0]


def test_the_loss_ignores_unknown_frames() -> None:
    logits = torch.randn(2, 5, 25, requires_grad=True)
    targets = torch.full((2, 5, 1), float(IGNORED))
    assert TASK.loss(logits, targets).item() == 0.0
    targets[0, 2] = 3.0
    TASK.loss(logits, targets).backward()
    assert logits.grad is not None
    assert logits.grad[0, 2].abs().sum() > 0
    assert logits.grad[1].abs().sum() == 0
