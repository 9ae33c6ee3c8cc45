"""Plain sentences on what was and was not shown, written from the verdicts alone."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from ultralight_mir.records import CASE
from ultralight_mir.report.bootstrap import LEVEL
from ultralight_mir.report.formats import interval, number, percent, signed, significant
from ultralight_mir.report.means import alike, strategies
from ultralight_mir.report.statistics import BETTER, MARGIN, NO_LOSS, WORSE, Statistics, smallest_within

PAPER_BETTER, PAPER_NO_LOSS = 0.85, 0.9
"""The paper: better than dense up to the first fraction removed, no loss up to the second."""


@dataclass(frozen=True)
class Claim:
    """One claim at one rung: `what` it says of `strategy` at `removed`, whether the data carry it, by what numbers."""

    strategy: str
    removed: float
    what: str
    shown: bool
    detail: str


def claims(case: pd.DataFrame, statistics: Statistics) -> list[Claim]:
    """The paper's claims and those against the controls, for every strategy of a case that is no control.

    Args:
        case: rows of `Analysis.means`, of one case on one test corpus.
    """
    differences = alike(statistics.differences, case)
    entries: list[Claim] = []
    for name in strategies(case[~case["control"]]):
        rows = differences[differences["strategy"] == name]
        dense = rows[rows["reference"] == "dense"]
        entries += [_claim(row, "no loss", (BETTER, NO_LOSS)) for row in _at(dense, PAPER_NO_LOSS)]
        entries += [_claim(row, "better than dense", (BETTER,)) for row in _at(dense, PAPER_BETTER)]
        for control in strategies(case[case["control"]]):
            rivals = _at(rows[rows["reference"] == control], PAPER_NO_LOSS)
            entries += [_claim(row, f"better than the {control} control", (BETTER,)) for row in rivals]
    return entries


def _at(rows: pd.DataFrame, most: float) -> list[dict[Hashable, Any]]:
    """The row with most removed, up to `most`; none if the ladder begins beyond."""
    within = rows[rows["removed_target"] <= most + 1e-9]
    return within.sort_values("removed_target", kind="stable").tail(1).to_dict("records")


def _claim(row: Mapping[Hashable, Any], what: str, verdicts: tuple[str, ...]) -> Claim:
    shown = row["verdict"] in verdicts
    numbers = f"{signed(row['difference'])} points"
    ends = interval(row["low"], row["high"])
    numbers += f", {LEVEL:.0f}\u202f% interval {ends}" if row["units"] else ", no interval"
    if not shown and row["verdict"] == WORSE:
        numbers += "; worse"
    return Claim(str(row["strategy"]), float(row["removed_target"]), what, shown, numbers)


def empty(case: pd.DataFrame, statistics: Statistics) -> str:
    """Where the dense network of a case is not shown to beat the best constant answer, the sentence that says so."""
    constants = alike(statistics.constants, case)
    return "".join(_empty(row) for row in constants[constants["verdict"] != BETTER].to_dict("records"))


def _empty(row: Mapping[Hashable, Any]) -> str:
    dense, constant = (f"{number(score)}\u202f%" for score in (row["score"] + row["difference"], row["score"]))
    ends = interval(row["low"], row["high"])
    return (
        f"{str(row['task']).capitalize()} on {row['test_corpus']}: the dense {row['network']} scores {dense} where"
        f" always giving the most frequent class scores {constant} ({signed(row['difference'])} points,"
        f" {LEVEL:.0f}\u202f% interval {ends}). It is not shown to beat that constant answer, so nothing follows"
        " about trimming."
    )


def smallest(case: pd.DataFrame) -> list[str]:
    """For every strategy of a case that is no control, a sentence on the smallest ticket within a point of dense."""
    dense = case[case["strategy"] == "dense"].to_dict("records")
    if not dense:
        return ["There is no dense network to compare with."]
    best = {ticket["strategy"]: ticket for ticket in smallest_within(case).to_dict("records")}
    return [_sentence(name, best.get(name), dense[0]) for name in strategies(case[~case["control"]])]


def _sentence(name: str, ticket: Mapping[Hashable, Any] | None, dense: Mapping[Hashable, Any]) -> str:
    if ticket is None:
        return f"No {name} ticket came within {MARGIN:.0f} point of dense."
    start = f"The smallest {name} ticket within {MARGIN:.0f} point of dense has"
    whole, gain = significant(dense["parameters"]), signed(ticket["gain"])
    if ticket["method"] == "mask":
        kept = significant(ticket["nonzero_parameters"])
        return f"{start} {kept} of {whole} weights that are not zero, and costs the same ({gain} points)."
    macs, time = (percent(ticket[cost] / dense[cost]) for cost in ("macs_per_second", "cpu_rtf"))
    size = f"{significant(ticket['parameters'])} of {whole} parameters"
    return f"{start} {size} and needs {macs} of the MACs and {time} of the CPU time ({gain} points)."


def overall(means: pd.DataFrame, statistics: Statistics) -> str:
    """The sentence at the head of the report: on how many tasks the first strategy carries which claim."""
    own = means[means["own"]]
    names = strategies(own[~own["control"]])
    if not names:
        return "Nothing was trimmed in this run."
    counts: dict[tuple[str, float], list[bool]] = {}
    nothing: dict[str, None] = {}
    for (_, task, _), case in own.groupby(CASE, sort=False):
        for claim in claims(case, statistics):
            if claim.strategy == names[0]:
                counts.setdefault((claim.what, claim.removed), []).append(claim.shown)
        if empty(case, statistics):
            nothing[str(task)] = None
    if not counts:
        return "No claim of the paper lies on the ladder of this run."
    noun = "task" if own["network"].nunique() <= own["task"].nunique() else "network"
    parts = [f"{what} at {percent(removed)} removed on {_of(shown, noun)}" for (what, removed), shown in counts.items()]
    remark = f" On {', '.join(nothing)}, dense is not shown to beat a constant answer." if nothing else ""
    return f"What the data show for {names[0]}: " + "; ".join(parts) + f".{remark}"


def _of(flags: list[bool], noun: str) -> str:
    return f"{sum(flags)} of {len(flags)} {noun}{'s' if len(flags) > 1 else ''}"
