"""All that a report is made from, computed once: the tables, the means over seeds, and the statistics."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from ultralight_mir.embedded.table import TABLE, Measured, read
from ultralight_mir.records import CASE, Records, read_records
from ultralight_mir.report.headlines import headlines
from ultralight_mir.report.means import over_seeds, tickets
from ultralight_mir.report.statistics import Statistics, analyse
from ultralight_mir.report.trainings import chosen


@dataclass(frozen=True)
class Analysis:
    """What figures, tables, claims and the page are drawn from.

    Attributes:
        records: the gathered tables.
        tickets: a row a ticket, seed and test corpus (`means.tickets`).
        means: the same over seeds (`means.over_seeds`), with `gain`: points against dense, positive is better, over the
            seeds that both have.
        statistics: intervals and verdicts.
        headlines: the claims that are re-tested (`headlines.headlines`).
        chosen: tickets whose training validation clips choose (`trainings.chosen`).
        boards: what tickets take on microcontrollers, where that was measured too (`make embedded`).
    """

    records: Records
    tickets: pd.DataFrame
    means: pd.DataFrame
    statistics: Statistics
    headlines: pd.DataFrame
    chosen: pd.DataFrame
    boards: Sequence[Measured] = ()

    @classmethod
    def of(cls, records: Records, boards: Sequence[Measured] = ()) -> Analysis:
        """Compute it; the same records give the same analysis."""
        frame = tickets(records)
        means = over_seeds(frame)
        statistics = analyse(records, frame, means)
        keys = [*CASE, "test_corpus", "strategy", "removed_target"]
        gains = statistics.against("dense").rename(columns={"difference": "gain"})[[*keys, "gain"]]
        means = means.merge(gains, on=keys, how="left")
        claims, trained = headlines(means, statistics), chosen(frame, statistics)
        return cls(records, frame, means, statistics, claims, trained, boards)

    @classmethod
    def read(cls, folder: Path) -> Analysis:
        """Of a results folder; raises as `read_records`, and as `embedded.table.read` where it has that table."""
        boards = folder / TABLE
        return cls.of(read_records(folder), read(boards) if boards.exists() else ())
