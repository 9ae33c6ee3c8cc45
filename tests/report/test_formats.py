"""Numbers as people read them, and LaTeX that compiles."""

from __future__ import annotations

import math

import pandas as pd
import pytest

from ultralight_mir.report.formats import (
    Table,
    interval,
    number,
    percent,
    signed,
    significant,
    to_latex,
    to_markdown,
    with_ratio,
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (number(1234.56), "1,234.6"),
        (number(-0.04), "0.0"),
        (number(-0.4), "−0.4"),
        (number(math.nan), "–"),
        (signed(0.04), "0.0"),
        (signed(-0.04), "0.0"),
        (signed(0.25), "+0.2"),
        (signed(3), "+3.0"),
        (interval(-0.94, 0.21), "−0.9\u00a0…\u00a0+0.2"),
        (interval(math.nan, math.nan), "–"),
        (percent(0.85), "85\u202f%"),
        (percent(math.nan), "–"),
        (significant(182_000), "182\u202fk"),
        (significant(18_240), "18.2\u202fk"),
        (significant(999.7), "1.00\u202fk"),
        (significant(14_000_000), "14.0\u202fM"),
        (significant(0.00399), "0.00399"),
        (significant(0), "0"),
        (with_ratio(18_200, 182_000), "18.2\u202fk (10\u202f%)"),
        (with_ratio(9_100, 182_000), "9.10\u202fk (5.0\u202f%)"),
        (with_ratio(5.0, math.nan), "5.00"),
    ],
)
def test_numbers(text: str, expected: str) -> None:
    assert text == expected


def table(cell: str) -> Table:
    frame = pd.DataFrame({"task_name": [cell], "score (%)": ["−1.5"]})
    return Table("some", "Scores & costs.", frame, frame)


def test_latex_is_escaped_and_in_booktabs() -> None:
    text = to_latex(table("a_b & 50% of {x} #1 \\ ~^$"))
    assert r"a\_b \& 50\% of \{x\} \#1 \textbackslash{} \textasciitilde{}\textasciicircum{}\$ & $-$1.5 \\" in text
    assert [rule in text for rule in (r"\toprule", r"\midrule", r"\bottomrule", r"\begin{tabular}{lr}")] == [True] * 4
    assert text.isascii()


def test_markdown_keeps_its_columns() -> None:
    lines = to_markdown(table("a|b\nc")).splitlines()
    assert lines[2:] == ["| task_name | score (%) |", "| :-- | --: |", "| a\\|b c | −1.5 |"]
