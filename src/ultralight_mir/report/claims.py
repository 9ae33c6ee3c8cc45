"""Plain sentences on what was and was not shown, written from the verdicts alone."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from ultralight_mir.records import CASE
from ultralight_mir.report import controls
from ultralight_mir.report.analysis import Analysis
from ultralight_mir.report.choices import smallest_within
from ultralight_mir.report.formats import interval, number, percent, signed, significant
from ultralight_mir.report.headlines import BETTER as BETTER_THAN_DENSE
from ultralight_mir.report.headlines import NO_LOSS, PAPER_NO_LOSS, from_on
from ultralight_mir.report.intervals import LEVEL
from ultralight_mir.report.means import alike, strategies
from ultralight_mir.report.statistics import BETTER, FEW_SEEDS, MARGIN, MIN_SEEDS, WORSE
from ultralight_mir.report.verdicts import NOTHING_PICKED


@dataclass(frozen=True)
class Claim:
    """One claim at one rung: `what` it says of `strategy` at `removed`, whether the data carry it, by what numbers."""

    strategy: str
    removed: float
    what: str
    shown: bool
    detail: str


def claims(case: pd.DataFrame, analysis: Analysis) -> list[Claim]:
    """The headline claims and those against the controls, for every strategy of a case that is no control.

    Args:
        case: rows of `Analysis.means`, of one case on one test corpus.
    """
    headlines = alike(analysis.headlines, case.iloc[0])
    differences = alike(analysis.statistics.differences, case.iloc[0])
    entries: list[Claim] = []
    for name in strategies(case[~case["control"]]):
        own = headlines[headlines["strategy"] == name]
        entries += [_headline(row) for row in own.to_dict("records")]
        removed = from_on(case[case["strategy"] == name], PAPER_NO_LOSS)
        at = differences[(differences["strategy"] == name) & (differences["removed_target"] == removed)]
        for kind, control in controls.of(case, name).items():
            what = f"better than {control}" + f" ({kind})" * (kind != control)
            rivals = at[at["reference"] == control].to_dict("records")
            entries += [_claim(row, what, row["verdict"] == BETTER, _numbers(row)) for row in rivals]
    return entries


def _headline(row: Mapping[Hashable, Any]) -> Claim:
    numbers = _numbers(row)
    if row["shown"] and row["family"] > 1:
        kept = "also" if row["survives"] else "not"
        numbers += f"; {kept} after Holm's correction over {row['family']:.0f} tasks"
    return _claim(row, str(row["claim"]), bool(row["shown"]), numbers)


def _claim(row: Mapping[Hashable, Any], what: str, shown: bool, numbers: str) -> Claim:
    return Claim(str(row["strategy"]), float(row["removed_target"]), what, shown, numbers)


def _numbers(row: Mapping[Hashable, Any]) -> str:
    numbers = f"{signed(row['difference'])} points"
    ends = interval(row["low"], row["high"])
    numbers += f", {LEVEL:.0f}\u202f% interval {ends}" if row["low"] == row["low"] else ", no interval"
    if row["verdict"] == FEW_SEEDS:
        return f"{numbers} over clips; {missing(int(row['seeds']))}"
    return numbers + "; worse" * (row["verdict"] == WORSE)


def missing(seeds: int) -> str:
    """What a verdict takes that there is not."""
    return f"{seeds} seed{'s' * (seeds > 1)}, a verdict takes {MIN_SEEDS}"


def empty(case: pd.DataFrame, analysis: Analysis) -> str:
    """Where the dense network of a case is not shown to beat the best constant answer, the sentence that says so."""
    constants = alike(analysis.statistics.constants, case.iloc[0])
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


def smallest(case: pd.DataFrame, analysis: Analysis) -> list[str]:
    """For every strategy of a case that is no control, a sentence on the smallest ticket within a point of dense."""
    dense = case[case["strategy"] == "dense"].to_dict("records")
    if not dense:
        return ["There is no dense network to compare with."]
    if case["valid_gain"].isna().all():
        return [NOTHING_PICKED]
    against = alike(analysis.statistics.against("dense"), case.iloc[0])[["strategy", "removed_target", "low", "high"]]
    chosen = smallest_within(case).merge(against, on=["strategy", "removed_target"], how="left")
    best = {ticket["strategy"]: ticket for ticket in chosen.to_dict("records")}
    return [_sentence(name, best.get(name), dense[0]) for name in strategies(case[~case["control"]])]


def _sentence(name: str, ticket: Mapping[Hashable, Any] | None, dense: Mapping[Hashable, Any]) -> str:
    if ticket is None:
        return f"No {name} ticket came within {MARGIN:.0f} point of dense on validation clips."
    start = f"The smallest {name} ticket within {MARGIN:.0f} point of dense on validation clips has"
    whole, gain = significant(dense["parameters"]), f"on test clips {signed(ticket['gain'])} points"
    gain += f", {interval(ticket['low'], ticket['high'])}" * (ticket["low"] == ticket["low"])
    if ticket["method"] == "mask":
        kept = significant(ticket["nonzero_parameters"])
        return f"{start} {kept} of {whole} weights that are not zero, and costs the same ({gain})."
    macs = f"{significant(ticket['macs_per_second'])} of {significant(dense['macs_per_second'])} MACs a second"
    time = f"{percent(ticket['cpu_ratio'])} of the CPU time"
    size = f"{significant(ticket['parameters'])} of {whole} parameters"
    return f"{start} {size} and needs {macs} and {time} ({gain})."


def overall(analysis: Analysis) -> str:
    """The sentence at the head of the report: on how many tasks which claim is shown, for the strategy that shows most.

    That is whose "no loss" is shown on the most tasks, then whose "better"; the first of those that show as much.
    """
    own = analysis.means[analysis.means["own"]]
    names = strategies(own[~own["control"]])
    if not names:
        return "Nothing was trimmed in this run."
    headlines = analysis.headlines
    if headlines.empty:
        return "No claim of the paper lies on the ladder of this run."
    if (headlines["verdict"] == FEW_SEEDS).all():
        return f"This run has {missing(int(own['seeds'].max()))}: nothing is claimed."
    shown = headlines[headlines["shown"]].groupby(["strategy", "claim"]).size().to_dict()
    most = max(names, key=lambda name: [shown.get((name, claim), 0) for claim in (NO_LOSS, BETTER_THAN_DENSE)])
    rows = headlines[headlines["strategy"] == most]
    noun = "task" if own["network"].nunique() <= own["task"].nunique() else "network"
    parts = []
    for claim, found in rows.groupby("claim", sort=False):
        rungs = found["removed_target"].drop_duplicates().sort_values()
        ends = " to ".join(percent(rung) for rung in dict.fromkeys((rungs.iloc[0], rungs.iloc[-1])))
        part = f"{claim} at {ends} removed on {_of(list(found['shown']), noun)}"
        holm = int(found["survives"].sum())
        parts.append(part + f" ({holm} after Holm's correction)" * bool(found["shown"].sum() > holm))
    nothing = [str(case["task"].iloc[0]) for _, case in own.groupby(CASE, sort=False) if empty(case, analysis)]
    tasks = ", ".join(dict.fromkeys(nothing))
    remark = f" On {tasks}, dense is not shown to beat a constant answer." if nothing else ""
    among = f", of {len(names)} strategies the one that shows most" if len(names) > 1 else ""
    return f"What the data show for {most}{among}: " + "; ".join(parts) + f".{remark}"


def _of(flags: list[bool], noun: str) -> str:
    return f"{sum(flags)} of {len(flags)} {noun}{'s' if len(flags) > 1 else ''}"
