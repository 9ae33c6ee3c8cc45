"""Verdicts first: the tables of what a run shows of the paper's two claims, for the page, and with words for README."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from ultralight_mir.files import put_between
from ultralight_mir.paths import DENSE
from ultralight_mir.report import controls, formats, meaning, trainings
from ultralight_mir.report.analysis import Analysis
from ultralight_mir.report.choices import smallest_of_all
from ultralight_mir.report.findings import counts, elsewhere, matters, rows
from ultralight_mir.report.formats import (
    Row,
    Table,
    case_names,
    interval,
    number,
    percent,
    score_in_interval,
    signed,
    significant,
    texts,
)
from ultralight_mir.report.headlines import BEATS_RANDOM, BETTER, FAR, NO_LOSS, PAPER_BETTER, PAPER_NO_LOSS
from ultralight_mir.report.intervals import LEVEL
from ultralight_mir.report.statistics import EMPTY, FEW_SEEDS, MARGIN

BEGIN, END = "<!-- verdicts: written by `ultralight-mir verdicts --brief` -->", "<!-- /verdicts -->"
"""What stands around the verdicts in a Markdown file."""


def tables(analysis: Analysis) -> list[Table]:
    """`verdicts`, `counts`, `trainings`, `matters`, `absolute`, `elsewhere`, `claims`; the first things on the page."""
    frame = rows(analysis)
    if frame.empty:
        return []
    own = analysis.means[analysis.means["own"]]
    absolute = smallest_of_all(own, analysis.statistics)
    several = bool(own.groupby("task")["network"].nunique().max() > 1)
    built = [
        _verdicts(frame),
        _counts(counts(analysis)),
        trainings.table(analysis.chosen),
        _matters(matters(analysis, frame)),
        _absolute(absolute, several),
        _elsewhere(elsewhere(analysis, frame), analysis),
        _claims(analysis.headlines),
    ]
    return [table for table in built if len(table.data) and len(table.shown.columns) > table.left]


def _verdicts(frame: pd.DataFrame) -> Table:
    columns = case_names(frame)
    columns["no loss up to"] = texts(frame, _no_loss)
    left = len(columns)
    columns |= {
        "difference": texts(frame, lambda row: _with_ends(row, "")),
        f"better at ≤ {percent(PAPER_BETTER)}": texts(frame, _better),
        "seeds": texts(frame, lambda row: number(row["seeds"], 0)),
        "clips": texts(frame, _clips),
        "could show": texts(frame, lambda row: f"{number(row['half_width'])}"),
        "parameters": texts(frame, lambda row: _of(row, "parameters")),
        "MACs per second": texts(frame, lambda row: _of(row, "macs_per_second")),
    }
    caption = (
        f"The most that was removed with no loss shown (less than {MARGIN:.0f} point, {LEVEL:.0f} % interval), and by"
        f" which strategy: tried at {percent(PAPER_NO_LOSS)}, then further as long as it holds; where it does not hold"
        " there, from the first step on. Where none is shown, the step that the numbers are of. *: at"
        f" {percent(PAPER_NO_LOSS)} removed (at {percent(PAPER_BETTER)} or less), also after Holm's correction over the"
        " tasks. “Could show”: the smallest loss in points that this run could have shown at"
        f" {percent(PAPER_NO_LOSS)} removed."
    )
    return Table("verdicts", caption, frame, pd.DataFrame(columns), left, section="overview", order=2)


def _no_loss(row: Row) -> str:
    if row["shown"]:
        return f"{percent(row['removed_target'])} by {row['strategy']}" + "*" * bool(row["survives"])
    said = row["verdict"] if row["verdict"] in (EMPTY, FEW_SEEDS) else "not shown"
    return f"{said} ({row['strategy']} at {percent(row['removed_target'])})"


def _with_ends(row: Row, before: str) -> str:
    return f"{signed(row[f'{before}difference'])} ({interval(row[f'{before}low'], row[f'{before}high'])})"


def _better(row: Row) -> str:
    if not isinstance(row["better_verdict"], str):
        return formats.MISSING
    if row["better_verdict"] in (EMPTY, FEW_SEEDS):
        return str(row["better_verdict"])
    said = "better" + "*" * bool(row["better_survives"]) if row["better_shown"] else "not shown"
    return f"{said}, {percent(row['better_removed_target'])}: {_with_ends(row, 'better_')}"


def _clips(row: Row) -> str:
    clips = number(row["clips"], 0)
    return f"{clips} in {number(row['units'], 0)} groups" if row["drawn"] == "groups" else clips


def _of(row: Row, cost: str) -> str:
    """What is left of a cost, and of how much; a masked network's weights that are not zero."""
    if cost == "parameters" and row["method"] == "mask":
        return f"{significant(row['nonzero_parameters'])} not zero, of {significant(row['dense_parameters'])}"
    return f"{significant(row[cost])} of {significant(row[f'dense_{cost}'])}"


def _kinds(frame: pd.DataFrame) -> list[str]:
    """What any row is compared with, beside dense."""
    found = [column.removesuffix("_reference") for column in frame.columns if column.endswith("_reference")]
    return [kind for kind in (*controls.KINDS, *(k for k in found if k not in controls.KINDS)) if kind in found]


def _matters(frame: pd.DataFrame) -> Table:
    if frame.empty:
        return Table("matters", "", frame, frame, 0)
    columns = case_names(frame)
    left = len(columns) + 1
    columns["ticket"] = texts(frame, _named_ticket)
    for kind in _kinds(frame):
        columns[kind] = texts(frame, lambda row, kind=kind: _against(row, kind))  # type: ignore[misc]
    kinds = "; ".join(f"{kind}: {controls.KINDS[kind]}" for kind in _kinds(frame) if kind in controls.KINDS)
    caption = f"Tickets against their controls with as much removed, in points ({kinds}); ✓ shown to be better,"
    caption += " ✗ shown to be worse."
    return Table("matters", caption, frame, pd.DataFrame(columns), left, section="overview", order=5)


def _against(row: Row, kind: str) -> str:
    if not isinstance(row.get(f"{kind}_verdict"), str):
        return formats.MISSING
    mark = {"better": " ✓", "worse": " ✗"}.get(row[f"{kind}_verdict"], "")
    return f"{signed(row[f'{kind}_difference'])}{mark} ({interval(row[f'{kind}_low'], row[f'{kind}_high'])})"


def _counts(frame: pd.DataFrame) -> Table:
    """A row a strategy, a column a claim and rung: on how many of the tasks it is shown."""
    if frame.empty:
        return Table("counts", "", frame, frame, 0)
    heads = [
        *((NO_LOSS, removed, f"{NO_LOSS} at {percent(removed)}") for removed in sorted(_rungs(frame))),
        (BETTER, None, f"better at ≤ {percent(PAPER_BETTER)}"),
        (BEATS_RANDOM, None, f"{BEATS_RANDOM}, {percent(FAR)}"),
    ]
    columns = {"strategy": pd.Series(list(dict.fromkeys(frame["strategy"])), dtype=str)}
    for claim, removed, head in heads:
        own = frame[(frame["claim"] == claim) & (frame["removed_target"] == removed if removed else True)]
        told = {row["strategy"]: f"{row['shown']} of {row['tested']}" for row in own.to_dict("records")}
        columns[head] = columns["strategy"].map(lambda name, told=told: told.get(name, formats.MISSING))
    caption = (
        "On how many of the tasks (each with its networks) a claim is shown of a strategy, after Holm's correction over"
        f" them: {NO_LOSS} (less than {MARGIN:.0f} point), {BETTER} (the step with the best validation score),"
        f" {BEATS_RANDOM}, with a teacher where the strategy has one."
    )
    return Table("counts", caption, frame, pd.DataFrame(columns), 1, section="overview", order=3)


def _rungs(frame: pd.DataFrame) -> set[float]:
    return set(frame.loc[frame["claim"] == NO_LOSS, "removed_target"])


def _absolute(frame: pd.DataFrame, several: bool) -> Table:
    """`several`: whether a task has more than one network."""
    if frame.empty:
        return Table("absolute", "", frame, frame, 0)

    def ticket(row: Row, before: str) -> str:
        place = f" at {percent(row[f'{before}removed'])}" if row[f"{before}strategy"] != DENSE else ""
        return f"{row[f'{before}network']} · " * several + f"{row[f'{before}strategy']}{place}"

    columns = {"task": frame["task"].astype(str)}
    columns["best network"] = texts(frame, lambda row: ticket(row, "best_"))
    columns["its score (%)"] = texts(frame, lambda row: number(row["best_score"]))
    columns["its parameters"] = texts(frame, lambda row: significant(row["best_parameters"]))
    columns[f"smallest within {MARGIN:.0f} point"] = texts(frame, lambda row: ticket(row, ""))
    columns["score (%)"] = texts(frame, lambda row: number(row["score"]))
    columns["difference"] = texts(frame, lambda row: "the same" if _is_best(row) else _with_ends(row, ""))
    columns["parameters"] = texts(frame, lambda row: significant(row["parameters"]))
    columns["MACs per second"] = texts(frame, lambda row: significant(row["macs_per_second"]))
    caption = (
        "The best network of each task (dense, trimmed or small) and the one with fewest parameters within"
        f" {MARGIN:.0f} point of it: both chosen by validation clips; scores, and the difference with its"
        f" {LEVEL:.0f} % interval, are those of test clips."
    )
    return Table("absolute", caption, frame, pd.DataFrame(columns), 1, section="overview", order=6)


def _elsewhere(frame: pd.DataFrame, analysis: Analysis) -> Table:
    if frame.empty:
        return Table("elsewhere", "", frame, frame, 0)
    columns = case_names(frame)
    columns["test corpus"] = texts(frame, lambda row: f"{row['test_corpus']} ({number(row['clips'], 0)} clips)")
    columns["metric"] = frame["task"].map(lambda task: analysis.records.metrics.headline(task).label)
    columns["network"] = texts(frame, _named_ticket)
    left = len(columns)
    columns["score (%)"] = texts(
        frame, lambda row: score_in_interval(row["score"], row["score_low"], row["score_high"])
    )
    columns["against dense"] = texts(
        frame, lambda row: formats.MISSING if row["strategy"] == DENSE else _with_ends(row, "")
    )
    caption = f"The same networks on other corpora than they were trained on, with {LEVEL:.0f} % intervals."
    return Table("elsewhere", caption, frame, pd.DataFrame(columns), left, section="recordings", order=2)


def _named_ticket(row: Row) -> str:
    return DENSE if row["strategy"] == DENSE else f"{row['strategy']} at {percent(row['removed_target'])}"


def _is_best(row: Row) -> bool:
    return all(row[name] == row[f"best_{name}"] for name in ("network", "strategy", "removed"))


def _claims(frame: pd.DataFrame) -> Table:
    columns = {"claim": frame["claim"].astype(str), "strategy": frame["strategy"].astype(str)} | case_names(frame)
    left = len(columns)
    columns |= {
        "removed": texts(frame, lambda row: percent(row["removed_target"])),
        "difference": texts(frame, lambda row: _with_ends(row, "")),
        "p": texts(frame, lambda row: _p(row["p"])),
        "p, Holm": texts(frame, lambda row: _p(row["p_holm"])),
        "shown": texts(frame, lambda row: "yes" if row["shown"] else "no"),
        "after Holm": texts(frame, lambda row: "yes" if row["survives"] else "no"),
    }
    caption = (
        f"The headline claims of every strategy, with Holm's correction over the tasks: {NO_LOSS} at"
        f" {percent(PAPER_NO_LOSS)} removed or more, {BETTER} at {percent(PAPER_BETTER)} or less (the step with the"
        f" best validation score), {BEATS_RANDOM} at {percent(FAR)}; one-sided p-values, shown at 2.5 % or less."
    )
    return Table("claims", caption, frame, pd.DataFrame(columns), left, section="overview", order=45, folded=True)


def _p(value: float) -> str:
    return formats.MISSING if value != value else "< 0.001" if value < 0.001 else number(value, 3)


def markdown(analysis: Analysis, brief: bool = False) -> str:
    """The verdicts as Markdown; the same results give the same text.

    Args:
        analysis: What the results say.
        brief: The claims, the verdict of every task and what matters, in words, alone.
    """
    built = {table.name: table for table in tables(analysis)}
    if not built:
        return "Nothing was trimmed in these results.\n"
    written = {name: formats.to_markdown(table).rstrip() for name, table in built.items()}
    said = formats.bullets(meaning.meant(analysis))
    if brief:
        return "\n\n".join([meaning.claimed(), written["verdicts"], said]) + "\n"
    parts = [meaning.claimed(), *(written[name] for name in ("verdicts", "counts") if name in written), said]
    parts += [written[name] for name in ("trainings", "matters") if name in written]
    parts += [written.get("absolute", NOTHING_PICKED)]
    parts += [written["elsewhere"]] if "elsewhere" in written else []
    return "\n\n".join(parts) + "\n"


NOTHING_PICKED = "No network of these results has validation scores, so none is picked as the smallest."


def put(path: Path, text: str) -> None:
    """Write verdicts between `BEGIN` and `END` in a Markdown file.

    Raises:
        InputError: the file cannot be read, or does not hold both once, in this order.
    """
    put_between(path, BEGIN, END, text)
