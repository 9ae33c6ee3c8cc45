from pathlib import Path

import mir_eval
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ultralight_mir.annotations import Chords, write
from ultralight_mir.errors import InputError

LABELS = ("C", "A:min", "G#:maj7/3", "E:(1,5)", "Bb:sus4(b7)", "N", "X")
SPANS = st.lists(st.tuples(st.floats(0.001, 100), st.sampled_from(LABELS)), min_size=1, max_size=20)


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(spans=SPANS, delimiter=st.sampled_from([" ", "\t"]))
def test_what_is_written_is_read(tmp_path: Path, spans: list[tuple[float, str]], delimiter: str) -> None:
    edges = np.concatenate(([0.0], np.cumsum([length for length, _ in spans])))
    chords = Chords(np.stack((edges[:-1], edges[1:]), axis=1), tuple(label for _, label in spans))
    path = tmp_path / "a.lab"
    path.write_text(chords.text(delimiter))
    again = Chords.read(path)
    assert again.labels == chords.labels and again.bounds == pytest.approx(chords.bounds, abs=1e-6)
    write(path, chords)
    bounds, labels = mir_eval.io.load_labeled_intervals(str(path))
    assert tuple(labels) == chords.labels and np.array_equal(bounds, again.bounds)


@pytest.mark.parametrize("text", ["0 inf C\n", "0 1 C maj\n", "1\n", "0 1 C\n0 2 C\n"])
def test_malformed_files_are_refused_whatever_the_duration(tmp_path: Path, text: str) -> None:
    (tmp_path / "a.lab").write_text(text)
    with pytest.raises(InputError, match=r"a\.lab, line [12]: "):
        Chords.read(tmp_path / "a.lab")


def test_labels_are_one_an_interval() -> None:
    with pytest.raises(ValueError, match="2 labels for 1 intervals"):
        Chords([(0.0, 1.0)], ("C", "D"))
