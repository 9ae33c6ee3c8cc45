"""Tickets in other forms: what they score, weigh and take, beside the same tickets in torch."""

from __future__ import annotations

import pandas as pd

from ultralight_mir.paths import DENSE
from ultralight_mir.records import CASE, TICKET
from ultralight_mir.report.analysis import Analysis
from ultralight_mir.report.formats import Table, number, percent, signed, significant

_TEST = [*TICKET, "test_corpus"]
_DENSE = [*CASE, "seed", "form", "test_corpus"]
_COSTS = ["bytes", "cpu_rtf"]


def exported(analysis: Analysis) -> pd.DataFrame:
    """A row a ticket, form and test corpus, with the headline's score in the unit that it is shown in.

    Beside the columns of exports.csv:
        removed: of the ticket.
        difference: points against the same ticket in torch, positive is better.
        torch_bytes: of its weights there.
        dense_bytes, dense_cpu_rtf: of the dense network in the same form.
    """
    frame, metrics = analysis.records.exports, analysis.records.metrics
    headlines = {task: metrics.headline(str(task)) for task in frame["task"].unique()}
    frame = frame[frame["metric"] == frame["task"].map({task: metric.name for task, metric in headlines.items()})]
    scale, sign = (frame["task"].map({t: getattr(m, name) for t, m in headlines.items()}) for name in ("scale", "sign"))
    frame = frame.assign(score=frame["value"] * scale.astype(float), sign=sign.astype(float))
    torch = analysis.tickets[[*_TEST, "score", "removed", "bytes"]]
    frame = frame.merge(torch.rename(columns={"score": "torch", "bytes": "torch_bytes"}), on=_TEST, how="left")
    dense = frame.loc[frame["strategy"] == DENSE, [*_DENSE, *_COSTS]]
    frame = frame.merge(dense.rename(columns={name: f"dense_{name}" for name in _COSTS}), on=_DENSE, how="left")
    return frame.assign(difference=frame["sign"] * (frame["score"] - frame["torch"]))


def table(analysis: Analysis) -> Table:
    """`exports`: every ticket that was exported, in each form."""
    frame = exported(analysis)
    columns = {"task": frame["task"], "tested on": frame["test_corpus"]}
    if len(frame) and frame.groupby("task")["network"].nunique().max() > 1:
        columns["network"] = frame["network"]
    tickets = frame[["strategy", "removed"]].itertuples(index=False, name=None)
    columns["ticket"] = _column(frame, [name if name == DENSE else f"{name}, {percent(r, 1)}" for name, r in tickets])
    columns["form"] = frame["form"]
    left = len(columns)
    columns["score"] = _column(frame, [number(score) for score in frame["score"]])
    columns["against torch"] = _column(frame, [signed(points, 2) for points in frame["difference"]])
    columns["bytes"] = _column(frame, [significant(size) for size in frame["bytes"]])
    for head, cost in (("of dense's bytes", "bytes"), ("of dense's CPU time", "cpu_rtf")):
        columns[head] = _column(frame, [percent(ratio, 1) for ratio in frame[cost] / frame[f"dense_{cost}"]])
    columns["real-time factor"] = _column(frame, [significant(rtf) for rtf in frame["cpu_rtf"]])
    caption = (
        "Tickets exported for other engines, scored on the same clips: points against the same ticket in torch, and"
        " what they weigh and take beside the dense network in the same form (one thread, without the front end). int8:"
        " weights and activations in eight bits, calibrated on training clips. C is compiled for this machine and hears"
        " frame by frame, as a microcontroller does; its bytes are the network's constants, without code."
    )
    return Table("exports", caption, frame, pd.DataFrame(columns), left, section="exports", order=60)


def _column(frame: pd.DataFrame, cells: list[str]) -> pd.Series[str]:
    return pd.Series(cells, index=frame.index, dtype=str)
