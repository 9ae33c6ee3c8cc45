"""What the gathered tables say of every ticket: a row a seed, and the means over seeds."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from typing import Any

import pandas as pd

from ultralight_mir.errors import InputError
from ultralight_mir.metric_table import Metrics
from ultralight_mir.paths import DENSE
from ultralight_mir.records import CASE, COSTS, TICKET, Records
from ultralight_mir.strategy import SETTINGS

TEST_CASE = (*CASE, "test_corpus")


def tickets(records: Records) -> pd.DataFrame:
    """One row per ticket, seed and test corpus: its score by the task's headline metric, and its costs.

    Beside the columns of results.csv and costs.csv:
        score: the headline metric in the unit it is shown in (percent).
        own: whether the test corpus is the test split of the training corpus (or, without one, the first there is).
        valid: what the ticket's validation clips score by the same metric; NaN without any.
        valid_gain: how many points that is better than the dense network's of the same seed; NaN without both.

    Raises:
        InputError: a task has no row with its headline metric.
    """
    tasks = records.results["task"]
    headlines = {task: records.metrics.headline(task) for task in tasks.unique()}
    frame = records.results[records.results["metric"] == tasks.map({t: m.name for t, m in headlines.items()})].copy()
    absent = [task for task in headlines if task not in set(frame["task"])]
    if absent:
        raise InputError(f"results.csv: task '{absent[0]}' has no row with metric '{headlines[absent[0]].name}'")
    frame["score"] = frame["value"] * frame["task"].map({task: metric.scale for task, metric in headlines.items()})
    primary = frame.groupby(CASE, sort=False)["test_corpus"].transform(_primary, frame["corpus"])
    frame["own"] = frame["test_corpus"] == primary
    frame = frame.merge(records.costs[[*TICKET, *COSTS]], on=TICKET, how="left", validate="many_to_one")
    frame = _with_validation(frame, records.validation, records.metrics)
    order = {task: place for place, task in enumerate(records.metrics.tasks)}
    return frame.sort_values(by="task", key=lambda names: names.map(order), kind="stable").reset_index(drop=True)


def _with_validation(frame: pd.DataFrame, validation: pd.DataFrame, metrics: Metrics) -> pd.DataFrame:
    headlines = {task: metrics.headline(task) for task in frame["task"].unique()}
    rows = validation[validation["metric"] == validation["task"].map({t: m.name for t, m in headlines.items()})]
    scale, sign = (frame["task"].map({t: getattr(m, name) for t, m in headlines.items()}) for name in ("scale", "sign"))
    frame = frame.merge(rows[[*TICKET, "value"]].rename(columns={"value": "valid"}), on=TICKET, how="left")
    frame["valid"] *= scale
    trial = [*CASE, "seed"]
    dense = frame[frame["strategy"] == DENSE].drop_duplicates(trial)[[*trial, "valid"]]
    base = frame[trial].merge(dense, on=trial, how="left")["valid"]
    return frame.assign(valid_gain=sign * (frame["valid"] - base))


def _primary(test_corpora: pd.Series[str], corpora: pd.Series[str]) -> str:
    corpus = corpora.loc[test_corpora.index[0]]
    return corpus if (test_corpora == corpus).any() else test_corpora.iloc[0]


def over_seeds(frame: pd.DataFrame) -> pd.DataFrame:
    """`tickets` over seeds: means, `score_min` and `score_max`, and the number of `seeds`; the order is kept.

    The mean of validation scores is there only where all seeds have one.
    """
    by = [*CASE, "test_corpus", "strategy", "removed_target"]
    same = [*SETTINGS, "rung", "control", "own", "clips"]
    averaged = ["removed", "channels_removed", *COSTS]
    columns = {column: (column, "first") for column in same} | {column: (column, "mean") for column in averaged}
    scores = {"score": ("score", "mean"), "score_min": ("score", "min"), "score_max": ("score", "max")}
    valid = {name: (name, "mean") for name in ("valid", "valid_gain")} | {"validated": ("valid", "count")}
    whole = frame.groupby(by, sort=False).agg(**columns, **scores, **valid, seeds=("seed", "nunique")).reset_index()
    whole.loc[whole["validated"] < whole["seeds"], ["valid", "valid_gain"]] = float("nan")
    return whole.drop(columns="validated")


def alike(
    frame: pd.DataFrame, row: Mapping[Hashable, Any] | pd.Series[Any], keys: Sequence[str] = TEST_CASE
) -> pd.DataFrame:
    """The rows of `frame` that have in some columns what `row` has: of the same case and test corpus."""
    for column in keys:
        frame = frame[frame[column] == row[column]]
    return frame


def strategies(frame: pd.DataFrame) -> list[str]:
    """Strategies without dense, in the order of the results, controls last."""
    trimmed = frame[frame["strategy"] != DENSE].drop_duplicates("strategy")
    return list(trimmed.sort_values("control", kind="stable")["strategy"])
