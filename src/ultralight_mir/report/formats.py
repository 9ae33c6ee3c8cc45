"""Numbers and tables as people read them: real minus signs, thousands, intervals; CSV, Markdown and LaTeX."""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

Row = Mapping[Hashable, Any]
"""A row of a frame, by its columns."""
MISSING = "–"
_TEX = {"\\": r"\textbackslash{}", "&": r"\&", "%": r"\%", "$": r"\$", "#": r"\#", "_": r"\_", "{": r"\{", "}": r"\}"}
_TEX |= {"~": r"\textasciitilde{}", "^": r"\textasciicircum{}", "−": r"$-$", "…": r"\ldots{}", "×": r"$\times$"}
_TEX |= {"±": r"$\pm$", "≤": r"$\le$", "–": "--", "\u202f": r"\,", "\u00a0": "~"}


@dataclass(frozen=True)
class Table:
    """One table.

    Attributes:
        name: of its files.
        caption: one sentence.
        data: every number in full, for CSV.
        shown: the same as people read it: text cells under readable headings.
        left: how many columns at the left are words (the others are numbers, set to the right).
        section, order, folded: where it stands on the page (`report.sections`); a folded one shows on a click, one
            without a section not at all: it is among the files alone.
    """

    name: str
    caption: str
    data: pd.DataFrame
    shown: pd.DataFrame
    left: int = 1
    section: str = ""
    order: int = 50
    folded: bool = False


def number(value: float, digits: int = 1) -> str:
    """A number with so many decimals, a real minus sign and thousands separators; a dash for NaN."""
    if not math.isfinite(value):
        return MISSING
    text = f"{value:,.{digits}f}"
    return text.replace("-", "−") if float(text.replace(",", "")) else text.replace("-", "")


def signed(value: float, digits: int = 1) -> str:
    """A difference: always with its sign, except for a zero."""
    text = number(value, digits)
    return f"+{text}" if math.isfinite(value) and float(f"{value:.{digits}f}") > 0 else text


def interval(low: float, high: float, digits: int = 1) -> str:
    """The ends of an interval of differences: −0.9 … +0.2."""
    return f"{signed(low, digits)}\u00a0…\u00a0{signed(high, digits)}" if math.isfinite(low + high) else MISSING


def score_in_interval(score: float, low: float, high: float) -> str:
    """93.1 (92.0 … 94.2); without an interval, the score alone."""
    if not low <= high:
        return number(score)
    return f"{number(score)} ({number(low)}\u00a0…\u00a0{number(high)})"


def percent(fraction: float, digits: int = 0) -> str:
    """A fraction in percent, with a narrow space before the sign."""
    return f"{number(100 * fraction, digits)}\u202f%" if math.isfinite(fraction) else MISSING


def share(fraction: float, low: float, high: float) -> str:
    """A fraction in percent, with its spread: 62 % (58 … 66)."""
    if not math.isfinite(low + high):
        return percent(fraction)
    return f"{percent(fraction)} ({number(100 * low, 0)}\u00a0…\u00a0{number(100 * high, 0)})"


def significant(value: float) -> str:
    """Three significant digits, with k, M or G from a thousand on."""
    if not math.isfinite(value):
        return MISSING
    for size, suffix in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if abs(value) >= size * 0.9995:
            return f"{_three(value / size)}\u202f{suffix}"
    return _three(value)


def _three(value: float) -> str:
    if value == 0:
        return "0"
    rounded = float(f"{value:.3g}")
    return number(rounded, max(0, 2 - math.floor(math.log10(abs(rounded)))))


def with_ratio(value: float, reference: float) -> str:
    """A cost and what part of the dense network's it is: 18.2 k (10 %)."""
    if not math.isfinite(value) or not reference > 0:
        return significant(value)
    ratio = value / reference
    return f"{significant(value)} ({percent(ratio, 1 if ratio < 0.1 else 0)})"


def to_markdown(table: Table) -> str:
    """A pipe table under its caption."""
    heads = [_pipe(head) for head in table.shown.columns]
    rule = [":--" if place < table.left else "--:" for place in range(len(heads))]
    rows = [[_pipe(cell) for cell in row] for row in table.shown.itertuples(index=False, name=None)]
    lines = [heads, rule, *rows]
    return f"{table.caption}\n\n" + "\n".join(f"| {' | '.join(line)} |" for line in lines) + "\n"


def _pipe(text: object) -> str:
    return str(text).replace("|", "\\|").replace("\n", " ")


def to_latex(table: Table) -> str:
    """A booktabs table; `booktabs` is the only package it needs."""
    columns = "l" * table.left + "r" * (len(table.shown.columns) - table.left)
    rows = [" & ".join(escape_latex(cell) for cell in row) for row in table.shown.itertuples(index=False, name=None)]
    body = "".join(f"{row} \\\\\n" for row in rows)
    heads = " & ".join(escape_latex(head) for head in table.shown.columns)
    return (
        "\\begin{table}\n\\centering\n"
        f"\\caption{{{escape_latex(table.caption)}}}\n\\label{{tab:{table.name}}}\n"
        f"\\begin{{tabular}}{{{columns}}}\n\\toprule\n{heads} \\\\\n\\midrule\n{body}\\bottomrule\n"
        "\\end{tabular}\n\\end{table}\n"
    )


def escape_latex(text: object) -> str:
    """Text as LaTeX prints it, character for character."""
    return "".join(_TEX.get(letter, letter) for letter in str(text))


def bullets(sentences: Iterable[str]) -> str:
    """Sentences as a Markdown list."""
    return "\n".join(f"- {sentence}" for sentence in sentences)


def texts(frame: pd.DataFrame, write: Callable[[Row], str]) -> pd.Series[str]:
    """A cell a row."""
    return pd.Series([write(row) for row in frame.to_dict("records")], index=frame.index, dtype=str)


def case_names(frame: pd.DataFrame) -> dict[str, pd.Series[str]]:
    """Columns of words at the left: the task, and what else tells the rows of a task apart."""
    columns = {"task": frame["task"].astype(str)}
    for name in ("corpus", "network"):
        if frame.groupby("task")[name].nunique().max() > 1:
            columns[name] = frame[name].astype(str)
    return columns
