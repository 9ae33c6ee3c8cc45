"""What stands where on the page. Drawings and tables say it themselves; what the data carry is put beside them here.

A section holds blocks in the order of their numbers; those of a section that is not known become one of their own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import pandas as pd

from ultralight_mir.records import CASE, Records
from ultralight_mir.report import claims, findings, meaning, verdicts
from ultralight_mir.report.analysis import Analysis
from ultralight_mir.report.formats import Table, percent
from ultralight_mir.report.means import alike, strategies
from ultralight_mir.report.statistics import MIN_SEEDS

OVERVIEW, RECORDINGS, SYSTEMS, TIME, CORPORA = "overview", "recordings", "systems", "time", "corpora"
TICKETS = "tickets"
FIRST, AFTER, SECOND, LAST = 0, 5, 20, 100
"""Places of what is said: before all else, after the verdicts, after the first figure, and after all else."""
FEW = 3
"""Strategies whose claims all have a place in a task's section."""


class Block(NamedTuple):
    """One thing on the page: `kind` is the macro of the template that shows `content`."""

    order: int
    kind: str
    content: Any


@dataclass
class Section:
    """A part of the page.

    Attributes:
        name: its anchor.
        label: what it is called where sections are listed.
        eyebrow: a line above the title; "" for none.
        folded: blocks that show on a click on `summary`.
    """

    name: str
    label: str
    title: str
    summary: str = "More"
    eyebrow: str = ""
    blocks: list[Block] = field(default_factory=list)
    folded: list[Block] = field(default_factory=list)


class Image(NamedTuple):
    """A figure as the page shows it: `uri` holds the whole SVG."""

    name: str
    alt: str
    uri: str
    section: str
    order: int
    files: Sequence[str]
    """The endings of its files, of the data first."""


@dataclass(frozen=True)
class Case:
    """What the page says of one network of one task."""

    network: str
    corpus: str
    test_corpus: str
    clips: int
    folds: int
    seeds: int
    smallest: list[str]
    claims: list[claims.Claim]
    empty: str
    drawn: str
    enough: bool


def build(analysis: Analysis, images: Sequence[Image], tables: Sequence[Table]) -> list[Section]:
    """The sections that hold anything, in the order of the page."""
    tests = recordings(analysis)
    standard = [Section(OVERVIEW, "Overview", "Overview", "Every strategy: smallest tickets, scores and claims")]
    rows = findings.rows(analysis)
    standard += [_task(analysis, str(task), rows) for task in analysis.means["task"].unique()]
    standard.append(Section(TICKETS, "Tickets", "Every ticket"))
    label, title = ("Recordings", "Real recordings") if tests else ("Test corpora", "Test corpora")
    standard.append(Section(RECORDINGS, label, title, "Scores on every test corpus"))
    standard.append(Section(SYSTEMS, "Systems", "Tickets beside systems"))
    standard.append(Section("exports", "Exports", "Tickets for other engines"))
    standard.append(Section("devices", "Devices", "Tickets on devices"))
    standard.append(Section(TIME, "Time", "Where the time went", "By rule and phase"))
    last = Section(CORPORA, "Corpora", "Corpora")
    sections = {section.name: section for section in (*standard, last)}
    everything: list[Image | Table] = [*images, *(table for table in tables if table.section)]
    for item in everything:
        title = item.section.replace("_", " ").capitalize()
        section = sections.setdefault(item.section, Section(item.section, title, title))
        folded = isinstance(item, Table) and item.folded
        kind = "table" if isinstance(item, Table) else "figure"
        (section.folded if folded else section.blocks).append(Block(item.order, kind, item))
    if embedded(analysis):
        sections[OVERVIEW].blocks.append(Block(SECOND, "stand_in", tests))
    sections[OVERVIEW].blocks.append(Block(FIRST, "text", meaning.claimed()))
    for sentence in (*meaning.meant(analysis), _nothing_picked(analysis)):
        if sentence:
            sections[OVERVIEW].blocks.append(Block(AFTER, "text", sentence))
    if tests:
        sections[RECORDINGS].blocks.append(Block(FIRST, "recordings", _recordings(analysis, tests)))
    if len(analysis.records.systems):
        sections[SYSTEMS].blocks.append(Block(FIRST, "text", _systems(analysis.records)))
    sentence = time(analysis.records)
    if sentence:
        sections[TIME].blocks.append(Block(FIRST, "text", sentence))
    for section in sections.values():
        section.blocks.sort(key=_order)
        section.folded.sort(key=_order)
    own = [section for section in sections.values() if section not in standard and section is not last]
    return [section for section in (*standard, *own, last) if section.blocks or section.folded]


def _nothing_picked(analysis: Analysis) -> str:
    return verdicts.NOTHING_PICKED if analysis.means["valid"].isna().all() else ""


def _order(block: Block) -> int:
    return block.order


def recordings(analysis: Analysis) -> list[str]:
    """The further test corpora that are no synthesised ones."""
    further = analysis.means.loc[~analysis.means["own"], "test_corpus"].unique()
    return [str(test) for test in further if not analysis.records.is_embedded(test)]


def embedded(analysis: Analysis) -> bool:
    """Whether anything was trained on a synthesised corpus."""
    return any(analysis.records.is_embedded(corpus) for corpus in analysis.means["corpus"].unique())


def folds(records: Records, corpus: str, task: str) -> int:
    """Into how many folds the training corpus is cut; 1 where it is not."""
    rows = records.corpora
    counts = rows.loc[(rows["test_corpus"] == corpus) & (rows["task"] == task), "folds"]
    return int(counts.max()) if len(counts) else 1


def time(records: Records) -> str:
    """One sentence: core time, and the share that was training and scoring; "" where none was recorded."""
    seconds = records.times.groupby("phase")["core_seconds"].sum()
    total = float(seconds.sum())
    if total <= 0:
        return ""
    useful = percent(float(seconds.reindex(["optimizer", "evaluation"]).fillna(0).sum()) / total)
    start = percent(float(seconds.get("start-up", 0.0)) / total)
    return f"{total / 60:,.1f} core-minutes: {useful} in optimizer steps and evaluation, {start} in start-up."


def _task(analysis: Analysis, task: str, rows: pd.DataFrame) -> Section:
    means = analysis.means
    own = means[(means["task"] == task) & means["own"]]
    cases = [_case(analysis, case, rows) for _, case in own.groupby(CASE, sort=False)]
    summary, eyebrow = "The controls and all metrics", analysis.records.metrics.headline(task).axis
    rungs = int((means["task"] == task).sum())
    blocks = [Block(FIRST, "cases", cases), Block(LAST, "rungs", {"task": task, "count": rungs})]
    return Section(task, task.capitalize(), task.capitalize(), summary, eyebrow, blocks)


def _featured(case: pd.DataFrame, rows: pd.DataFrame) -> list[str]:
    """The strategies whose claims are told: the first, and the one that the verdict is of; all, of a few."""
    names = strategies(case[~case["control"]])
    verdict = alike(rows, case.iloc[0])["strategy"].tolist() if len(rows) else []
    return names if len(names) <= FEW else [name for name in names if name in {*names[:1], *verdict}]


def _case(analysis: Analysis, case: pd.DataFrame, rows: pd.DataFrame) -> Case:
    first = case.iloc[0]
    differences = alike(analysis.statistics.differences, case.iloc[0])
    compared = differences[differences["units"] > 0]
    units = f"{int(compared['units'].iloc[0])} {compared['drawn'].iloc[0]}" if len(compared) else ""
    featured = _featured(case, rows)
    return Case(
        network=str(first["network"]),
        corpus=str(first["corpus"]),
        test_corpus=str(first["test_corpus"]),
        clips=int(first["clips"]),
        folds=folds(analysis.records, first["corpus"], first["task"]),
        seeds=int(case["seeds"].max()),
        smallest=claims.smallest(case, analysis),
        claims=[claim for claim in claims.claims(case, analysis) if claim.strategy in featured],
        empty=claims.empty(case, analysis),
        drawn=units,
        enough=int(case["seeds"].max()) >= MIN_SEEDS,
    )


def _systems(records: Records) -> str:
    """Which systems stand beside the tickets."""
    about = [f"{row['system']} ({row['task']}): {row['about']}" for _, row in records.systems.iterrows()]
    return f"What one would take otherwise, each with its authors’ own settings: {'; '.join(about)}."


def _recordings(analysis: Analysis, tests: list[str]) -> dict[str, Any]:
    """What is said of recordings: which, the classes left out of their scores, and where nothing follows."""
    rows = analysis.records.corpora
    left_out = rows[(rows["unscored"] != "") & rows["test_corpus"].isin(tests)]
    means = analysis.means[analysis.means["test_corpus"].isin(tests)]
    cases = means.groupby([*CASE, "test_corpus"], sort=False)
    sentences = [claims.empty(case, analysis) for _, case in cases]
    return {
        "tested": tests,
        "embedded": embedded(analysis),
        "unscored": left_out.to_dict("records"),
        "empty": [sentence for sentence in sentences if sentence],
    }
