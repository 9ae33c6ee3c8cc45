"""What a run leaves behind: the schema of every table, and a results folder read for the report.

A ticket's own tables are `SCORES` and `WIDTHS`; the gathered ones of a results folder are `TABLES`, proven by the
digests in `run.json`. No audio, no network, no task is needed to read them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_type_hints

from ultralight_mir.cells import PACKED
from ultralight_mir.columns import Column, Schema
from ultralight_mir.digests import read_sealed, write_sealed
from ultralight_mir.errors import InputError
from ultralight_mir.metric_table import Metrics
from ultralight_mir.paths import RUN
from ultralight_mir.strategy import SETTINGS, Strategy

if TYPE_CHECKING:
    import pandas as pd

CLIP, SET = "clip", "set"
"""The level of a score: of one clip, or of a whole set of clips at once (such as macro-F1; its track is empty)."""
TEST, VALID = "test", "valid"
"""The split that a mean score is of: tests are reported; what is chosen is chosen by validation clips."""
FORMAT = 3
"""Of a results folder. 2: results.csv has validation scores too (column `split`).

3: systems, races and exports beside the tickets.
"""
MISSING = "missing"
"""The key of `run.json` that lists the tickets that were given up: `ticket`, its folder, and `why`."""
DEVICES = "devices"
"""The key of `run.json` that tells where tickets were trained: "cpu" or the model of a GPU, and how many there."""
PIECES = "pieces"
"""The key of a joined folder's `run.json` (`join`) that holds what each piece's own said."""
CASE = ["corpus", "task", "network"]
"""What is trimmed: one dense network of one task, trained on one corpus (over all seeds)."""
TICKET = [*CASE, "seed", "strategy", "removed_target"]
"""What tells tickets apart, where the whole strategy need not be told again."""


@dataclass(frozen=True)
class Cost:
    """What a ticket costs: the fields are columns of `costs.csv`, in this order.

    Attributes:
        parameters, nonzero_parameters: of all weights and biases (buffers not counted).
        bytes: of the weights file as written.
        macs_per_second: multiply-accumulates for one second of audio (`torch.utils.flop_counter`: 2 FLOP a MAC).
        memory_traffic_bytes: inputs and outputs of all operators, for one second of audio, and the weights as often as
            they are read where a forward pass is of `cost.SECONDS`.
        peak_activation_bytes: the most that is alive at a time (`memory.Memory.peak`), for one second of audio.
        cpu_rtf: CPU seconds for one second of audio: batch 1, `threads` threads, median of repeated runs.
        cpu_ratio, cpu_ratio_low, cpu_ratio_high: CPU seconds of a forward pass over those of its dense network, run in
            turn in one process: the median, the 10th and the 90th percentile of the pairs; 1 for a dense network.
        machine: the CPU it was timed on.
    """

    parameters: int
    nonzero_parameters: int
    bytes: int
    macs_per_second: float
    memory_traffic_bytes: float
    peak_activation_bytes: float
    cpu_rtf: float
    cpu_ratio: float
    cpu_ratio_low: float
    cpu_ratio_high: float
    threads: int
    machine: str


CIRCUMSTANCES = ("threads", "machine")
"""The fields of `Cost` that say how it was measured."""
COSTS = [field.name for field in fields(Cost) if field.name not in CIRCUMSTANCES]
"""The fields of `Cost` that are costs, of which means are taken."""

_NAMES = tuple(Column(name) for name in CASE)
_ASKED = Column("removed_target", float, 0, 1)
_KEY = (*_NAMES, Column("seed", int, 0), Column("strategy"), _ASKED)
_TEST = Column("test_corpus")
_METRIC = Column("metric")


def _settings() -> Iterable[Column]:
    """A strategy's settings: empty for a dense network, but for `method`."""
    types = get_type_hints(Strategy)
    for name in SETTINGS:
        yield Column(name, types[name] if types[name] in (int, float) else str, empty=name != "method")


_RUNG = (Column("rung", int, 0), _ASKED, Column("removed", float, 0, 1), Column("channels_removed", float, 0, 1))
_WHOLE = (*_NAMES, Column("seed", int, 0), Column("strategy"), *_settings(), Column("control", bool), *_RUNG)
"""The columns that say all of a ticket."""

SCORES = Schema(
    (
        _TEST,
        Column("level", choices=(CLIP, SET)),
        Column("track_id", empty=True),
        Column("group", empty=True),
        _METRIC,
        Column("value", float, digits=6),
        Column("weight", float, 0, digits=6),
    )
)
"""`scores.csv` of a ticket: a row a test clip and metric, then those of whole sets. Ranges of values: `Metrics`."""

WIDTHS = Schema(
    (
        Column("layer", empty=True),  # a network that is one layer has no name for it
        *(Column(name, int, 0) for name in ("outputs", "dense_outputs", "weights", "dense_weights")),
        Column("floored", int, 0, 1),
    )
)
"""`widths.csv` of a ticket: a row a layer with weights."""


_RTF = tuple(Column(name, float, 0) for name in ("rtf", "rtf_low", "rtf_high"))
_WHERE = (Column("threads", int, 1), Column("machine"))

RACE = Schema(
    (
        *(Column("system", empty=True), Column("network", empty=True), Column("seed", int, 0, empty=True)),
        *(Column("strategy", empty=True), replace(_ASKED, empty=True)),
        *_RTF,
        *_WHERE,
    )
)
"""`times.csv` of a race: a row a system or ticket (the other's columns are empty), from samples to estimate.

`rtf` is the CPU time for a second of audio, the median over recordings; `rtf_low` and `rtf_high` its 10th and 90th
percentile.
"""


def _gathered(own: Schema) -> tuple[Column, ...]:
    """A ticket's own columns among those of others: means over folds have any number of decimals."""
    return tuple(replace(c, kind=float if c.kind is int else c.kind, digits=None) for c in own.columns)


_COUNTS = ("train", "valid", "test", "folds", "groups")

TABLES = {
    "results": Schema(
        (
            *_WHOLE,
            *(_TEST, Column("split", choices=(TEST, VALID)), _METRIC, Column("value", float)),
            Column("clips", int, 0, empty=True),  # of a validation split, as many as `corpora` says
        )
    ),
    "costs": Schema(
        (
            *_WHOLE,
            Column("overshoot", float, -1, 1),
            *(Column(name, kind, 0) for name, kind in get_type_hints(Cost).items()),
        )
    ),
    "scores": Schema((*_KEY, *_gathered(SCORES))),
    "widths": Schema((*_KEY, *_gathered(WIDTHS))),
    "exports": Schema(
        (
            *_KEY,
            *(Column("form"), Column("precision"), Column("bytes", int, 0), Column("cpu_rtf", float, 0)),
            *(*_WHERE, _TEST, _METRIC, Column("value", float), Column("clips", int, 0)),
        )
    ),
    "systems": Schema(
        (
            *(Column("task"), Column("system"), Column("about"), Column("parameters", int, 0), Column("bytes", int, 0)),
            *_RTF,
            *_WHERE,
        )
    ),
    "system_scores": Schema((Column("task"), Column("system"), *SCORES.columns)),
    "races": Schema((*_KEY, *_RTF, *_WHERE)),
    "corpora": Schema(
        (
            *(Column("corpus"), Column("task"), _TEST, Column("embedded", bool)),
            *(Column(name, int, 0) for name in _COUNTS),
            *(Column("hours", float, 0), Column("unscored", empty=True)),
        )
    ),
    "times": Schema(
        (
            Column("rule"),
            *(replace(column, empty=column.name not in ("corpus", "task")) for column in _KEY),
            *(Column("phase"), Column("core_seconds", float), Column("wall_seconds", float)),
        )
    ),
    "metrics": Schema(
        (
            *(Column("task"), _METRIC, Column("label"), Column("unit", empty=True), Column("higher_is_better", bool)),
            *(Column("low", float, empty=True), Column("high", float, empty=True), Column("constant", empty=True)),
            Column("over", empty=True),
        )
    ),
}
"""The gathered tables, by the name of their files without `.csv`."""


def table_file(name: str, packed: bool = False) -> str:
    """The name of a gathered table's file; a packed one is compressed, and read like any other."""
    return f"{name}.csv" + PACKED * packed


@dataclass(frozen=True)
class Records:
    """The tables of a `results/` folder, one data frame each, the tasks' metrics, and `run.json`.

    `results` holds the mean scores of test clips, `validation` the rows of the same table that are of validation clips.
    """

    results: pd.DataFrame
    validation: pd.DataFrame
    costs: pd.DataFrame
    scores: pd.DataFrame
    widths: pd.DataFrame
    exports: pd.DataFrame
    systems: pd.DataFrame
    system_scores: pd.DataFrame
    races: pd.DataFrame
    corpora: pd.DataFrame
    times: pd.DataFrame
    metrics: Metrics
    run: dict[str, Any]

    def is_embedded(self, corpus: str) -> bool:
        """Whether a corpus (for training or for test) is synthesised."""
        return bool(self.corpora.loc[self.corpora["test_corpus"] == corpus, "embedded"].any())


def pieces_of(run: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    """What a `run.json` says of its pieces; of a folder that was not joined, of itself."""
    return run.get(PIECES) or [run]


def read_records(folder: Path) -> Records:
    """Read the results folder of a run.

    Raises:
        InputError: run.json or a table is missing, cut, edited, damaged or of another format; a column is missing; a
            cell is not what its column holds; a score is out of its metric's range; there is no result at all, or a
            task without a headline.
    """
    paths = {name: _table(folder, name) for name in TABLES}
    run = read_sealed(folder / RUN, *(path.name for path in paths.values()), form=FORMAT)
    frames = {name: schema.read(paths[name]) for name, schema in TABLES.items()}
    metrics = Metrics.of(frames.pop("metrics"))
    for name in ("results", "scores", "exports", "system_scores"):
        metrics.check(paths[name], frames[name])
    valid = frames["results"]["split"] == VALID
    frames["validation"], frames["results"] = frames["results"][valid], frames["results"][~valid]
    if frames["results"].empty:
        raise InputError(f"{paths['results']}: no rows, expected at least those of one dense network")
    for task in frames["results"]["task"].unique():
        metrics.headline(task)
    return Records(**frames, metrics=metrics, run=run)


def _table(folder: Path, name: str) -> Path:
    """A table's file: the packed one where only that is there."""
    plain, packed = (folder / table_file(name, packed) for packed in (False, True))
    return packed if packed.exists() and not plain.exists() else plain


def write_records(folder: Path, tables: Mapping[str, pd.DataFrame], run: Mapping[str, Any], packed: str = "") -> None:
    """Write a results folder: all of `TABLES`, then `run.json`, which proves them.

    Args:
        packed: the table that is compressed.

    Raises:
        InputError: a cell is not what its column holds.
    """
    paths = []
    for name, schema in TABLES.items():
        paths.append(folder / table_file(name, name == packed))
        schema.write_columns(paths[-1], {c.name: _plain(c, tables[name][c.name]) for c in schema.columns})
        (folder / table_file(name, name != packed)).unlink(missing_ok=True)
    write_sealed(folder / RUN, {"format": FORMAT, **run}, files=paths)


def _plain(column: Column, values: pd.Series[Any]) -> list[Any]:
    """A column's values as they were before they were read: what is missing is None, and a whole number whole."""
    return [None if value is None or value != value else column.kind(value) for value in values.tolist()]
