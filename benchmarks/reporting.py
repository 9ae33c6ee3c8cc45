"""What it takes to say what a run shows: core-seconds of reading its tables, analysing them, and of the report's.

python benchmarks/reporting.py [reports/reference]
"""

from __future__ import annotations

import sys
import time
from itertools import pairwise
from pathlib import Path

from ultralight_mir.records import read_records
from ultralight_mir.report import tables
from ultralight_mir.report.analysis import Analysis


def main(results: Path) -> None:
    moments = [time.process_time()]
    records = read_records(results)
    moments.append(time.process_time())
    analysis = Analysis.of(records)
    moments.append(time.process_time())
    built = tables.build(analysis)
    moments.append(time.process_time())
    reading, analysing, building = (after - before for before, after in pairwise(moments))
    print(f"{len(records.scores):,} scores read in {reading:.1f} core-seconds, analysed in {analysing:.1f}")
    print(f"{len(built)} tables in {building:.1f}")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path("reports/reference"))
