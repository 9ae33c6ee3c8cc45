import pytest

from ultralight_mir.errors import InputError
from ultralight_mir.steps import to_steps


@pytest.mark.parametrize(("text", "expected"), [("0it", 0), ("500it", 500), ("3ep", 38)])
def test_steps_are_read_as_written(text: str, expected: int) -> None:
    assert to_steps(text, 12.5, 1000) == expected


@pytest.mark.parametrize("text", ["5", "it", "-1it", "1.5ep", "1000it", "80ep"])
def test_malformed_or_late_steps_are_refused(text: str) -> None:
    with pytest.raises(InputError, match=f"step '{text}'"):
        to_steps(text, 12.5, 1000)
