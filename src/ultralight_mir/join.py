"""Joining results folders that are pieces of one experiment (other tasks, seeds or strategies) into one.

What is joined must fit: what two pieces both have (a task's corpora and schedules, a strategy's settings, a metric, a
ticket) must be the same in both. What was measured twice of the same ticket (its time) is taken from the first piece.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from ultralight_mir.errors import InputError
from ultralight_mir.metric_table import Metrics
from ultralight_mir.paths import RUN
from ultralight_mir.records import (
    CIRCUMSTANCES,
    DEVICES,
    MISSING,
    PIECES,
    TICKET,
    Records,
    pieces_of,
    read_records,
    write_records,
)

KEPT = ("experiment", "date", "commit", "machine", "versions", "config", DEVICES, MISSING)
"""What a joined run.json keeps of each piece's."""
TIMED = ("cpu_rtf", "cpu_ratio", "cpu_ratio_low", "cpu_ratio_high", *CIRCUMSTANCES)
"""Columns of costs.csv that are another number whenever they are measured."""
RACED = ("rtf", "rtf_low", "rtf_high", *CIRCUMSTANCES)
"""The same of races."""
PLACES = ("folder", "data_home")
"""Settings of a corpus that say where it lies on a machine."""
_CORPUS = ["corpus", "task", "test_corpus"]
_SYSTEM = ["task", "system"]


def join(pieces: Sequence[Path], folder: Path, compact: bool = False) -> None:
    """Write the pieces as one results folder, sealed.

    Args:
        compact: for a folder that is kept for good: of clip scores only those that intervals are computed from (the
            tasks' headline metrics), compressed.

    Raises:
        InputError: a piece is missing, damaged or of another format; two pieces do not fit; the folder is one of the
            pieces.
    """
    if folder.resolve() in {piece.resolve() for piece in pieces}:
        raise InputError(f"{folder}: one of the folders to be joined, expected another one to write into")
    read = {piece: read_records(piece) for piece in pieces}
    _check_runs({piece: records.run for piece, records in read.items()}, read)
    tables = _tables(read)
    if compact:
        metrics = Metrics.of(tables["metrics"])
        tables |= {name: _headlines_only(tables[name], metrics) for name in ("scores", "system_scores")}
    write_records(folder, tables, _run([records.run for records in read.values()]), "scores" if compact else "")


def _tables(read: Mapping[Path, Records]) -> dict[str, pd.DataFrame]:
    def each(table: Callable[[Records], pd.DataFrame]) -> dict[Path, pd.DataFrame]:
        return {piece: table(records) for piece, records in read.items()}

    results = each(lambda records: pd.concat([records.results, records.validation]).sort_index())
    timed = [name for name in TIMED if name in next(iter(read.values())).costs]
    return {
        "results": _unite(results, TICKET),
        "costs": _unite(each(lambda records: records.costs), TICKET, timed),
        "scores": _unite(each(lambda records: records.scores), TICKET),
        "widths": _unite(each(lambda records: records.widths), TICKET),
        "exports": _unite(each(lambda records: records.exports), [*TICKET, "form"], ["cpu_rtf", *CIRCUMSTANCES]),
        "systems": _unite(each(lambda records: records.systems), _SYSTEM, RACED),
        "system_scores": _unite(each(lambda records: records.system_scores), [*_SYSTEM, "test_corpus"]),
        "races": _unite(each(lambda records: records.races), TICKET, RACED),
        "corpora": _unite(each(lambda records: records.corpora), _CORPUS),
        "metrics": _unite(each(lambda records: pd.DataFrame(list(records.metrics.rows()))), ["task"]),
        "times": _every(each(lambda records: records.times)),
    }


def _unite(tables: Mapping[Path, pd.DataFrame], by: list[str], but: Sequence[str] = ()) -> pd.DataFrame:
    """All rows; those of what two pieces have (`by`) once, and the same in both, `but` for some columns."""
    seen: dict[Any, tuple[Path, pd.DataFrame]] = {}
    for piece, table in tables.items():
        for key, rows in table.groupby(by if len(by) > 1 else by[0], sort=False):
            if key not in seen:
                seen[key] = piece, rows
            elif not _same(seen[key][1].drop(columns=list(but)), rows.drop(columns=list(but))):
                what = " ".join(map(str, key if isinstance(key, tuple) else (key,)))
                raise InputError(f"{piece}: {what} differs from that of {seen[key][0]}, expected the same or only one")
    columns = next(iter(tables.values()))
    return pd.concat([rows for _, rows in seen.values()], ignore_index=True) if seen else columns


def _same(one: pd.DataFrame, other: pd.DataFrame) -> bool:
    """Whether rows hold the same; a whole column of whole numbers is of another type where one is missing elsewhere."""
    numbers = one.select_dtypes("number").columns
    first, second = (rows.reset_index(drop=True).astype(dict.fromkeys(numbers, float)) for rows in (one, other))
    return first.equals(second)


def _every(tables: Mapping[Path, pd.DataFrame]) -> pd.DataFrame:
    """All rows; a job that two pieces tell of in the same words is one."""
    whole = list(tables.values())[:1]
    for table in list(tables.values())[1:]:
        before = pd.concat(whole).drop_duplicates()
        again = table.merge(before, how="left", indicator=True)["_merge"].eq("both").to_numpy()
        whole.append(table[~again])
    return pd.concat(whole, ignore_index=True)


def _headlines_only(scores: pd.DataFrame, metrics: Metrics) -> pd.DataFrame:
    wanted = set()
    for task in metrics.tasks:
        headline = metrics.headline(task)
        wanted |= {(task, name) for name in (headline.name, *headline.over, headline.constant)}
    pairs = zip(scores["task"], scores["metric"], strict=True)
    return scores[[pair in wanted for pair in pairs]]


def _check_runs(runs: Mapping[Path, Mapping[str, Any]], read: Mapping[Path, Records]) -> None:
    """That what pieces both have was configured alike."""
    seen: dict[str, tuple[Path, str]] = {}
    for piece, run in runs.items():
        tasks, strategies = (set(read[piece].results[name]) for name in ("task", "strategy"))
        for what, settings in _configured(run, tasks, strategies):
            text = json.dumps(settings, sort_keys=True)
            first, known = seen.setdefault(what, (piece, text))
            if known != text:
                raise InputError(f"{piece / RUN}: {what} differs from that of {first / RUN}, expected the same")


def _configured(run: Mapping[str, Any], tasks: set[str], strategies: set[str]) -> Iterable[tuple[str, Any]]:
    """Every setting that scores depend on and that other pieces may have too, by the words that name it."""
    yield "smoke", run.get("smoke")
    for part in _parts(run):
        config = part.get("config", {})
        corpora, run_tasks = config.get("corpora", {}), _mapping(config.get("grid")).get("tasks")
        for key, settings in _mapping(config.get("tasks")).items():
            if key not in tasks and ":" not in key:
                continue
            if run_tasks is not None and key not in run_tasks:  # another piece of a joined folder has run it
                continue
            networks = _mapping(settings.get("networks"))
            yield f"config, tasks.{key}", {name: value for name, value in settings.items() if name != "networks"}
            yield from ((f"config, tasks.{key}.networks.{name}", entry) for name, entry in networks.items())
            for name in (settings.get("corpus"), *settings.get("test_corpora", ())):
                corpus = _mapping(corpora).get(name, {})
                clips = {split: sizes.get(key) for split, sizes in corpus.items() if isinstance(sizes, Mapping)}
                whole = {**corpus, **clips}
                own = {setting: value for setting, value in whole.items() if setting not in PLACES}
                yield f"config, corpora.{name} for {key}", own
        for name, settings in _mapping(config.get("strategies")).items():
            if name in strategies:
                yield f"config, strategies.{name}", settings


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _parts(run: Mapping[str, Any]) -> list[dict[str, Any]]:
    """What is kept of what a run.json says of its pieces."""
    return [{key: piece[key] for key in KEPT if key in piece} for piece in pieces_of(run)]


def _run(runs: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """What all pieces agree on as in a run of its own, and each piece's own words."""
    parts = [part for run in runs for part in _parts(run)]
    agreed = {key: parts[0].get(key) for key in KEPT if all(part.get(key) == parts[0].get(key) for part in parts)}
    networks = {name: note for run in runs for name, note in run.get("networks", {}).items()}
    experiment = " + ".join(dict.fromkeys(str(part.get("experiment", "")) for part in parts))
    last = max(str(part.get("date", "")) for part in parts)
    return {
        **agreed,
        "experiment": experiment,
        "smoke": runs[0].get("smoke", False),
        "date": last,
        "networks": networks,
        DEVICES: dict(sum((Counter(part.get(DEVICES, {})) for part in parts), Counter())),
        PIECES: parts,
    }
