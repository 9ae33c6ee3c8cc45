from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ultralight_mir.annotations import F0
from ultralight_mir.errors import InputError

STEPS = st.lists(st.tuples(st.integers(1, 5000), st.floats(-8000, 8000)), max_size=30)


def track(steps: list[tuple[int, float]]) -> F0:
    """Times are whole milliseconds, so that no two are written alike."""
    return F0(np.cumsum([step for step, _ in steps]) / 1000, [hertz for _, hertz in steps])


@settings(max_examples=30)
@given(steps=STEPS, at=st.lists(st.floats(0, 200), min_size=1, max_size=10))
def test_at_other_times_it_is_never_negative(steps: list[tuple[int, float]], at: list[float]) -> None:
    assert (track(steps).at(np.array(at)) >= 0).all()


def test_a_field_too_large_to_be_a_number_is_one_line(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("0.1," + "9" * 200_000)
    with pytest.raises(InputError, match=r"a\.csv: not readable as rows time,f0_hz"):
        F0.read(path)
