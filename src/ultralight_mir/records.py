"""What a run leaves behind, read for figures, tables and the report: CSV files only, no audio and no network."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from ultralight_mir.errors import InputError
from ultralight_mir.files import read_json
from ultralight_mir.metrics import headline, sort_tasks

CASE = ["corpus", "task", "network"]
"""What is trimmed: one dense network of one task, trained on one corpus (over all seeds)."""

_TICKET = [*CASE, "seed", "strategy", "method", "criterion", "scope", "scale", "reset", "rung"]
_TICKET += ["removed_target", "removed", "channels_removed"]
_SCORE = [*CASE, "seed", "strategy", "removed_target"]
COSTS = ["parameters", "nonzero_parameters", "bytes", "macs_per_second", "memory_traffic_bytes"]
COSTS += ["peak_activation_bytes", "cpu_rtf"]

COLUMNS = {
    "results": [*_TICKET, "test_corpus", "metric", "value", "clips"],
    "costs": [*_TICKET, "measure", "overshoot", *COSTS, "threads", "machine"],
    "scores": [*_SCORE, "test_corpus", "track_id", "group", "metric", "value", "weight"],
    "widths": [*_SCORE, "layer", "outputs", "dense_outputs", "weights", "dense_weights", "floored"],
    "corpora": [
        *("corpus", "task", "test_corpus", "embedded", "train", "valid", "test", "folds", "groups", "hours", "unscored")
    ],
    "times": ["rule", *_SCORE, "phase", "core_seconds", "wall_seconds"],
}
_NUMBERS = {"seed", "rung", "removed_target", "removed", "channels_removed", "value", "clips", "weight", "threads"}
_NUMBERS |= {*COSTS, "train", "valid", "test", "folds", "groups", "hours", "core_seconds", "wall_seconds"}
_NUMBERS |= {"overshoot", "outputs", "dense_outputs", "weights", "dense_weights", "floored"}


@dataclass(frozen=True)
class Records:
    """The files of a `results/` folder, one data frame each, and `run.json`."""

    results: pd.DataFrame
    costs: pd.DataFrame
    scores: pd.DataFrame
    widths: pd.DataFrame
    corpora: pd.DataFrame
    times: pd.DataFrame
    run: dict[str, Any]

    def is_embedded(self, corpus: str) -> bool:
        """Whether a corpus (for training or for test) is synthesised."""
        return bool(self.corpora.loc[self.corpora["test_corpus"] == corpus, "embedded"].any())


def read_records(folder: Path) -> Records:
    """Read the results folder of a run.

    Raises:
        InputError: a file or a column is missing, a cell is not a number, or there is no result at all.
    """
    frames = {name: _read(folder / f"{name}.csv", columns) for name, columns in COLUMNS.items()}
    if frames["results"].empty:
        raise InputError(f"{folder / 'results.csv'}: no rows, expected at least those of one dense network")
    frames["corpora"]["embedded"] = frames["corpora"]["embedded"].str.lower() == "true"
    return Records(**frames, run=read_json(folder / "run.json"))


def _read(path: Path, columns: list[str]) -> pd.DataFrame:
    try:
        frame = pd.read_csv(path, dtype=str, keep_default_na=False)
    except FileNotFoundError as error:
        raise InputError(f"{path}: no such file") from error
    except (ValueError, UnicodeDecodeError) as error:
        raise InputError(f"{path}: not a readable CSV file ({error})") from error
    missing = [column for column in columns if column not in frame.columns]
    if missing:
        raise InputError(f"{path}: column '{missing[0]}' is missing; found {', '.join(frame.columns)}")
    for column in _NUMBERS.intersection(columns):
        frame[column] = _numbers(path, frame[column])
    return frame[columns]


def _numbers(path: Path, cells: pd.Series[str]) -> pd.Series[float]:
    numbers = pd.to_numeric(cells, errors="coerce").astype(float)
    bad = numbers.isna() & ~cells.str.lower().isin(["", "nan"])
    if bad.any():
        row = int(bad.to_numpy().argmax())
        raise InputError(f"{path}, line {row + 2}, column '{cells.name}': found '{cells.iloc[row]}', expected a number")
    return numbers


def tickets(records: Records) -> pd.DataFrame:
    """One row per ticket, seed and test corpus: its score by the task's headline metric, and its costs.

    Beside the columns of results.csv and costs.csv:
        score: the headline metric in the unit it is shown in (percent).
        control: whether the strategy is a control (random or shuffled criterion, or reset by reinit).
        own: whether the test corpus is the test split of the training corpus (or, without one, the first there is).
    """
    tasks = records.results["task"]
    metrics = {task: headline(task) for task in tasks.unique()}
    frame = records.results[records.results["metric"] == tasks.map({t: m.name for t, m in metrics.items()})].copy()
    absent = [task for task in metrics if task not in set(frame["task"])]
    if absent:
        raise InputError(f"results.csv: task '{absent[0]}' has no row with metric '{metrics[absent[0]].name}'")
    frame["score"] = frame["value"] * frame["task"].map({task: metric.scale for task, metric in metrics.items()})
    frame["control"] = (frame["reset"] == "reinit") | frame["criterion"].astype(str).str.fullmatch("random|shuffled_.*")
    primary = frame.groupby(CASE, sort=False)["test_corpus"].transform(_primary, frame["corpus"])
    frame["own"] = frame["test_corpus"] == primary
    costs = records.costs.drop_duplicates(_SCORE)[[*_SCORE, *COSTS]]
    frame = frame.merge(costs, on=_SCORE, how="left", validate="many_to_one")
    order = {task: place for place, task in enumerate(sort_tasks(list(metrics)))}
    return frame.sort_values(by="task", key=lambda names: names.map(order), kind="stable").reset_index(drop=True)


def _primary(test_corpora: pd.Series[str], corpora: pd.Series[str]) -> str:
    corpus = corpora.loc[test_corpora.index[0]]
    return corpus if (test_corpora == corpus).any() else test_corpora.iloc[0]


def over_seeds(frame: pd.DataFrame) -> pd.DataFrame:
    """`tickets` over seeds: means, `score_min` and `score_max`, and the number of `seeds`; the order is kept."""
    by = [*CASE, "test_corpus", "strategy", "removed_target"]
    same = ["method", "criterion", "scope", "scale", "reset", "rung", "control", "own", "clips"]
    means = ["removed", "channels_removed", *COSTS]
    kept = {column: (column, "first") for column in same} | {column: (column, "mean") for column in means}
    scores = {"score": ("score", "mean"), "score_min": ("score", "min"), "score_max": ("score", "max")}
    return frame.groupby(by, sort=False).agg(**kept, **scores, seeds=("seed", "nunique")).reset_index()


def alike(frame: pd.DataFrame, case: pd.DataFrame) -> pd.DataFrame:
    """The rows of `frame` that are of the same case and test corpus as the first row of `case`."""
    for column in [*CASE, "test_corpus"]:
        frame = frame[frame[column] == case[column].iloc[0]]
    return frame


def strategies(frame: pd.DataFrame) -> list[str]:
    """Strategies without dense, in the order of the results, controls last."""
    trimmed = frame[frame["strategy"] != "dense"].drop_duplicates("strategy")
    return list(trimmed.sort_values("control", kind="stable")["strategy"])
