"""Where the time of the run went: core-seconds by rule and phase."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd
from matplotlib.patches import Patch
from matplotlib.ticker import StrMethodFormatter

from ultralight_mir.records import Records
from ultralight_mir.report.analysis import Analysis
from ultralight_mir.report.figures.style import INK, Drawing, panels

PHASES = {
    "optimizer": ("#0b62a4", ""),
    "teacher": ("#b8336a", "----"),
    "evaluation": ("#63a3d4", "////"),
    "cost": ("#0a8a66", ""),
    "synthesis": ("#d0561d", "\\\\\\\\"),
    "features": ("#e9a36b", ""),
    "trimming": ("#7a5195", "xxxx"),
    "export": ("#c7a500", "++++"),
    "start-up": ("#71787f", "...."),
    "other": ("#c3c8ce", ""),
}


def by_rule_and_phase(records: Records) -> pd.DataFrame:
    """Core-seconds, a row per rule (most first) and a column per phase; empty where no time was recorded."""
    table = records.times.pivot_table(
        index="rule", columns="phase", values="core_seconds", aggfunc="sum", fill_value=0.0
    )
    phases = [phase for phase in PHASES if phase in table.columns]
    table = table[phases + [phase for phase in table.columns if phase not in phases]]
    return table.loc[table.sum(axis=1).sort_values(ascending=False, kind="stable").index]


def draw(analysis: Analysis) -> Iterator[Drawing]:
    """`time`; nothing where no time was recorded."""
    if analysis.records.times.empty:
        return
    table = by_rule_and_phase(analysis.records)
    looks = {phase: PHASES.get(phase, PHASES["other"]) for phase in table.columns}
    legend = [
        Patch(facecolor=color, hatch=hatch, edgecolor="white", label=phase) for phase, (color, hatch) in looks.items()
    ]
    figure, (panel,) = panels(1, 1, "Where the time went", 0.55 + 0.36 * len(table), legend)
    left = pd.Series(0.0, index=table.index)
    for phase, (color, hatch) in looks.items():
        panel.barh(
            table.index,
            table[phase],
            left=left,
            height=0.62,
            color=color,
            hatch=hatch,
            edgecolor="white",
            linewidth=0.6,
        )
        left = left + table[phase]
    total = float(left.sum())
    for place, seconds in enumerate(left):
        panel.annotate(
            f"{seconds:,.0f} s · {100 * seconds / total:.0f} %" if total else "0 s",
            (seconds, place), xytext=(5, 0), textcoords="offset points", va="center", color=INK, fontsize=8,
        )  # fmt: skip
    panel.invert_yaxis()
    panel.set_xlim(0, float(left.max()) * 1.18 or 1.0)
    panel.xaxis.set_major_formatter(StrMethodFormatter("{x:,.0f}"))
    panel.set_xlabel("core-seconds")
    panel.grid(axis="x")
    panel.grid(visible=False, axis="y")
    panel.spines["left"].set_visible(False)
    shares = ", ".join(f"{phase} {100 * table[phase].sum() / (total or 1):.0f} %" for phase in table.columns)
    most = f", most of them in {table.index[0]} ({100 * left.iloc[0] / (total or 1):.0f} %)"
    alt = f"Bars of core-seconds, one a rule, cut by phase: {total:,.0f} in all{most}. Phases: {shares}."
    yield Drawing("time", alt, figure, section="time", data=table.reset_index())
