"""A published annotation becomes that of its recording, is written, and is read by the task."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as some

from ultralight_mir.annotations import F0, Chords, Events, write
from ultralight_mir.clips import Clip
from ultralight_mir.corpora.datasets.base import Published
from ultralight_mir.errors import InputError
from ultralight_mir.tasks import get_task


def read(annotation: Published, task: str, duration: float, folder) -> Any:
    path = folder / f"one{annotation.suffix}"
    write(path, annotation.until(duration))
    return get_task(task).read(Clip("one", "one.wav", str(path), "", "g", "test", duration))


def test_a_pitch_track_comes_back(tmp_path) -> None:
    times = np.arange(400) * (256 / 44_100)
    hertz = np.where(times % 1 < 0.5, 220.0 * 2**times, -110.0)
    track = read(F0(times, hertz), "pitch", 2.0, tmp_path)
    kept = times <= 2.0
    assert track.times == pytest.approx(times[kept], abs=1e-6)
    assert track.hertz == pytest.approx(np.maximum(hertz, 0)[kept], abs=1e-4)


@given(some.lists(some.tuples(some.floats(0, 12), some.sampled_from(["KD", "SD", "HH", "CY"])), max_size=20))
def test_events_are_written_in_order_and_inside_the_recording(tmp_path_factory, hits) -> None:
    times, labels = [time for time, _ in hits], [label for _, label in hits]
    found = read(Events(times, labels), "drums", 6.0, tmp_path_factory.mktemp("events"))
    kicks = sorted(time for time, label in hits if label == "KD" and time <= 6.0)
    assert bool(len(found.labelled("KD"))) == bool(kicks)
    if kicks:
        assert found.labelled("KD")[0] == pytest.approx(kicks[0], abs=1e-6)
    assert all((np.diff(found.labelled(name)) >= 0.03 - 1e-6).all() for name in ("KD", "SD", "HH"))


@pytest.mark.parametrize("label", ["C", "A:min", "G#:maj7/3", "F:hdim7", "E:(1,5)", "Bb:sus4(b7)", "N", "X"])
def test_labels_of_mir_eval_are_kept_as_they_are(label: str) -> None:
    assert Chords(np.array([[0.0, 1.0]]), (label,)).until(1.0).text() == f"0.000000 1.000000 {label}\n"


@pytest.mark.parametrize("label", ["H:maj", "&pause", "C:foo", "A:min 7", ""])
def test_a_label_that_is_none_becomes_unknown_and_is_remembered(tmp_path, label: str) -> None:
    chords = Chords(np.array([[0.0, 1.0], [1.0, 2.0]]), [label, "C"])
    assert chords.until(2.0).text().splitlines()[0] == f"# '{label}' is no chord label of mir_eval's"
    assert read(chords, "chord", 2.0, tmp_path).labels == ("X", "C")


def test_intervals_of_no_length_or_past_the_end_are_left_out(tmp_path) -> None:
    bounds = np.array([[0.0, 1.0], [1.0, 1.0], [1.0, 3.0], [3.0, 4.0], [4.0, 99.0]])
    found = read(Chords(bounds, ["C", "D", "E", "F", "N"]), "chord", 2.5, tmp_path)
    assert found.labels == ("C", "E") and found.bounds.tolist() == [[0.0, 1.0], [1.0, 2.5]]


@pytest.mark.parametrize(
    "annotation",
    [
        F0(np.array([0.0, 12.6]), np.array([1.0, 1.0])),
        Events([12.6, 0.1]),
        Chords(np.array([[0.0, 12.6]]), ["C"]),
    ],
)
def test_the_annotation_of_another_recording_is_refused(annotation: Published) -> None:
    with pytest.raises(InputError, match=r"goes on to 12.60 s, but the recording ends at 2.50 s"):
        annotation.until(2.5)
    assert annotation.until(2.7)
