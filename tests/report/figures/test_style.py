"""What figures are drawn with."""

from __future__ import annotations

import pytest

from ultralight_mir.report.figures.style import short


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.0, "0"), (0.00002, "0.00002"), (0.005, "0.005"), (5.0, "5"), (300.0, "300"), (2e4, "20 k"), (1.5e6, "1.5 M")],
)
def test_ticks_are_short_and_never_powers_of_ten(value: float, text: str) -> None:
    assert short(value) == text
