"""What findings mean, in sentences: where the ticket matters, where only its widths, where only the teacher."""

from __future__ import annotations

import math
from collections.abc import Sequence

import pandas as pd

from ultralight_mir.records import CASE
from ultralight_mir.report import controls
from ultralight_mir.report.analysis import Analysis
from ultralight_mir.report.findings import matters, rows
from ultralight_mir.report.formats import Row, percent, signed
from ultralight_mir.report.headlines import BETTER, PAPER_BETTER, PAPER_NO_LOSS
from ultralight_mir.report.intervals import TAIL
from ultralight_mir.report.statistics import BETTER as SHOWN_BETTER
from ultralight_mir.report.statistics import EMPTY, FEW_SEEDS, MIN_SEEDS
from ultralight_mir.report.trainings import longest


def claimed() -> str:
    """The two claims, as the paper has them."""
    return (
        f"Two claims are re-tested: up to {percent(PAPER_NO_LOSS)} of a network's parameters can be removed without"
        f" loss, and up to {percent(PAPER_BETTER)} the lighter network is better than the heavy one."
    )


def meant(analysis: Analysis) -> list[str]:
    """All that the data mean: the claims over the tasks, then the ticket and its controls."""
    verdicts = rows(analysis)
    over_tasks = [*trained(analysis.chosen), *no_better(analysis.headlines)]
    return [*over_tasks, *sentences(verdicts, matters(analysis, verdicts))]


def sentences(verdicts: pd.DataFrame, controlled: pd.DataFrame) -> list[str]:
    """What the data mean: where the ticket matters, where only its widths, where only the teacher; a sentence each.

    Args:
        verdicts, controlled: as of `rows` and `matters`.
    """
    if verdicts.empty:
        return []
    missing = verdicts["verdict"] == FEW_SEEDS
    if missing.all():
        seeds = int(verdicts["seeds"].max())
        return [
            f"A verdict on a strategy takes at least {MIN_SEEDS} seeds; this run has {seeds}: {MIN_SEEDS - seeds} more"
            f" {'is' if MIN_SEEDS - seeds == 1 else 'are'} missing, and nothing is claimed."
        ]
    nothing = [str(task) for task in verdicts.loc[verdicts["verdict"] == EMPTY, "task"]]
    told = [f"Nothing follows on {_list(nothing)}."] if nothing else []
    judged = verdicts[~missing & (verdicts["verdict"] != EMPTY)].to_dict("records")
    for removed in sorted(controlled["removed_target"].unique()) if len(controlled) else []:
        at = controlled[controlled["removed_target"] == removed]
        said = _at_a_rung(judged, at)
        told += [f"At {percent(removed)} removed, {'; '.join(said)}."] if said else []
    return told


def trained(chosen: pd.DataFrame) -> list[str]:
    """What choosing every ticket's training by validation clips shows; nothing where there was no verdict.

    Of the tickets that were tried on most tasks: a claim over all tasks is no claim over one of six.

    Args:
        chosen: as of `trainings.chosen`.
    """
    if chosen.empty:
        return []
    told, tasks = [], chosen.groupby("first", sort=False)["task"].nunique()
    for _, group in chosen[chosen["first"].isin(tasks.index[tasks == tasks.max()])].groupby("first", sort=False):
        far = group[(group["removed_target"] >= PAPER_NO_LOSS - 1e-9) & group["p_holm"].notna()]
        said = [_on_how_many(at) for _, at in far.groupby("removed_target")]
        if said:
            among = f"{longest(group)}; seed by seed"
            told.append(
                f"Where validation clips choose each ticket's training ({among}), no loss is shown {_list(said)}."
            )
    return told


def _on_how_many(at: pd.DataFrame) -> str:
    """Of one rung, a row a case."""
    shown, survives = int((at["p_no_loss"] <= TAIL).sum()), int(at["survives"].sum())
    holm = f" ({survives} after Holm's correction)" * (survives < shown)
    return f"at {percent(at['removed_target'].iloc[0])} removed on {shown} of {len(at)} tasks{holm}"


def no_better(headlines: pd.DataFrame) -> list[str]:
    """How much better than dense a ticket may still be, where none is shown to be so; nothing where one is.

    Args:
        headlines: as of `headlines.headlines`.
    """
    asked = headlines[(headlines["claim"] == BETTER) & headlines["p"].notna()]
    if asked.empty or asked["shown"].any():
        return []
    tasks = asked["task"].nunique()
    most = math.ceil(10 * asked["high"].max()) / 10  # rounded up: it is a bound
    return [
        f"With up to {percent(PAPER_BETTER)} removed no strategy is shown to be better than dense on any of {tasks}"
        f" task{'s' * (tasks > 1)}: all intervals end at {signed(most)} points or below."
    ]


def _at_a_rung(judged: Sequence[Row], controlled: pd.DataFrame) -> list[str]:
    """What the tickets of one rung say, of the cases that carry a verdict."""
    groups: dict[str, list[str]] = {}
    helped: dict[str, list[str]] = {}
    for verdict in judged:
        task = str(verdict["task"])
        tickets = [row for row in controlled.to_dict("records") if all(row[key] == verdict[key] for key in CASE)]
        if tickets:
            groups.setdefault(_what(tickets), []).append(task)
        for kind in _AIDS:
            if _asked(tickets, kind):
                helped.setdefault(kind, []).extend([task] * _beats(tickets, kind))
    told = [f"{sentence} on {_list(groups[what])}" for what, sentence in _SAID.items() if what in groups]
    for kind, (helps, helps_not) in _AIDS.items():
        if kind in helped:
            told.append(f"{helps} on {_list(helped[kind])}" if helped[kind] else helps_not)
    return told


_AIDS = {
    controls.NO_TEACHER: ("the teacher is shown to help", "no teacher is shown to help"),
    controls.FEWER_STEPS: (
        "training with as many multiply-accumulates as dense is shown to help",
        "longer training is not shown to help",
    ),
}


_TICKET, _WIDTHS, _UNASKED, _NOTHING = "ticket", "widths", "unasked", "nothing"
_TEACHER, _LENGTH, _BOTH = "the teacher", "longer training", "the teacher or longer training"
_SAID = {
    _TICKET: "the ticket matters (it is shown to be better than as many other units, or than the same units with fresh"
    " weights)",
    _WIDTHS: "only how much is left of every layer is shown to matter (better than at random or than a small dense"
    " network, but not than other units or fresh weights)",
    _UNASKED: "the ticket is shown to be better than at random or than a small dense network (whether than other units"
    " and fresh weights, too, was not asked)",
    **{
        aid: f"only {aid} is shown to matter (the ticket is not shown to be better than any of its controls)"
        for aid in (_TEACHER, _LENGTH, _BOTH)
    },
    _NOTHING: "nothing of the ticket is shown to matter (a control may do as well)",
}


def _what(tickets: Sequence[Row]) -> str:
    """What is shown to matter about any of the tickets of a task."""
    if _beats(tickets, controls.SHUFFLED_UNITS) or _beats(tickets, controls.FRESH):
        return _TICKET
    if _beats(tickets, controls.RANDOM) or _beats(tickets, controls.SMALL):
        return _WIDTHS if _asked(tickets, controls.SHUFFLED_UNITS) and _asked(tickets, controls.FRESH) else _UNASKED
    taught, longer = (_beats(tickets, kind) for kind in (controls.NO_TEACHER, controls.FEWER_STEPS))
    return _BOTH if taught and longer else _TEACHER if taught else _LENGTH if longer else _NOTHING


def _beats(tickets: Sequence[Row], kind: str) -> bool:
    return any(row.get(f"{kind}_verdict") == SHOWN_BETTER for row in tickets)


def _asked(tickets: Sequence[Row], kind: str) -> bool:
    """Whether any of them stands beside such a control."""
    return any(isinstance(row.get(f"{kind}_verdict"), str) for row in tickets)


def _list(names: list[str]) -> str:
    *first, last = dict.fromkeys(names)
    return f"{', '.join(first)} and {last}" if first else last
