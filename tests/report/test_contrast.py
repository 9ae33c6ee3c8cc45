"""The page's colours: what is read stands out from what it stands on, as WCAG 2.2 asks (AA)."""

from __future__ import annotations

import re
from importlib.resources import files
from itertools import product

import pytest

CSS = (files("ultralight_mir.report") / "templates" / "report.css").read_text(encoding="utf-8")
SCHEMES = ("light", "dark", "print")
READ, EDGES = ("ink", "muted", "link", "good", "bad"), ("edge", "link")
"""Colours of text, and of what shows where a control or the focus is."""
TEXT, OUTLINE = 4.5, 3.0
"""Success criteria 1.4.3 and 1.4.11."""


def colours(scheme: str) -> dict[str, str]:
    """The colours of a scheme, by name: those of `:root`, and what the scheme's own media query changes."""
    start = {"light": None, "dark": "@media (prefers-color-scheme: dark)", "print": "@media print"}[scheme]
    blocks = [CSS.partition("@media")[0]] + ([CSS.partition(start)[2].partition("\n}")[0]] if start else [])
    return {name: value for block in blocks for name, value in re.findall(r"--(\w+): (#[0-9a-f]{6})\b", block)}


def luminance(colour: str) -> float:
    """Relative luminance of #rrggbb (WCAG 2.2)."""
    channels = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return sum(weight * channel for weight, channel in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def contrast(one: str, other: str) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize(
    ("one", "other", "ratio"), [("#ffffff", "#000000", 21.0), ("#777777", "#ffffff", 4.48), ("#0b62a4", "#0b62a4", 1.0)]
)
def test_contrast_is_that_of_wcag(one: str, other: str, ratio: float) -> None:
    assert contrast(one, other) == pytest.approx(ratio, abs=0.005)


@pytest.mark.parametrize("scheme", SCHEMES)
def test_what_is_read_stands_out(scheme: str) -> None:
    found = colours(scheme)
    assert len(found) >= 10
    grounds = ("paper", "tint", "banner")
    pairs = {pair: contrast(found[pair[0]], found[pair[1]]) for pair in product(READ, grounds) if pair[1] != "banner"}
    pairs["ink", "banner"] = contrast(found["ink"], found["banner"])
    assert {pair: ratio for pair, ratio in pairs.items() if ratio < TEXT} == {}
    assert {name: 0 for name in EDGES if contrast(found[name], found["paper"]) < OUTLINE} == {}


def test_every_colour_of_the_page_is_one_of_these() -> None:
    rules = re.sub(r"--\w+: #[0-9a-f]+", "", CSS)
    assert re.findall(r"#[0-9a-fA-F]{3,8}\b(?=[;\s])", rules) == []
    text = set(re.findall(r"(?<![-\w])color: var\(--(\w+)\)", rules))
    assert text <= {*READ, *EDGES}
    assert set(re.findall(r"background: var\(--(\w+)\)", rules)) <= {"paper", "tint", "banner"}
