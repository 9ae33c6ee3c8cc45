"""Tickets beside the systems that one would take otherwise: score, size and speed on the same clips."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pandas as pd

from ultralight_mir.paths import DENSE
from ultralight_mir.records import CASE
from ultralight_mir.report import formats
from ultralight_mir.report.analysis import Analysis
from ultralight_mir.report.choices import smallest_within
from ultralight_mir.report.formats import Table, percent, significant
from ultralight_mir.report.intervals import LEVEL, Rung
from ultralight_mir.report.means import alike
from ultralight_mir.report.statistics import MARGIN, SYSTEM

SPEED = ("rtf", "rtf_low", "rtf_high")
"""CPU time for a second of audio, from samples to estimate, and its spread over recordings."""
_TICKET = [*CASE, "strategy", "removed_target"]
_TEST = ["corpus", "task", "test_corpus"]


def systems(analysis: Analysis) -> pd.DataFrame:
    """A row a system and test corpus: corpus, task, test_corpus, system, score and its interval, size and `SPEED`."""
    return analysis.statistics.systems.merge(analysis.records.systems, on=["task", "system"], how="left")


def tickets(analysis: Analysis) -> pd.DataFrame:
    """The means of the tickets that were raced beside systems, on the same test corpora, with interval and `SPEED`."""
    found = analysis.statistics.systems
    beside = analysis.means.merge(found[_TEST].drop_duplicates(), on=_TEST)
    races = analysis.records.races[[*_TICKET, *SPEED]]
    return beside.merge(races, on=_TICKET).merge(analysis.statistics.scores, on=[*_TICKET, "test_corpus"])


def table(analysis: Analysis) -> Table:
    """`systems`: each beside dense, and the smallest ticket of each strategy that is within one point of it."""
    frame = pd.DataFrame(list(_rows(analysis)))
    if frame.empty:
        return Table("systems", "", frame, frame)
    columns = {"task": frame["task"], "tested on": frame["test_corpus"], "": frame["name"]}
    shown: dict[str, tuple[Callable[..., str], tuple[str, ...]]] = {
        f"score ({LEVEL:.0f} % interval)": (formats.score_in_interval, ("score", "score_low", "score_high")),
        "against the best system": (_gain, ("difference", "low", "high")),
        "parameters": (_size, ("parameters",)),
        "bytes": (_size, ("bytes",)),
        "real-time factor": (_speed, SPEED),
    }
    for head, (write, names) in shown.items():
        cells = [write(*row) for row in frame[list(names)].itertuples(index=False, name=None)]
        columns[head] = pd.Series(cells, index=frame.index, dtype=str)
    caption = (
        f"Systems that one would take otherwise, the dense network, and of each strategy the smallest ticket within"
        f" {MARGIN:.0f} point of it on validation clips. Differences are in points on the same clips. Real-time factor:"
        " CPU time for a second of audio from samples to estimate, front end and decisions included, all in turns in"
        " one process (in brackets the 10th to 90th percentile over recordings)."
    )
    return Table("systems", caption, frame, pd.DataFrame(columns), 3, section="systems", order=60)


def _gain(difference: float, low: float, high: float) -> str:
    return (
        f"{formats.signed(difference)} ({formats.interval(low, high)})" if low <= high else formats.signed(difference)
    )


def _size(value: float) -> str:
    """What learnt nothing has none."""
    return significant(value) if value > 0 else formats.MISSING


def _speed(median: float, low: float, high: float) -> str:
    return f"{significant(median)} ({significant(low)}\u00a0…\u00a0{significant(high)})"


def _rows(analysis: Analysis) -> Iterator[dict[str, Any]]:
    """For each test corpus: the systems, then the tickets set against the best of them."""
    raced = tickets(analysis)
    picked = smallest_within(analysis.means[analysis.means["own"]])[_TICKET]
    for key, own in systems(analysis).groupby(_TEST, sort=False):
        own = own.sort_values("score", ascending=False, kind="stable")
        yield from _records(own.rename(columns={"system": "name"}))
        beside = alike(raced, own.iloc[0], _TEST)
        shown = pd.concat([beside[beside["strategy"] == DENSE], beside.merge(picked, on=_TICKET)])
        comparison = analysis.statistics.comparisons[str(key[0]), str(key[1]), str(key[2])]
        best = Rung(SYSTEM, str(own["system"].iloc[0]), 0.0)
        for ticket in _records(shown):
            rung = Rung(ticket["network"], ticket["strategy"], ticket["removed_target"])
            compared = comparison.compare(rung, best)
            yield ticket | {"name": _name(ticket)} | {name: compared[name] for name in ("difference", "low", "high")}


def _records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    return [{str(name): cell for name, cell in row.items()} for row in frame.to_dict("records")]


def _name(ticket: dict[str, Any]) -> str:
    if ticket["strategy"] == DENSE:
        return f"dense {ticket['network']}"
    return f"{ticket['strategy']}, {percent(ticket['removed'], 1)} removed"
