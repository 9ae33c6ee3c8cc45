"""What tickets take besides their networks, by feature, and how well that tells what was measured.

    python benchmarks/footprint.py [reports/reference/embedded.csv] [--write]

Of every ticket of the package, the part of its flash, RAM and instructions that hangs on its network is computed, and
taken off what `make embedded` measured on a Cortex-M4. The means of the rest, by feature, are `estimates.csv`
(`--write`). Printed are they and, ticket by ticket, the errors of estimates made with the means of *other* tickets of
the feature alone.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import pandas as pd

from ultralight_mir import estimates, footprint, tickets
from ultralight_mir.embedded.table import read
from ultralight_mir.export.c import Memory, memory
from ultralight_mir.ticket import Ticket

CORE = "cortex-m4"
BESIDES = ["flash", "ram", "instructions", "instructions_per_mac"]
DIGITS = {"instructions_per_mac": 2}
KINDS = {name: int for name in BESIDES if name not in DIGITS}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("table", type=Path, nargs="?", default=Path("reports/reference/embedded.csv"))
    parser.add_argument("--write", action="store_true", help="Write the means into the package.")
    chosen = parser.parse_args()
    frame = pd.DataFrame([_row(row) for row in read(chosen.table) if row.core == CORE])
    means = frame.groupby("feature", sort=False)[BESIDES].mean().round(DIGITS).astype(KINDS)
    print(means.to_string(), "\n")
    print(pd.DataFrame([_errors(row, frame) for _, row in frame.iterrows()]).to_string(index=False))
    if chosen.write:
        means.to_csv(Path(estimates.__file__).with_name(estimates.FILE))


def _row(measured) -> dict[str, object]:
    ticket = Ticket.read_folder(tickets.path(measured.task, measured.ticket))
    own = memory(ticket)
    return {
        "task": measured.task,
        "ticket": measured.ticket,
        "feature": ticket.feature["name"],
        "macs": measured.macs,
        "measured": (measured.flash, measured.ram + measured.stack, measured.instructions),
        "own": own,
        "flash": measured.flash - own.weights,
        "ram": measured.ram + measured.stack - own.states - own.scratch,
        "instructions": measured.instructions - measured.network_instructions,
        "instructions_per_mac": measured.network_instructions / measured.macs,
    }


def _errors(row: pd.Series, frame: pd.DataFrame) -> dict[str, object]:
    others = frame[(frame["feature"] == row["feature"]) & (frame.index != row.name)]
    besides = estimates.Besides(*others[BESIDES].mean())
    own: Memory = row["own"]
    made = footprint.with_besides(own, row["macs"], besides)
    told = {"task": row["task"], "ticket": row["ticket"], **own._asdict()}
    for name, estimated, measured in zip(
        ("flash", "RAM", "instructions"), (made.flash, made.ram, made.instructions), row["measured"], strict=True
    ):
        told |= {name: measured, f"~ {name}": estimated, f"{name} error": f"{100 * (estimated / measured - 1):+.1f} %"}
    return told


if __name__ == "__main__":
    main()
