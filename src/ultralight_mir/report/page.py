"""The report: figures, tables and one self-contained page, rendered from a results folder alone."""

from __future__ import annotations

import base64
import json
from collections.abc import Hashable
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

import jinja2
import pandas as pd

from ultralight_mir import paths
from ultralight_mir.files import replacing
from ultralight_mir.metrics import headline, sort_tasks
from ultralight_mir.networks import NETWORKS
from ultralight_mir.records import CASE, Records, alike, over_seeds, read_records, strategies, tickets
from ultralight_mir.report import claims, figures, tables
from ultralight_mir.report.formats import Table, percent, significant
from ultralight_mir.report.statistics import LEVEL, MARGIN, MIN_GROUPS, RESAMPLES, Statistics, analyse


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


@dataclass(frozen=True)
class Section:
    """One task on the page."""

    task: str
    metric: str
    cases: list[Case]
    figures: list[str]
    tables: list[str]


def render(results: Path, reports: Path, threads: int = 1) -> None:
    """Write `reports/index.html`, `reports/figures/` and `reports/tables/` from a results folder.

    `threads`: how many figures are drawn at a time.

    Raises:
        InputError: the results folder is incomplete or malformed.
    """
    records = read_records(results)
    statistics = analyse(records)
    drawings, _ = figures.draw(records, statistics, reports / "figures", threads)
    built = tables.build(records, statistics)
    for table in built:
        tables.write(table, reports / "tables")
    shown = {drawing.name: _figure(reports / "figures", drawing.name, drawing.alt) for drawing in drawings}
    page = _page(records, statistics, shown, {table.name: table for table in built})
    with replacing(reports / "index.html") as scratch:
        scratch.write_text(page, encoding="utf-8")


def _figure(folder: Path, name: str, alt: str) -> dict[str, str]:
    svg = (folder / f"{name}.svg").read_bytes()
    return {"name": name, "alt": alt, "uri": f"data:image/svg+xml;base64,{base64.b64encode(svg).decode('ascii')}"}


def _page(records: Records, statistics: Statistics, shown: dict[str, dict[str, str]], built: dict[str, Table]) -> str:
    means = over_seeds(tickets(records))
    further = means.loc[~means["own"], "test_corpus"].unique()
    recordings = [str(test) for test in further if not records.is_embedded(test)]
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("ultralight_mir.report"), autoescape=True, trim_blocks=True, lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )  # fmt: skip
    environment.filters["percent"] = percent
    return environment.get_template("report.html.j2").render(
        css=(files("ultralight_mir.report") / "templates" / "report.css").read_text(encoding="utf-8"),
        run=records.run,
        config=json.dumps(records.run.get("config", {}), indent=2, ensure_ascii=False),
        overall=claims.overall(means, statistics),
        facts=_facts(records, means),
        figures=shown,
        tables=built,
        sections=[_section(task, means, records, statistics, shown, built) for task in sort_tasks(list(means["task"]))],
        networks=_networks(means),
        embedded=any(records.is_embedded(corpus) for corpus in means["corpus"].unique()),
        recordings=recordings,
        unscored=_unscored(records, recordings),
        empty=_empty(means[means["test_corpus"].isin(recordings)], statistics),
        time=_time(records),
        margin=f"{MARGIN:.0f}",
        level=f"{LEVEL:.0f}",
        resamples=f"{RESAMPLES:,}",
        min_groups=MIN_GROUPS,
    )


def _facts(records: Records, means: pd.DataFrame) -> dict[str, str]:
    """What was run, on what machine, when: a line each."""
    run, machine = records.run, records.run.get("machine", {})
    rungs = sorted(means.loc[means["strategy"] != "dense", "removed_target"].unique())
    seeds = int(means["seeds"].max())
    facts = {
        "Experiment": str(run.get("experiment", "")),
        "Date": str(run.get("date", "")).replace("T", " ").removesuffix("+00:00")
        + " UTC" * str(run.get("date")).endswith("+00:00"),
        "Tasks": ", ".join(sort_tasks(list(means["task"]))),
        "Strategies": ", ".join(strategies(means)),
        "Removed": ", ".join(percent(rung, 1).replace(".0", "") for rung in rungs),
        "Seeds": f"{seeds}",
        "Networks trained": f"{_trained(records):,}",
        "CPU": " · ".join(_known(machine, cpu="{}", cores="{} cores", memory_gib="{} GiB memory")),
        "System": " · ".join(_known(machine, system="{}", python="Python {}")),
        "Versions": ", ".join(f"{name} {version}" for name, version in run.get("versions", {}).items()),
        "Commit": str(run.get("commit", "")),
    }
    return {name: text for name, text in facts.items() if text}


def _trained(records: Records) -> int:
    """Every ticket, as often as its corpus has folds."""
    own = tickets(records).drop_duplicates([*CASE, "seed", "strategy", "removed_target"])
    return int(sum(_folds(records, row["corpus"], row["task"]) for _, row in own.iterrows()))


def _folds(records: Records, corpus: str, task: str) -> int:
    """Into how many folds the training corpus is cut; 1 where it is not."""
    about = records.corpora
    found = about.loc[(about["test_corpus"] == corpus) & (about["task"] == task), "folds"]
    return int(found.max()) if found.notna().any() else 1


def _unscored(records: Records, tested: list[str]) -> list[dict[Hashable, Any]]:
    """The rows of corpora.csv of those test corpora that have classes which were left out of the score."""
    rows = records.corpora
    return rows[(rows["unscored"] != "") & rows["test_corpus"].isin(tested)].to_dict("records")


def _empty(tested: pd.DataFrame, statistics: Statistics) -> list[str]:
    """A sentence for every case and test corpus where the dense network is not shown to beat a constant answer."""
    told = (claims.empty(case, statistics) for _, case in tested.groupby([*CASE, "test_corpus"], sort=False))
    return [sentence for sentence in told if sentence]


def _known(machine: dict[str, Any], **forms: str) -> list[str]:
    return [form.format(machine[key]) for key, form in forms.items() if machine.get(key) not in (None, "")]


def _section(
    task: str,
    means: pd.DataFrame,
    records: Records,
    statistics: Statistics,
    shown: dict[str, dict[str, str]],
    built: dict[str, Table],
) -> Section:
    own = means[(means["task"] == task) & means["own"]]
    return Section(
        task=task,
        metric=headline(task).axis,
        cases=[_case(case, records, statistics) for _, case in own.groupby(CASE, sort=False)],
        figures=[name for name in paths.figures([task]) if name in shown and name.endswith(task)],
        tables=[name for name in (f"scores_{task}", f"controls_{task}", f"metrics_{task}") if name in built],
    )


def _case(case: pd.DataFrame, records: Records, statistics: Statistics) -> Case:
    first = case.iloc[0]
    found = alike(statistics.differences, case)
    drawn = found[found["units"] > 0]
    units = f"{int(drawn['units'].iloc[0])} {drawn['drawn'].iloc[0]}" if len(drawn) else ""
    return Case(
        network=str(first["network"]),
        corpus=str(first["corpus"]),
        test_corpus=str(first["test_corpus"]),
        clips=int(first["clips"]),
        folds=_folds(records, first["corpus"], first["task"]),
        seeds=int(case["seeds"].max()),
        smallest=claims.smallest(case),
        claims=claims.claims(case, statistics),
        empty=claims.empty(case, statistics),
        drawn=units,
    )


def _networks(means: pd.DataFrame) -> list[dict[str, str]]:
    """Every network of the run, then the others that there are: note, tasks and size."""
    dense = means[means["own"] & (means["strategy"] == "dense")]
    names = list(dict.fromkeys(means["network"]))
    rows = []
    for name in [*names, *(other for other in NETWORKS if other not in names)]:
        used = dense[dense["network"] == name]
        tasks = [f"{row['task']} ({significant(row['parameters'])} parameters)" for _, row in used.iterrows()]
        note = NETWORKS[name].note if name in NETWORKS else "A network of the user's own."
        rows.append(
            {"name": name, "note": note, "tasks": ", ".join(tasks) or ("in this run" if name in names else "–")}
        )
    return rows


def _time(records: Records) -> str:
    """One sentence: core time, and the share that was training and scoring."""
    spent = records.times.groupby("phase")["core_seconds"].sum()
    total = float(spent.sum())
    if total <= 0:
        return ""
    useful = percent(float(spent.reindex(["optimizer", "evaluation"]).fillna(0).sum()) / total)
    start = percent(float(spent.get("start-up", 0.0)) / total)
    return f"{total / 60:,.1f} core-minutes: {useful} in optimizer steps and evaluation, {start} in start-up."
