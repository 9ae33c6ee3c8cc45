"""The committed tables of the reference experiment, analysed once a process."""

from __future__ import annotations

from functools import cache

from checkout import ROOT

from ultralight_mir.report.analysis import Analysis

REFERENCE = ROOT / "reports" / "reference"


@cache
def analysis() -> Analysis:
    """Takes some seconds."""
    return Analysis.read(REFERENCE)
