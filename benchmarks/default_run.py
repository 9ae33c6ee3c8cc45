"""Where the time of a finished run went: core-seconds by rule and phase, from results/times.csv.

python benchmarks/default_run.py [results]
"""

from __future__ import annotations

import sys
from pathlib import Path

import pandas as pd

USEFUL = ("optimizer", "teacher", "evaluation")


def main(root: Path) -> None:
    times = pd.read_csv(root / "times.csv")
    table = times.pivot_table(index="rule", columns="phase", values="core_seconds", aggfunc="sum", fill_value=0.0)
    total = table.to_numpy().sum()
    jobs = times.groupby("rule")["phase"].apply(lambda phases: int((phases == "start-up").sum()))
    print(table.assign(total=table.sum(axis=1), jobs=jobs).round(1).to_string())
    useful = table[[phase for phase in USEFUL if phase in table]].to_numpy().sum()
    share = 100 * useful / total
    print(f"\n{total:.0f} core-seconds in jobs, {share:.1f} % in optimizer steps (with teachers) and evaluation")
    training = times[times["phase"] == "optimizer"]
    print("\ncore-seconds in optimizer steps, by task and strategy")
    print(
        training.pivot_table(index="task", columns="strategy", values="core_seconds", aggfunc="sum")
        .round(1)
        .to_string()
    )


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path("results"))
