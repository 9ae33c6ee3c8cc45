"""What figures are drawn with."""

from __future__ import annotations

import pandas as pd
import pytest

from ultralight_mir.report.figures.style import seeds_note, short


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.0, "0"), (0.00002, "0.00002"), (0.005, "0.005"), (5.0, "5"), (300.0, "300"), (2e4, "20 k"), (1.5e6, "1.5 M")],
)
def test_ticks_are_short_and_never_powers_of_ten(value: float, text: str) -> None:
    assert short(value) == text


@pytest.mark.parametrize(
    ("seeds", "text"), [([1, 1], "One seed."), ([5, 5], "of 5 seeds"), ([3, 5], "of 3 to 5 seeds")]
)
def test_a_figure_says_of_how_many_seeds_its_lines_are(seeds: list[int], text: str) -> None:
    frame = pd.DataFrame({"seeds": seeds})
    assert text in seeds_note(frame) and text in seeds_note(frame, bands=False)
