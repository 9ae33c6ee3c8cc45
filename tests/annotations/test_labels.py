from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ultralight_mir.annotations import Label, read, write
from ultralight_mir.errors import InputError

NAMES = ("clarinet", "distorted electric guitar", "NA", "vocal_fry")


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(name=st.sampled_from(NAMES), probabilities=st.none() | st.lists(st.floats(0, 1), min_size=4, max_size=4))
def test_what_is_written_is_read(tmp_path: Path, name: str, probabilities: list[float] | None) -> None:
    label = Label(name, dict(zip(NAMES, probabilities, strict=True)) if probabilities else {})
    path = tmp_path / f"a{Label.suffix}"
    write(path, label)
    again = read(path, "label")
    assert again == label and again.probabilities == pytest.approx(label.probabilities, abs=1e-6)


@pytest.mark.parametrize("text", ["flute\t1.5\n", "flute\thigh\n", "\t0.5\n", "flute\tnan\n"])
def test_malformed_lines_are_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "a.tsv").write_text(text)
    with pytest.raises(InputError, match=r"a\.tsv, line 1: .*, expected a class and its probability"):
        read(tmp_path / "a.tsv", "label")


def test_an_empty_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.tsv").write_text("\n")
    with pytest.raises(InputError, match=r"a\.tsv: no label"):
        read(tmp_path / "a.tsv", "label")
