"""The tables: what every ticket scored, what it costs, what was shown, and what was run; CSV, Markdown and LaTeX."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pandas as pd

from ultralight_mir.files import replacing
from ultralight_mir.metric_table import Metrics
from ultralight_mir.records import CASE, Records
from ultralight_mir.report import devices, exported, formats, rivals, verdicts
from ultralight_mir.report.analysis import Analysis
from ultralight_mir.report.choices import smallest_within
from ultralight_mir.report.formats import Table
from ultralight_mir.report.statistics import MARGIN, Statistics

COSTS = {
    "parameters": "parameters",
    "bytes": "bytes",
    "macs_per_second": "MACs per second",
}
"""Costs that are the same on every machine, and so may be divided by another network's."""
CPU_RATIO = ("cpu_ratio", "cpu_ratio_low", "cpu_ratio_high")
CPU_CAPTION = (
    "CPU time beside the dense network's is measured with the two in turns (in brackets the 10th to 90th percentile of"
    " the turns); the real-time factor (CPU time per time of audio) depends on the machine and on what else ran."
)
_TICKET = [*CASE, "test_corpus", "strategy", "removed_target"]


def write_all(results: Path, folder: Path) -> list[Path]:
    """Write all tables of a results folder (CSV, Markdown and LaTeX) into `folder`.

    Raises:
        InputError: the results folder is incomplete or malformed.
    """
    return [path for table in build(Analysis.read(results)) for path in write(table, folder)]


def write(table: Table, folder: Path) -> list[Path]:
    """Write one table: the numbers in full as CSV, the readable form as Markdown and LaTeX."""
    texts = {"csv": table.data.to_csv(index=False, lineterminator="\n")}
    texts |= {"md": formats.to_markdown(table), "tex": formats.to_latex(table)}
    paths = []
    for suffix, text in texts.items():
        path = folder / f"{table.name}.{suffix}"
        with replacing(path) as scratch:
            scratch.write_text(text, encoding="utf-8")
        paths.append(path)
    return paths


def build(analysis: Analysis) -> list[Table]:
    """`verdicts.tables`; `summary`, `scores`, `tickets`, `corpora`, `times`; `summary_<task>`, `scores_<task>`,
    `metrics_<task>`.

    And, where there is something to put in them, `controls_<task>`, `test_corpora`, `systems`, `exports` and `devices`;
    without any row, a table is left out, save for the summaries.
    """
    records, means, statistics = analysis.records, analysis.means, analysis.statistics
    whole = [
        *verdicts.tables(analysis),
        summary(means, statistics),
        scores(means, records.metrics),
        rungs(means, statistics, records.metrics),
        corpora(records),
        times(records),
    ]
    for task in means["task"].unique():
        part = means[means["task"] == task]
        whole += [summary(part, statistics, task), rungs(part, statistics, records.metrics, task)]
        whole += [controls(part, statistics), every_metric(records, task)]
    whole += [
        test_corpora(means, statistics),
        rivals.table(analysis),
        exported.table(analysis),
        devices.table(analysis),
    ]
    return [table for table in whole if len(table.data) or table.name.startswith("summary")]


def _named(frame: pd.DataFrame, columns: list[str]) -> dict[str, pd.Series[str]]:
    """Those of the naming columns that tell rows of one task apart, under readable headings."""
    distinct = [name for name in columns if len(frame) and frame.groupby("task")[name].nunique().max() > 1]
    return {name.replace("test_corpus", "tested on"): frame[name].astype(str) for name in distinct}


def _cells(frame: pd.DataFrame, write: Callable[..., str], *columns: str) -> pd.Series[str]:
    """Text made of some columns, row by row."""
    cells = [write(*row) for row in frame[list(columns)].itertuples(index=False, name=None)]
    return pd.Series(cells, index=frame.index, dtype=str)


def _cpu(frame: pd.DataFrame) -> dict[str, pd.Series[str]]:
    """What time a ticket takes: beside dense, and for a second of audio."""
    columns = {"CPU time of dense's": _cells(frame, formats.share, *CPU_RATIO)}
    return columns | {"real-time factor": _cells(frame, formats.significant, "cpu_rtf")}


def summary(means: pd.DataFrame, statistics: Statistics, task: str = "") -> Table:
    """Per case and strategy, the smallest ticket within one point of dense, what it costs, and what was shown.

    `task`: the one that `means` are of; without, they are of all.
    """
    own = means[means["own"]]
    dense = own[own["strategy"] == "dense"]
    base = dense[[*CASE, "score", *COSTS]].rename(
        columns={"score": "dense", **{cost: f"{cost}_dense" for cost in COSTS}}
    )
    ladders = own[own["strategy"] != "dense"].drop_duplicates([*CASE, "strategy"])[[*CASE, "test_corpus", "strategy"]]
    costs = ["nonzero_parameters", *COSTS, "cpu_rtf", *CPU_RATIO]
    best = smallest_within(own)[[*_TICKET, "removed", "score", "gain", *costs]]
    frame = ladders.merge(base, on=CASE, how="inner").merge(best, on=[*CASE, "test_corpus", "strategy"], how="left")
    verdicts = statistics.against("dense")[[*_TICKET, "low", "high", "verdict"]]
    frame = frame.merge(verdicts, on=_TICKET, how="left")
    for cost in COSTS:
        frame[f"{cost}_ratio"] = frame[cost] / frame[f"{cost}_dense"]
    columns = {} if task else {"task": frame["task"]}
    columns |= _named(frame, ["corpus", "network"]) | {"strategy": frame["strategy"]}
    left = len(columns)
    columns |= {
        "dense (%)": _cells(frame, formats.number, "dense"),
        "removed": _cells(
            frame, lambda removed: formats.percent(removed, 1) if removed == removed else "none", "removed"
        ),
        "difference": _cells(frame, formats.signed, "gain"),
        "95 % interval": _cells(frame, formats.interval, "low", "high"),
        "verdict": frame["verdict"].fillna(formats.MISSING),
    }
    columns |= {head: _cells(frame, formats.with_ratio, cost, f"{cost}_dense") for cost, head in COSTS.items()}
    columns |= _cpu(frame)
    caption = f"The smallest ticket of each strategy that is within {MARGIN:.0f} point of dense on validation clips; "
    caption += "difference, interval and verdict are those of test clips; costs (MACs per second of audio) also as part"
    caption += " of the dense network's. "
    caption += CPU_CAPTION
    name = f"summary_{task}" if task else "summary"
    return Table(
        name, caption, frame, pd.DataFrame(columns), left, section=task or "overview", order=30, folded=not task
    )


def scores(means: pd.DataFrame, metrics: Metrics) -> Table:
    """The headline score of dense and of every strategy at every step of its ladder."""
    own = means[means["own"]]
    keys = [*CASE, "strategy"]
    wide = own[own["strategy"] != "dense"].pivot_table(index=keys, columns="removed_target", values="score", sort=False)
    wide = wide[sorted(wide.columns)].rename(columns=lambda removed: f"{removed:g}").reset_index()
    dense = own.loc[own["strategy"] == "dense", [*CASE, "score"]].rename(columns={"score": "dense"})
    frame = wide.merge(dense, on=CASE, how="left")
    steps = [column for column in wide.columns if column not in keys]
    frame = frame[[*keys, "dense", *steps]]
    columns = {"task": frame["task"]} | _named(frame, ["corpus", "network"])
    columns |= {"metric": frame["task"].map(lambda task: metrics.headline(task).label), "strategy": frame["strategy"]}
    left = len(columns)
    for step in ("dense", *steps):
        columns[step if step == "dense" else formats.percent(float(step), 1).replace(".0", "")] = _cells(
            frame, formats.number, step
        )
    caption = "Headline score in percent, mean over seeds, by the fraction of parameters removed."
    return Table("scores", caption, frame, pd.DataFrame(columns), left, section="overview", order=40, folded=True)


def rungs(means: pd.DataFrame, statistics: Statistics, metrics: Metrics, task: str = "") -> Table:
    """Every ticket on every test corpus: score, difference to dense, verdict and costs.

    `task`: the one that `means` are of; without, they are of all. The page shows the table of all.
    """
    frame = means.sort_values("own", ascending=False, kind="stable").merge(statistics.scores, on=_TICKET, how="left")
    frame = frame.sort_values(["task", "test_corpus"], key=_by_appearance, kind="stable")
    frame = frame.merge(
        statistics.against("dense").drop(columns=["reference", "clips", "seeds"]), on=_TICKET, how="left"
    )
    columns = {} if task else {"task": frame["task"]}
    columns |= _named(frame, ["test_corpus", "corpus", "network"]) | {"strategy": frame["strategy"]}
    left = len(columns)
    labels = {name: metrics.headline(name).label for name in frame["task"].unique()}
    columns |= {
        "removed": _cells(frame, lambda removed: formats.percent(removed, 1), "removed"),
        f"{labels.get(task, 'score')} (%)": _cells(
            frame, formats.score_in_interval, "score", "score_low", "score_high"
        ),
        "difference": _cells(frame, formats.signed, "difference"),
        "95 % interval": _cells(frame, formats.interval, "low", "high"),
        "verdict": frame["verdict"].fillna(formats.MISSING),
        "parameters": _cells(frame, formats.significant, "parameters"),
        "not zero": _cells(frame, formats.significant, "nonzero_parameters"),
        "MACs per second": _cells(frame, formats.significant, "macs_per_second"),
    } | _cpu(frame)
    caption = f"{task.capitalize()}: every ticket" if task else "Every ticket of every task"
    caption += ", its score in its 95 % interval, and its difference to dense in points (positive is better)."
    if not task:
        caption += f" Scores: {', '.join(f'{label} ({name})' for name, label in labels.items())}."
    name, section = (f"scores_{task}", "") if task else ("tickets", "tickets")
    return Table(name, f"{caption} {CPU_CAPTION}", frame, pd.DataFrame(columns), left, section)


def _by_appearance(names: pd.Series[str]) -> pd.Series[int]:
    return names.map({name: place for place, name in enumerate(names.unique())})


def controls(part: pd.DataFrame, statistics: Statistics) -> Table:
    """What a task tried against the controls at the same fraction removed."""
    task, rows = str(part["task"].iloc[0]), statistics.differences
    frame = rows[rows["reference"] != "dense"].merge(part[[*_TICKET, "own"]], on=_TICKET, how="inner")
    frame = frame[frame["own"]].drop(columns="own")
    columns = _named(frame, ["corpus", "network"]) | {"strategy": frame["strategy"], "control": frame["reference"]}
    left = len(columns)
    columns |= {
        "removed": _cells(frame, formats.percent, "removed_target"),
        "difference": _cells(frame, formats.signed, "difference"),
        "95 % interval": _cells(frame, formats.interval, "low", "high"),
        "verdict": frame["verdict"],
    }
    caption = f"{task.capitalize()}: strategies against the controls at the same fraction removed, in points."
    return Table(f"controls_{task}", caption, frame, pd.DataFrame(columns), left, task, order=80, folded=True)


def every_metric(records: Records, task: str) -> Table:
    """All metrics of a task, mean over seeds, a row per ticket and test corpus."""
    rows = records.results[records.results["task"] == task]
    wide = rows.pivot_table(index=_TICKET, columns="metric", values="value", sort=False)
    frame = wide[list(dict.fromkeys(rows["metric"]))].reset_index()
    columns = _named(frame, ["corpus", "network", "test_corpus"]) | {"strategy": frame["strategy"]}
    left = len(columns)
    columns["removed"] = _cells(frame, formats.percent, "removed_target")
    for name in wide.columns:
        metric = records.metrics.get(task, name)
        head = metric.label if metric.unit == "%" else metric.axis
        columns[head] = _cells(frame.assign(shown=metric.scale * frame[name]), formats.number, "shown")
    caption = f"{task.capitalize()}: all metrics in percent, mean over seeds."
    return Table(f"metrics_{task}", caption, frame, pd.DataFrame(columns), left, task, order=90, folded=True)


def corpora(records: Records) -> Table:
    """Which corpora, how many clips, the split sizes, and the classes that could not be scored."""
    frame = records.corpora
    order = {task: place for place, task in enumerate(records.metrics.tasks)}
    frame = frame.sort_values("task", key=lambda names: names.map(order), kind="stable").reset_index(drop=True)
    kinds = frame["embedded"].map({True: "embedded (synthesised)", False: "recordings"})
    columns = {"task": frame["task"], "corpus": frame["test_corpus"], "kind": kinds}
    columns |= {
        name: _cells(frame, lambda n: formats.number(n, 0), name)
        for name in ("train", "valid", "test", "folds", "groups")
        if name != "folds" or (frame["folds"] > 1).any()
    }
    columns |= {"hours": _cells(frame, lambda hours: formats.number(hours, 2), "hours")}
    columns |= {"not scored": frame["unscored"].where(frame["unscored"] != "", formats.MISSING)}
    caption = (
        "Corpora: clips in each split, groups (which never cross a split), hours, and classes left out of the score."
    )
    if "folds" in columns:
        caption += " In folds, every clip is a test clip once; train and valid are means over the folds."
    return Table("corpora", caption, frame, pd.DataFrame(columns), 3, section="corpora")


def times(records: Records) -> Table:
    """Core-seconds by rule and phase."""
    by = ["rule", "phase"]
    frame = records.times.groupby(by, sort=False)[["core_seconds", "wall_seconds"]].sum().reset_index()
    frame = frame.sort_values("core_seconds", ascending=False, kind="stable").reset_index(drop=True)
    frame["share"] = frame["core_seconds"] / frame["core_seconds"].sum()
    columns = {"rule": frame["rule"], "phase": frame["phase"]}
    columns |= {"core-seconds": _cells(frame, formats.number, "core_seconds")}
    columns |= {
        "seconds": _cells(frame, formats.number, "wall_seconds"),
        "share": _cells(frame, formats.percent, "share"),
    }
    caption = "Where the time went: sums over all jobs."
    return Table("times", caption, frame, pd.DataFrame(columns), 2, section="time", folded=True)


def test_corpora(means: pd.DataFrame, statistics: Statistics) -> Table:
    """Scores on every test corpus beside each other, of dense and of what is tried; only where there are several."""
    several = means.groupby(CASE)["test_corpus"].transform("nunique") > 1
    frame = means[several & ~means["control"]].merge(statistics.scores, on=_TICKET, how="left")
    keys = [*CASE, "strategy", "removed_target"]
    columns: dict[str, pd.Series[str]] = {}
    rows = frame.drop_duplicates(keys)[keys].reset_index(drop=True)
    for test in dict.fromkeys(frame["test_corpus"]):
        cells = frame[frame["test_corpus"] == test]
        text = cells.assign(text=_cells(cells, formats.score_in_interval, "score", "score_low", "score_high"))[
            [*keys, "text"]
        ]
        columns[f"{test} (%)"] = rows.merge(text, on=keys, how="left")["text"].fillna(formats.MISSING)
    names = {"task": rows["task"]} | _named(rows, ["corpus", "network"]) | {"strategy": rows["strategy"]}
    names |= {"removed": _cells(rows, formats.percent, "removed_target")}
    caption = "The same tickets on every test corpus: score in percent with its 95 % interval."
    left = len(names) - 1
    return Table("test_corpora", caption, frame, pd.DataFrame(names | columns), left, section="recordings", folded=True)
